"""From a code somewhere in a frame to its modules: straightened, set on its grid, and weighed.

An engine's corners are off by a few pixels, the fourth by more where it is covered. What every
code of the version shows at known places (finders, alignment patterns) sets the grid right, and
so does a picture of the same code from frames before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drivers.decode.anchors import found, laid_over, moved
from drivers.decode.grid import GRID_VERSION_MAX, Grid, Levels, grid_of
from drivers.decode.straight import MARGIN, MODULE_PX, Matrix, from_modules, straightened
from drivers.decode.timing import beats_of
from drivers.decode.weighing import fit_of, levels_of, weighed
from drivers.luma import Luma
from drivers.reading import Corners

# A version is taken from the timing patterns; the likeliest few are tried on the whole.
VERSIONS_TRIED = 3
# Share of all evidence at known modules that is right: a wrong version has 0.75 at most, the
# right one under a finger 0.9 and up.
FIT_MIN = 0.85
FIT_HOPELESS = 0.65  # before the last setting right
FIT_SURE = 0.93  # no need to look at other versions


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A code as one frame shows it."""

    grid: Grid
    levels: Levels  # of each module, as if from this frame alone
    fit: float  # share of the evidence at known modules that is right
    to_frame: Matrix  # (3, 3), from modules to the frame's pixels

    @property
    def corners(self) -> Corners:
        """Return the outer corners of the code in the frame."""
        size = self.grid.size
        square = np.array([[0, 0, 1], [size, 0, 1], [size, size, 1], [0, size, 1]]).T
        x, y, w = self.to_frame @ square
        first, second, third, fourth = (
            (round(a), round(b)) for a, b in zip(x / w, y / w, strict=True)
        )
        return first, second, third, fourth


def view_of(
    luma: Luma, corners: Corners, *, like: Levels | None = None, version: int = 0
) -> View | None:
    """Return the code at `corners`, None when there's none of a version up to GRID_VERSION_MAX.

    Args:
        luma: the frame.
        corners: within three modules of the true ones.
        like: modules of the same code from frames before; without it, the version is found out.
        version: what the engine holds it for, 0 if it doesn't say; tried first.
    """
    if like is not None:
        return _settled(luma, corners, grid_of((len(like) - 17) // 4), like)
    best: View | None = None
    for one in _likely_versions(luma, corners, version):
        view = _settled(luma, corners, grid_of(one), None)
        if view is not None and (best is None or view.fit > best.fit):
            best = view
        if best is not None and best.fit >= FIT_SURE:
            break
    return best


def view_as(luma: Luma, corners: Corners, version: int) -> View | None:
    """Return the code at `corners` if it is one of `version`, at a third of the time."""
    return _settled(luma, corners, grid_of(version), None)


def _likely_versions(luma: Luma, corners: Corners, version: int) -> Iterator[int]:
    """Yield `version`, unless it is 0, and those whose timing patterns beat best."""
    if 1 <= version <= GRID_VERSION_MAX:
        yield version
    likely = np.argsort(-beats_of(luma, corners))[:VERSIONS_TRIED] + 1
    yield from (int(one) for one in likely if one != version)


def _settled(luma: Luma, corners: Corners, grid: Grid, like: Levels | None) -> View | None:
    """Return the view of a code of `grid`, its places set right; None if it is no such code."""
    to_frame = from_modules(corners, grid.size)
    flat = straightened(luma, to_frame, grid.size)
    finders = list(found(flat, grid, reach=MARGIN * MODULE_PX - 4, finders=True))
    is_inverted = sum(anchor[4] for anchor in finders) < 0
    if is_inverted:
        luma = np.bitwise_not(luma)
    to_frame = moved(to_frame, grid.size, (a for a in finders if (a[4] < 0) is is_inverted))
    flat = straightened(luma, to_frame, grid.size)
    anchors = list(found(flat, grid, reach=2 * MODULE_PX, finders=False))
    anchors += found(flat, grid, reach=MODULE_PX, finders=True)
    to_frame = moved(to_frame, grid.size, anchors)
    # What was decided so far is a pattern too: it sets right what hangs between the anchors.
    if like is not None:
        seen = weighed(straightened(luma, to_frame, grid.size))
        anchors = list(laid_over(seen, like, reach=MODULE_PX))
        to_frame = moved(to_frame, grid.size, anchors)
    seen = weighed(straightened(luma, to_frame, grid.size))
    if fit_of(seen.levels, grid) < FIT_HOPELESS:
        return None
    to_frame = moved(to_frame, grid.size, laid_over(seen, seen.levels, reach=2))
    seen = weighed(straightened(luma, to_frame, grid.size))
    # Judged by what was seen: what is learnt from known modules fits them anywhere.
    fit = fit_of(seen.levels, grid)
    if fit < FIT_MIN:
        return None
    return View(grid=grid, levels=levels_of(seen, grid), fit=fit, to_frame=to_frame)
