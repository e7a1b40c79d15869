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

Cells = NDArray[np.float32]


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
        bands = luma[:high, :wide].reshape(-1, STEP_PX, wide) if high and wide else _NO_BANDS
        return cls(upper=_averaged(bands[:, :2]), lower=_averaged(bands[:, 4:6]))


_NO_BANDS = np.zeros((0, STEP_PX, 0), np.uint8)


def _averaged(pairs: Luma) -> Luma:
    """Return pairs of rows, averaged two by two pixels; whole factors are what OpenCV is fast at."""
    if not pairs.size:
        return np.zeros((0, 0), np.uint8)
    cv2 = load_opencv()
    rows = np.ascontiguousarray(pairs).reshape(-1, pairs.shape[2])
    size = rows.shape[1] // 2, rows.shape[0] // 2
    return np.asarray(cv2.resize(rows, size, interpolation=cv2.INTER_AREA), np.uint8)


def means(glance: Glance, picture: Luma) -> Cells:
    """Return the mean of each cell of a picture made from `glance`."""
    high, wide = glance.shape
    if not high or not wide:
        return np.zeros((high, wide), np.float32)
    cv2 = load_opencv()
    # Halving is what OpenCV does fast; all the way at once takes four times as long.
    for shrink in (8, 4, 1):
        size = wide * shrink, high * max(1, shrink // 4)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.float32)


def texture(glance: Glance) -> Cells:
    """Return how much brightness varies in each cell of CELL_PX, both across and down.

    Edges of furniture vary in one direction only; a code does in both.
    """
    if not glance.upper.size:
        return means(glance, glance.upper)
    cv2 = load_opencv()
    upper, steps = glance.upper, np.zeros_like(glance.upper)
    cv2.absdiff(upper[:, 2:], upper[:, :-2], dst=steps[:, 2:])
    down = means(glance, cv2.absdiff(upper, glance.lower))
    return np.asarray(np.minimum(means(glance, steps), down), np.float32)


def textured(cells: Cells, luma: Luma, *, most: int) -> list[Box]:
    """Return up to `most` boxes where the texture is a code's, the strongest first."""
    cv2 = load_opencv()
    peak = float(cells.max(initial=0))
    if peak < PEAK_MIN:
        return []
    middle = cells.size // 2
    usual = float(np.partition(cells, middle, axis=None)[middle])
    least = max(TEXTURE_FACTOR * usual + TEXTURE_MIN, SHARE_OF_PEAK * peak)
    mask = cv2.morphologyEx(
        (cells >= least).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes: list[tuple[float, Box]] = []
    for number in range(1, count):
        left, top, wide, high = (int(value) * CELL_PX for value in stats[number, :4])
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
