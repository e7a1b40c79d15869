import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from confined_ladder import hard_pictures
from driver_peers import PATIENCE_S

from drivers.camera.child_process import ChildProcess, _environment
from drivers.camera.messages import (
    SLOT_BYTES,
    FrameNote,
    Kind,
    Message,
    frame_message,
    parse_result,
)
from drivers.camera.slot import Slot
from drivers.reading import RUNGS

ROOT = Path(__file__).parents[3]
# Of the photographs: enough for every rung to be tried, and what was tried to be read.
PHOTOGRAPHS_EVERY = 120

pytestmark = pytest.mark.slow


def ladder(way: str, photographs: list[Path]) -> dict[str, dict[str, int]]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/drivers/confined_ladder.py"), way, *photographs],
        env={**_environment(os.environ), "PYTHONPATH": f"{ROOT}:{ROOT}/tests/drivers"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr[-500:])
    told: dict[str, dict[str, int]] = json.loads(done.stdout)
    return told


def test_decode_process_bears_hard_pictures_of_every_size(shared: Path) -> None:
    """The real one, which has imported nothing that a test needs."""
    photographs = sorted((shared / "pictures").rglob("*.png"))[::PHOTOGRAPHS_EVERY]
    pictures = [one for one in hard_pictures(photographs) if one.size <= SLOT_BYTES]
    slot = Slot()
    process = ChildProcess("drivers.camera.decode_process", slot.decode_fd)
    read = 0
    try:
        assert next_message(process).kind is Kind.READY
        # Each thrice, as a lane sees it: rungs are spread over frames.
        for number, picture in enumerate(one for one in pictures for _ in range(3)):
            os.pwrite(slot.capture_fd, picture.tobytes(), 0)
            height, width = picture.shape
            note = FrameNote(number=number, width=width, height=height, seen_ms=0)
            process.send(frame_message(note))
            read += bool(parse_result(next_message(process).body).look.readings)
    finally:
        process.kill()
        process.end()
        slot.close()
    assert read > len(photographs)


def next_message(process: ChildProcess) -> Message:
    while True:
        assert select.select([process.message_fd()], [], [], PATIENCE_S)[0]
        for message in process.receive():
            return message


def test_no_rung_on_any_picture_asks_the_kernel_for_what_it_may_not(shared: Path) -> None:
    """All rungs, on all kinds of pictures: what a confined ladder reads, a free one reads."""
    photographs = sorted((shared / "pictures").rglob("*.png"))[::PHOTOGRAPHS_EVERY]
    assert photographs
    confined = ladder("confined", photographs)
    # "combined" and "plain" have no rung of their own: they are looks of the ladder itself.
    assert set(confined["tried"]) == set(RUNGS) - {"combined", "plain"}
    assert sum(confined["read"].values()) > len(photographs)
    assert confined == ladder("free", photographs)
