"""The decode ladder: one picture in, the codes on it out, exact to the octet.

The cheap and best look goes first, on the frame as it is. What comes after it is chosen by what
was seen and by the time there is: for a camera's frames stream.py, for single pictures stills.py.
"""

import numpy as np

from drivers.decode.budget import CPU_TIME, Nanoseconds
from drivers.decode.climb import Climber
from drivers.decode.engines import ZXING_PIXELS_MAX
from drivers.decode.heap import keep_freed_memory
from drivers.decode.stills import Stills
from drivers.decode.stream import Stream
from drivers.decode.variants import scaled
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners, Look, Reading


class Ladder:
    """Reads QR codes from luma pictures; one object per thread, and per camera.

    Everything that it will ever need is loaded here: a decode process may open no file later.

    Args:
        thorough: each picture stands for itself and is worth many times the first look; without
            it, pictures are the frames of one camera.
        nanoseconds: the time source by which later rungs are rationed.

    Attributes:
        missing: what this machine lacks for the whole ladder, each with its remedy.

    Raises:
        DriverError: the first engine or OpenCV can't be loaded.
    """

    def __init__(self, *, thorough: bool = False, nanoseconds: Nanoseconds = CPU_TIME) -> None:
        load_opencv()
        keep_freed_memory()
        self._climber = Climber()
        self.missing = self._climber.zbar.missing
        self._reader = (Stills if thorough else Stream)(self._climber, nanoseconds)

    def read(self, luma: Luma) -> Look:
        """Return what can be read on a picture, at most READINGS_MAX codes.

        Args:
            luma: shape (height, width), any strides; never written to. One of more than
                ZXING_PIXELS_MAX pixels is made smaller first.

        Raises:
            ValueError: `luma` is not an 8-bit picture with two sides.
        """
        if luma.dtype != np.uint8 or luma.ndim != 2 or 0 in luma.shape:
            raise ValueError(f"not a luma picture: {luma.dtype} {luma.shape}")
        if luma.size > ZXING_PIXELS_MAX:
            return self._read_smaller(luma)
        return self._reader.read(np.ascontiguousarray(luma))

    def _read_smaller(self, luma: Luma) -> Look:
        factor = (ZXING_PIXELS_MAX / luma.size) ** 0.5 * 0.999  # sides are rounded
        look = self._reader.read(scaled(luma, factor))

        def back(corners: Corners) -> Corners:
            first, second, third, fourth = (
                (round(x / factor), round(y / factor)) for x, y in corners
            )
            return first, second, third, fourth

        return Look(
            readings=tuple(
                Reading(
                    payload=reading.payload,
                    engine=reading.engine,
                    rung=reading.rung,
                    corners=back(reading.corners),
                )
                for reading in look.readings
            ),
            sign=look.sign,
            unread=tuple(back(corners) for corners in look.unread),
        )
