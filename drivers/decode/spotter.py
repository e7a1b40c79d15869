"""Finding the part of a scene that has a code's texture since a moment ago, and stays there."""

import numpy as np

from drivers.decode.regions import Box, Cells, textured
from drivers.luma import Luma

# What is textured all day long is furniture: this share of each frame's texture is learnt.
REST_SHARE = 0.05
# From frame to frame the part that a held code covers moves and grows by less than this share of it.
STAY_SHARE = 0.4


class Spotter:
    """Tells where a code may be that no engine has seen."""

    def __init__(self) -> None:
        self._resting: Cells | None = None
        self._last: Box | None = None

    def spot(self, cells: Cells, luma: Luma) -> Box | None:
        """Return the strongest textured part that is new to the scene and was there one frame ago.

        What only passes by, or is there all day, is not worth the time.

        Args:
            cells: the texture of `luma`, the next frame.
            luma: of the same size as all frames before.
        """
        if self._resting is None:
            self._resting = np.zeros_like(cells)
        boxes = textured(cells - self._resting, luma, most=1)
        self._resting += REST_SHARE * (cells - self._resting)
        box = boxes[0] if boxes else None
        before, self._last = self._last, box
        if box is None or before is None or not _stays(before, box):
            return None
        return box

    @property
    def last(self) -> Box | None:
        """Where it was on the frame before, for a frame on which nothing has changed."""
        return self._last


def _stays(before: Box, box: Box) -> bool:
    reach = STAY_SHARE * box.side
    edges = zip(
        (before.left, before.top, before.right, before.bottom),
        (box.left, box.top, box.right, box.bottom),
        strict=True,
    )
    return all(abs(one - other) <= reach for one, other in edges)
