"""The whole ladder on hard pictures, in a process that is confined as a decode process is, or free.

Run as a program with "confined" or "free" and paths of pictures, it prints a JSON object: how
often each rung was tried, and what it read.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from driver_peers import qr_luma

from drivers.camera.child_setup import Channel, forbid_children, forbid_files, limit_memory, settle
from drivers.camera.confinement import Confinement
from drivers.camera.decode_process import MEMORY_BYTES_MORE, load_libraries
from drivers.camera.syscalls import decode_plan
from drivers.decode.climb import Climber
from drivers.decode.ladder import Ladder
from drivers.decode.regions import whole
from drivers.decode.rungs import PART_RUNGS, PLACE, WHOLE_RUNGS
from drivers.luma import Luma

# From one pixel to the largest frame, and as slim as a slot allows.
SIZES = ((1, 1), (1, 1920), (1200, 1), (7, 9), (63, 65), (480, 640), (1200, 1920), (720, 1280))


def hard_pictures(paths: Iterable[str | Path]) -> list[Luma]:
    """Return codes that are hard to read, noise of many sizes, and photographs."""
    rng = np.random.default_rng(7)
    code = qr_luma(b"HOLDER-0007 " * 5, scale=4)
    codes = [
        code,
        255 - code,
        cv2.GaussianBlur(code, (0, 0), 3),
        np.clip(code.astype(np.int16) // 6 + rng.integers(-12, 12, code.shape) + 40, 0, 255),
        cv2.circle(code.copy(), (320, 240), 40, 255, -1),
        cv2.resize(code, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA),
    ]
    noise = [rng.integers(0, 256, size) for size in SIZES]
    black_or_white = [rng.integers(0, 2, size) * 255 for size in SIZES[3:6]]
    photographs = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths]
    pictures = [*codes, *noise, *black_or_white, *photographs]
    return [np.ascontiguousarray(picture, dtype=np.uint8) for picture in pictures]


def tries(climber: Climber, pictures: list[Luma]) -> Iterator[tuple[str, int]]:
    """Try every rung on every picture."""
    for luma in pictures:
        for rung in (PLACE, *PART_RUNGS, *WHOLE_RUNGS):
            _, readings = climber.look(luma, whole(luma), rung)
            yield rung.name, len(readings)


def main(way: str, paths: list[str]) -> None:
    """Load everything, give up all powers or none, then look."""
    pictures = hard_pictures(paths)
    load_libraries()
    climber, frames, stills = Climber(), Ladder(), Ladder(thorough=True)
    if way == "confined":
        settle(os.getppid())
        channel = Channel.take_standard()
        plan = decode_plan(pid=os.getpid(), read_fd=0, write_fds=(1, 2, channel.write_fd))
        confinement = Confinement(plan)
        limit_memory(MEMORY_BYTES_MORE)
        forbid_files()
        forbid_children()
        confinement.enforce()
    tried, read = Counter[str](), Counter[str]()
    for name, count in tries(climber, pictures):
        tried[name] += 1
        read[name] += count
    for luma in pictures:
        for _ in range(3):  # a still scene, rungs over several frames
            frames.read(luma)
        stills.read(luma)
    told = json.dumps({"tried": tried, "read": read}).encode()
    os.write(channel.write_fd if way == "confined" else 1, told)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
