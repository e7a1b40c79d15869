"""One clean picture of a code that several frames show, each of them spoilt elsewhere.

Glare wanders, a finger slips, noise is new in each frame: what one frame hides, another tells.
Each frame is set on the code's grid (rectify.py), the evidence is summed module by module, and
the sum counts only when Reed-Solomon proves it (erasures.py). One frame may be enough for that:
what is hidden is known to be hidden, and such a symbol costs half of a wrong one.
"""

from dataclasses import dataclass, field
from math import dist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.decode.erasures import Proven, prove
from drivers.decode.finders import likely_codes
from drivers.decode.grid import Grid, Levels, Modules
from drivers.decode.rectify import FIT_SURE, View, view_as, view_of
from drivers.decode.regions import Box
from drivers.luma import Luma
from drivers.reading import Corners

# A second at 8 frames a second: who holds a code that long without a read moves it or redraws.
FRAMES_MAX = 8
# Two codes in one view are both brought together; a third drops the one unseen for longest.
CODES_MAX = 2
# Evidence of one frame that speaks against another of the same code, under fingers and glare:
# 8 % at most. A phone's redrawn code, half of its data the same, comes to 15 % and more.
AGAINST_MAX = 0.11
# The same for the parity of one block and a proven code: 8 % and 40 %.
AGAINST_PARITY_MAX = 0.2
# Levels a module that two frames have in common, on average: less, and nobody can compare them.
COMMON_MIN = 0.3
QUIET_ZONE = 4  # modules; ISO/IEC 18004, section 6.3.8
PICTURE_MODULE_PX = 3
LIGHT = 255

Soft = NDArray[np.floating[Any]]


@dataclass(slots=True)
class _Code:
    grid: Grid
    corners: Corners  # where it was last
    frames: list[Levels] = field(default_factory=list)  # at most FRAMES_MAX, the oldest first
    is_new: bool = True  # since a picture was last tried

    @property
    def levels(self) -> Levels:
        return np.asarray(np.sum(self.frames, axis=0), np.float32)

    def take(self, view: View) -> None:
        self.frames = [*self.frames, view.levels][-FRAMES_MAX:]
        self.corners, self.is_new = view.corners, True


