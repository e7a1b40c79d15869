"""Where on a frame a code may be: the place of one that was seen, or what has a code's texture."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners

# A crop takes this share of the code's width more on each side: the quiet zone of a small code
# is a seventh of it, and a hand moves by as much between two frames.
MARGIN_SHARE = 0.2
# Under this no code of 21 modules can be read.
SIDE_PX_MIN = 24

CELL_PX = 32  # a code that can be read covers 2 by 2 of them, but for those an engine finds alone
STEP_PX = 8  # every so manieth four rows are looked at
# Grey levels a cell's texture must have over the frame's usual one: noise is usual.
TEXTURE_MIN = 1.5
TEXTURE_FACTOR = 1.7
# And the most textured cell this much: less are soft shapes, or a code too pale to be read.
PEAK_MIN = 6.0
SHARE_OF_PEAK = 0.4  # a code is as textured all over as where it is most
ASPECT_MAX = 3.0  # a code held at 70 degrees

Cells = NDArray[np.uint8]  # grey levels
News = NDArray[np.float32]  # the same, less what is usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An upright part of a frame, in pixels; not empty."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def side(self) -> int:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    def crop(self, luma: Luma) -> Luma:
        """Return this part of `luma`, as the engines want it: without gaps."""
        return np.ascontiguousarray(luma[self.top : self.bottom, self.left : self.right])

    def is_near(self, other: "Box") -> bool:
        """Return whether both may be of the same code, a frame or two apart."""
        reach = min(self.side, other.side)
        across = abs(self.left + self.right - other.left - other.right)
        down = abs(self.top + self.bottom - other.top - other.bottom)
        return across <= reach and down <= reach and other.side <= 2 * self.side <= 4 * other.side


def box_around(corners: Corners, luma: Luma) -> Box | None:
    """Return the box of a code with its quiet zone; None if it is too small or out of sight."""
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return _grown(min(across), min(down), max(across), max(down), luma)


def corners_of(box: Box) -> Corners:
    """Return the corners of a code that was only found to be somewhere in `box`."""
    return (
        (box.left, box.top),
        (box.right, box.top),
        (box.right, box.bottom),
        (box.left, box.bottom),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Two pairs of rows out of every STEP_PX, 4 apart, their pixels averaged two by two.

    Averaging halves the noise and keeps modules from two pixels on. The change gate and the search
    for texture both begin with it.
    """

    upper: Luma  # (height / STEP_PX, width / 2), of the cells that are whole
    lower: Luma

    @property
    def shape(self) -> tuple[int, int]:
        """Cells down and across."""
        return len(self.upper) * STEP_PX // CELL_PX, self.upper.shape[1] * 2 // CELL_PX

    @classmethod
    def of(cls, luma: Luma) -> Self:
        """Return the glance at a frame; it is empty if the frame is smaller than a cell."""
        high, wide = (side // CELL_PX * CELL_PX for side in luma.shape)
        if not high or not wide:
            return cls(upper=_NO_ROWS, lower=_NO_ROWS)
        # Halving all of it takes OpenCV less time than gathering the rows would.
        half = _shrunk(luma[:high, :wide], (high // 2, wide // 2))
        return cls(upper=half[:: STEP_PX // 2], lower=half[2 :: STEP_PX // 2])


_NO_ROWS = np.zeros((0, 0), np.uint8)


def _shrunk(picture: Luma, shape: tuple[int, int]) -> Luma:
    cv2 = load_opencv()
    return np.asarray(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def means(picture: Luma, shape: tuple[int, int]) -> Cells:
    """Return the mean of each cell of a picture with the sides of a `Glance`, or of several."""
    high, wide = shape
    if not high or not wide:
        return np.zeros(shape, np.uint8)
    # Halving is what OpenCV does fast; all the way at once takes three times as long.
    return _shrunk(_shrunk(picture, (2 * high, 8 * wide)), shape)


def texture(glance: Glance) -> Cells:
    """Return how much brightness varies in each cell of CELL_PX, both across and down.

    Edges of furniture vary in one direction only; a code does in both.
    """
    rows, (high, wide) = len(glance.upper), glance.shape
    if not rows:
        return means(glance.upper, glance.shape)
    cv2 = load_opencv()
    upper = glance.upper
    # One below the other, so that both are averaged at once.
    steps = np.zeros((2 * rows, upper.shape[1]), np.uint8)
    cv2.absdiff(upper[:, 2:], upper[:, :-2], dst=steps[:rows, 2:])
    cv2.absdiff(upper, glance.lower, dst=steps[rows:])
    cells = means(steps, (2 * high, wide))
    return np.asarray(cv2.min(cells[:high], cells[high:]), np.uint8)


def textured(cells: Cells | News, luma: Luma, *, most: int) -> list[Box]:
    """Return up to `most` boxes where the texture is a code's, the strongest first."""
    if not cells.size:
        return []
    # By OpenCV where it can be: after another look NumPy's calls cost several times as much.
    cv2 = load_opencv()
    peak = cv2.minMaxLoc(cells)[1]
    if peak < PEAK_MIN:
        return []
    middle = cells.size // 2
    usual = float(np.partition(cells, middle, axis=None)[middle])
    least = max(TEXTURE_FACTOR * usual + TEXTURE_MIN, SHARE_OF_PEAK * peak)
    mask = cv2.morphologyEx((cells >= least).view(np.uint8), cv2.MORPH_CLOSE, None)  # 3 by 3
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes: list[tuple[float, Box]] = []
    for number, part in enumerate(stats[1:].tolist(), 1):
        left, top, wide, high = (side * CELL_PX for side in part[:4])
        is_square = max(wide, high) <= ASPECT_MAX * min(wide, high)
        if min(wide, high) < 2 * CELL_PX or not is_square:
            continue
        box = _grown(left, top, left + wide, top + high, luma)
        if box is not None:
            boxes.append((float(cells[labels == number].sum()), box))
    boxes.sort(key=lambda scored: -scored[0])
    return [box for _, box in boxes[:most]]


def _grown(left: int, top: int, right: int, bottom: int, luma: Luma) -> Box | None:
    high, wide = luma.shape
    more = round(MARGIN_SHARE * max(right - left, bottom - top))
    left, top = max(0, left - more), max(0, top - more)
    right, bottom = min(wide, right + more), min(high, bottom + more)
    if right - left < SIDE_PX_MIN or bottom - top < SIDE_PX_MIN:
        return None
    return Box(left=left, top=top, right=right, bottom=bottom)


def whole(luma: Luma) -> Box:
    """Return the box of a whole picture."""
    return Box(left=0, top=0, right=luma.shape[1], bottom=luma.shape[0])
