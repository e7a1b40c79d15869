"""Finding the part of a scene that has a code's texture since a moment ago, and stays there."""

import numpy as np

from drivers.decode.regions import CELL_PX, Box, Cells, News, textured
from drivers.luma import Luma
from drivers.opencv import load_opencv

# What is textured all day long is furniture: this share of each frame's texture is learnt.
REST_SHARE = 0.05
# From frame to frame the part that a held code covers moves and grows by less than this share of it.
STAY_SHARE = 0.4
# And its middle moves by no more than this share, or a cell, which is what it is measured in. A bag
# that is carried by moves by twice that, and is textured like a code.
MOVE_SHARE = 0.1


class Spotter:
    """Tells where a code may be that no engine has seen."""

    def __init__(self) -> None:
        self._resting: News | None = None
        self._last: Box | None = None
        self._stays: Box | None = None

    def spot(self, cells: Cells, luma: Luma) -> Box | None:
        """Return the strongest textured part that is new to the scene and was there one frame ago.

        What only passes by, or is there all day, is not worth the time.

        Args:
            cells: the texture of `luma`, the next frame.
            luma: of the same size as all frames before.
        """
        cv2 = load_opencv()
        if self._resting is None:
            self._resting = np.zeros(cells.shape, np.float32)
        if not cells.size:  # OpenCV takes no empty picture
            return None
        boxes = textured(cv2.subtract(cells, self._resting, dtype=cv2.CV_32F), luma, most=1)
        cv2.accumulateWeighted(cells, self._resting, REST_SHARE)
        box = boxes[0] if boxes else None
        before, self._last = self._last, box
        self._stays = box if box and before and _stays(before, box) else None
        return self._stays

    @property
    def last(self) -> Box | None:
        """Where it was on the frame before, for a frame on which nothing has changed."""
        return self._last

    @property
    def stays(self) -> Box | None:
        """What `spot` returned last, for a frame that is not searched."""
        return self._stays


def _stays(before: Box, box: Box) -> bool:
    reach, moved_max = STAY_SHARE * box.side, max(MOVE_SHARE * box.side, CELL_PX)
    across = abs(before.left + before.right - box.left - box.right) / 2
    down = abs(before.top + before.bottom - box.top - box.bottom) / 2
    edges = zip(
        (before.left, before.top, before.right, before.bottom),
        (box.left, box.top, box.right, box.bottom),
        strict=True,
    )
    return max(across, down) <= moved_max and all(abs(one - other) <= reach for one, other in edges)
