"""The change gate: whether a frame shows anything that the last one looked at did not."""

import numpy as np
from numpy.typing import NDArray

from drivers.decode.regions import Box
from drivers.luma import Luma
from drivers.opencv import load_opencv

STEP_PX = 8  # every so manieth pixel both ways: 14,400 of a 720p frame, 0.05 ms
BLOCK = 4  # samples a side that are judged together: 32 pixels
# A block has changed when its samples differ by more than this, on average, and by more than
# this factor of what the frame's blocks usually differ by: noise, which is everywhere.
CHANGE_MIN = 6.0
CHANGE_FACTOR = 2.0
# What differs more than this on average everywhere is no noise but another light.
NOISE_MAX = 14.0
# A code counts as the same while no two by two pixels differ by a third of its contrast. Two
# codes of one version differ in at least 8 of their symbols (Reed-Solomon), so in some module.
SAME_SHARE = 1 / 3
SAME_SHRINK = 2

Samples = NDArray[np.uint8]


class ChangeGate:
    """Compares frames with the last one that was looked at."""

    def __init__(self) -> None:
        self._samples: Samples | None = None

    def is_still(self, luma: Luma) -> bool:
        """Return whether nothing but noise differs from the frame last looked at."""
        known = self._samples
        samples = _samples(luma)
        if known is None or known.shape != samples.shape:
            return False
        cv2 = load_opencv()
        high, wide = (max(1, side // BLOCK) for side in samples.shape)
        blocks = cv2.resize(cv2.absdiff(samples, known), (wide, high), interpolation=cv2.INTER_AREA)
        usual = min(float(np.median(blocks)), NOISE_MAX)
        return float(blocks.max()) <= CHANGE_FACTOR * usual + CHANGE_MIN

    def looked_at(self, luma: Luma) -> None:
        """Compare with this frame from now on."""
        self._samples = _samples(luma)


class Portrait:
    """How a code looked when it was read, at every pixel.

    Args:
        luma: the frame.
        box: where on it.
    """

    def __init__(self, luma: Luma, box: Box) -> None:
        self._box = box
        self._picture = _shrunk(box.crop(luma))
        low, high = np.percentile(self._picture[::2, ::2], (5, 95))
        self._difference_max = SAME_SHARE * float(high - low)

    def shows(self, luma: Luma) -> bool:
        """Return whether a frame of the same size shows the same code at the same place."""
        picture = _shrunk(self._box.crop(luma))
        if picture.shape != self._picture.shape:
            return False
        return float(load_opencv().absdiff(picture, self._picture).max()) <= self._difference_max


def _samples(luma: Luma) -> Samples:
    return np.ascontiguousarray(luma[::STEP_PX, ::STEP_PX])


def _shrunk(picture: Luma) -> Luma:
    cv2 = load_opencv()
    high, wide = (max(1, side // SAME_SHRINK) for side in picture.shape)
    return np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
