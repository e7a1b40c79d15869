"""The decode process of a camera that is being aimed: it reads as a lane does, and measures.

It has the same confinement: whoever holds a picture up to the camera meets nothing more.
"""

from dataclasses import replace
from math import dist

import numpy as np

from drivers.camera.aim_note import aim_note
from drivers.camera.decode_process import Read, serve
from drivers.camera.decode_process import make_read as make_lane_read
from drivers.decode.measures import exposure_of, measures_of
from drivers.decode.tally import AimedCode
from drivers.luma import Luma
from drivers.reading import Corners, Look


def main(parent_pid: int, slot_fd: int) -> None:
    """Answer each FRAME with a RESULT that carries its measures until the command goes away.

    Raises:
        MalformedMessage: the command said what it cannot mean.
        SystemExit: as the lane's decode process.
    """
    serve(parent_pid, slot_fd, make_read)


def make_read() -> Read:
    """Return what looks at a picture and measures the largest code on it.

    Raises:
        DriverError: an engine is missing.
    """
    read = make_lane_read()
    _warm_up()

    def look_and_measure(luma: Luma) -> Look:
        look = read(luma)
        return replace(look, note=aim_note(exposure_of(luma), look.unread, _code(luma, look)))

    return look_and_measure


def _warm_up() -> None:
    """Have NumPy load and ask the kernel for whatever measuring takes, while it still may."""
    checks = np.indices((96, 96)).sum(axis=0, dtype=np.uint8) % 16 * 15
    exposure_of(checks)
    measures_of(checks, ((8, 8), (88, 10), (86, 84), (10, 88)))


def _code(luma: Luma, look: Look) -> AimedCode | None:
    """Return the largest code that was read, else the largest that was not."""
    places = [reading.corners for reading in look.readings]
    for some in (places, list(look.unread)):
        for corners in sorted(some, key=_size, reverse=True):
            if (measures := measures_of(luma, corners)) is not None:
                return AimedCode(measures=measures, corners=corners, is_read=some is places)
    return None


def _size(corners: Corners) -> float:
    return dist(corners[0], corners[2]) * dist(corners[1], corners[3])