class Fusion:
    """Brings frames of codes together that no engine could read in one of them.

    Usage: `add` each frame in which an engine saw a code and could not read it, `search` one in
    which something only has a code's texture, then ask for a `picture`; what an engine reads of
    that counts as read at `corners`. `clear` when a code was read or nothing was in view for a
    while. A frame of another code (redrawn, or another holder) is never mixed in: at most
    CODES_MAX codes are kept apart, FRAMES_MAX frames of each.

    Attributes:
        corners: of the code of the last picture, in the frame it was last seen in.
        unspent: parity symbols left over in the weakest block of the last picture.
    """

    def __init__(self) -> None:
        self._codes: list[_Code] = []  # the one longest unseen first
        self.corners: Corners | None = None
        self.unspent = 0

    def add(self, luma: Luma, corners: Corners, version: int = 0) -> bool:
        """Take in a frame in which a code was seen at `corners` and not read.

        Args:
            luma: the frame, shape (height, width).
            corners: within three modules of the true ones, the one between two finders first.
            version: what the engine holds it for, 0 if it doesn't say; need not be right.

        Returns:
            Whether there is a code; if so, it is worth another `picture`.

        Raises:
            DriverError: OpenCV can't be loaded.
        """
        code, view = self._known(luma, corners)
        if view is None:
            view = view_of(luma, corners, version=version)
        if view is None:
            return False
        self._take(view, code)
        return True

    def picture(self) -> Luma | None:
        """Return a clean picture of a code that the frames so far prove, None if there is none.

        The picture has no error left, so that an engine which reads QR codes at all reads it;
        nothing in it was chosen but by Reed-Solomon. The same frames are not tried twice.
        """
        for code in reversed(self._codes):
            if not code.is_new:
                continue
            code.is_new = False
            proven = _proven(code)
            if proven is not None:
                self.corners, self.unspent = code.corners, proven.unspent
                return _picture(proven.modules)
        return None

    def search(self, luma: Luma, box: Box) -> bool:
        """Take in a frame in which no engine saw a code, if there is one in `box` all the same.

        Noise, blur and moire hide finder patterns from engines, a finger or a glare hides one
        from everybody. Costs twice as much as `add`, or four times, when nothing is there.

        Args:
            luma: the frame.
            box: where something has a code's texture, or where one was a frame ago.

        Returns:
            Whether there is a code; if so, it is worth another `picture`.

        Raises:
            DriverError: OpenCV can't be loaded.
        """
        if self._follow(luma):
            return True
        best: View | None = None
        for likely in likely_codes(box.crop(luma)):
            first, second, third, fourth = ((x + box.left, y + box.top) for x, y in likely.corners)
            corners = (first, second, third, fourth)
            view = view_as(luma, corners, likely.version)
            if view is not None and (best is None or view.fit > best.fit):
                best = view
            if best is not None and best.fit >= FIT_SURE:
                break
        if best is None:
            return False
        self._take(best, None)
        return True

    def clear(self) -> None:
        """Forget all frames."""
        self._codes.clear()

    def _take(self, view: View, code: _Code | None) -> None:
        """Sum a view into its code; `code` is None if that is still to be found out."""
        code = code or self._same(view)
        if code is None:
            code = _Code(grid=view.grid, corners=view.corners)
        else:
            self._codes.remove(code)
        self._codes = [*self._codes, code][-CODES_MAX:]
        code.take(view)

    def _follow(self, luma: Luma) -> bool:
        """Take in the code last seen, if it is still within three modules of where it was."""
        if not self._codes:
            return False
        code = self._codes[-1]
        view = view_of(luma, code.corners, like=code.levels)
        if view is None or not _agrees(view.levels, code.levels, code.grid):
            return False
        code.take(view)
        return True

    def _known(self, luma: Luma, corners: Corners) -> tuple[_Code | None, View | None]:
        """Return the code that stood there, and the view of it, if this is it again."""
        for code in reversed(self._codes):
            if dist(code.corners[0], corners[0]) > dist(corners[0], corners[2]) / 2:
                continue
            view = view_of(luma, corners, like=code.levels)
            if view is not None and _agrees(view.levels, code.levels, code.grid):
                return code, view
        return None, None

    def _same(self, view: View) -> _Code | None:
        for code in self._codes:
            if code.grid is view.grid and _agrees(view.levels, code.levels, code.grid):
                return code
        return None


def _agrees(levels: Levels, others: Levels, grid: Grid) -> bool:
    """Return whether both tell of the same code where both are sure."""
    common, against = _compared(levels[grid.rows, grid.columns], others[grid.rows, grid.columns])
    return common >= COMMON_MIN and against <= AGAINST_MAX


def _compared(one: Soft, other: Soft) -> tuple[float, float]:
    """Return how much both tell of the same modules on average, and the share that differs."""
    common = np.minimum(np.abs(one), np.abs(other))
    against = float(common[(one > 0) != (other > 0)].sum())
    return float(common.mean()), against / (float(common.sum()) + 1e-6)


def _proven(code: _Code) -> Proven | None:
    """Return what is proven of a code and agrees with all of its frames.

    Blocks are proven one by one: of two codes mixed, each might give some. Frames of another
    code, so like this one that it was taken for it, are dropped, and what is left tried again.
    """
    while code.frames:
        proven = prove(code.levels, code.grid)
        if proven is None:
            return None
        agreeing = [levels for levels in code.frames if _is_of(levels, proven, code.grid)]
        if len(agreeing) == len(code.frames):
            return proven
        code.frames = agreeing
    return None


def _is_of(levels: Levels, proven: Proven, grid: Grid) -> bool:
    """Return whether a frame shows this very code, judged by the parity of each block."""
    told = levels[grid.rows, grid.columns]
    drawn = np.where(proven.modules[grid.rows, grid.columns], np.inf, -np.inf)
    for bits in proven.parity:
        common, against = _compared(told[bits], drawn[bits])
        if common >= COMMON_MIN and against > AGAINST_PARITY_MAX:
            return False
    return True


def _picture(modules: Modules) -> Luma:
    light = np.pad(~modules, QUIET_ZONE, constant_values=True)
    square = np.full((PICTURE_MODULE_PX, PICTURE_MODULE_PX), LIGHT, np.uint8)
    return np.asarray(np.kron(light.astype(np.uint8), square), np.uint8)
