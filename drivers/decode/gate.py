"""The change gate: whether a frame shows anything that the last one looked at did not."""

import numpy as np

from drivers.decode.regions import Box, Glance, means
from drivers.luma import Luma
from drivers.opencv import load_opencv

# A cell has changed when it differs by more than this, on average over its 64 samples, and by more
# than this factor of what the frame's cells usually differ by: noise, which is everywhere, and of
# which 64 samples differ by a third at most.
CHANGE_MIN = 2.0
CHANGE_FACTOR = 1.4
# What differs by more than this everywhere is no noise but another light.
NOISE_MAX = 10.0
# A code counts as the same while no two by two pixels differ by a third of its contrast. Two
# codes of one version differ in at least 8 of their symbols (Reed-Solomon), so in some module.
SAME_SHARE = 1 / 3
SAME_SHRINK = 2


class ChangeGate:
    """Compares frames with the last one that was looked at."""

    def __init__(self) -> None:
        self._known: Glance | None = None

    def is_still(self, glance: Glance) -> bool:
        """Return whether nothing but noise differs from the frame last looked at."""
        known = self._known
        if known is None or known.upper.shape != glance.upper.shape or not glance.upper.size:
            return False
        cv2 = load_opencv()
        cells = means(cv2.absdiff(glance.upper, known.upper), glance.shape)
        # OpenCV's own, as in a process that has just done something else each call of NumPy's
        # costs ten times as much as it looks.
        usual = min(float(cv2.mean(cells)[0]), NOISE_MAX)
        return float(cells.max()) <= CHANGE_FACTOR * usual + CHANGE_MIN

    def looked_at(self, glance: Glance) -> None:
        """Compare with this frame from now on."""
        self._known = glance


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


def _shrunk(picture: Luma) -> Luma:
    cv2 = load_opencv()
    high, wide = (max(1, side // SAME_SHRINK) for side in picture.shape)
    return np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
