"""How well a camera sees a code: what a technician needs to place it, in figures.

Nothing of the payload is used: a code that was seen and could not be read is measured as well,
and that is the one whose figures are wanted.
"""

from math import acos, degrees, dist, hypot

import numpy as np
from numpy.typing import NDArray

from drivers.decode.blur import blur_px
from drivers.decode.figures import BLACK_LEVEL, BURNT_LEVEL, Exposure, Measures
from drivers.luma import Luma
from drivers.reading import Corners

# ISO/IEC 18004, section 5.3.1: from 21 modules a side in steps of four to 177.
SIZES = range(21, 178, 4)
# Of all evidence at known modules, the right size has 0.9 where a code is sharp and 0.3 where it
# is blurred by half a module, past reading. Wrong sizes and noise have up to 0.25; where corners are
# no code's, two of them come near each other.
EVIDENCE_MIN = 0.28
EVIDENCE_LEAD_MIN = 1.5  # times the next best

_SAMPLES = 240  # across, of the code's area
_TILES = 6  # across; one of the smallest code holds 12 modules, never all of one shade
_AREA_PX_MIN = 100.0  # ten by ten pixels hold no code

Matrix = NDArray[np.float64]
Reals = NDArray[np.float64]


def exposure_of(luma: Luma) -> Exposure:
    """Return the light on a frame; every fourth pixel of every fourth row tells enough."""
    some = luma[::4, ::4]
    low, high = np.percentile(some, (5, 95))
    return Exposure(
        level=round(float(some.mean())),
        spread=round(float(high - low)),
        burnt=float(np.mean(some >= BURNT_LEVEL)),
        black=float(np.mean(some <= BLACK_LEVEL)),
    )


def measures_of(luma: Luma, corners: Corners) -> Measures | None:
    """Return what can be measured of the code at `corners`; None: there is no area there.

    Args:
        luma: the frame.
        corners: in any order around the code, some of them outside the frame; within about a
            module of the true ones, or the modules are not counted.
    """
    to_frame = _perspective(corners)
    if to_frame is None:
        return None
    levels = _levels(luma, to_frame)
    if levels is None:
        return None
    dark, light = (float(level) for level in np.nanpercentile(levels, (5, 95)))
    modules = _count_modules(luma, to_frame, (dark, light))
    side_px = min(dist(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True))
    pixels_per_module = None if modules is None else side_px / modules
    glare, covered = _spoilt(levels, dark, light)
    return Measures(
        modules=modules,
        pixels_per_module=pixels_per_module,
        blur_px=blur_px(luma, corners, light - dark, pixels_per_module or side_px / 40),
        dark=round(dark),
        light=round(light),
        burnt=float(np.nanmean(levels >= BURNT_LEVEL)),
        black=float(np.nanmean(levels <= BLACK_LEVEL)),
        glare=glare,
        covered=covered,
        tilt_degrees=_tilt_degrees(to_frame),
    )


def _perspective(corners: Corners) -> Matrix | None:
    """Return what takes the unit square to the corners; None: they are no convex quadrilateral."""
    turns = [
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
        for a, b, c in zip(
            corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True
        )
    ]
    if min(turns) < 0 < max(turns) or min(abs(turn) for turn in turns) < _AREA_PX_MIN:
        return None
    rows, wanted = list[list[float]](), list[float]()
    for (u, v), (x, y) in zip(((0, 0), (1, 0), (1, 1), (0, 1)), corners, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
        wanted += [x, y]
    solved = np.linalg.solve(np.array(rows, float), np.array(wanted, float))
    return np.append(solved, 1.0).reshape(3, 3)


def _sampled(luma: Luma, to_frame: Matrix, u: Reals, v: Reals) -> Reals:
    """Return the levels at places of the unit square, between pixels; NaN outside the frame."""
    x, y, w = to_frame @ np.stack([u.ravel(), v.ravel(), np.ones(u.size)])
    # Corners lie between pixels, and a pixel's level stands in its middle.
    x, y = x / w - 0.5, y / w - 0.5
    height, width = luma.shape
    inside = (x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5)
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    along, down = x - left, y - top
    upper = luma[top, left] * (1 - along) + luma[top, right] * along
    lower = luma[below, left] * (1 - along) + luma[below, right] * along
    return np.where(inside, upper * (1 - down) + lower * down, np.nan).reshape(u.shape)


def _levels(luma: Luma, to_frame: Matrix) -> Reals | None:
    """Return the levels of the code's area, straightened; None: too little of it is in view."""
    at = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    levels = _sampled(luma, to_frame, *np.meshgrid(at, at))
    return None if np.isnan(levels).mean() > 0.5 else levels


def _count_modules(luma: Luma, to_frame: Matrix, shades: tuple[float, float]) -> int | None:
    """Return the size whose finder and timing patterns are best seen; None: none is."""
    evidence = [(_evidence(luma, to_frame, shades, size), size) for size in SIZES]
    (best, size), (next_best, _) = sorted(evidence, reverse=True)[:2]
    return size if best >= max(EVIDENCE_MIN, EVIDENCE_LEAD_MIN * next_best) else None


def _evidence(luma: Luma, to_frame: Matrix, shades: tuple[float, float], size: int) -> float:
    """Return how well the known modules of two rows and two columns are seen, up to 1."""
    along = np.arange(size)
    timing = along % 2 == 0  # row and column 6; the finders' edges in it are dark as well
    timing[:7], timing[size - 7 :] = True, True
    finder = np.array([True, False, True, True, True, False, True, False])  # row 3, and light
    places = np.concatenate([along, along[:8], along[size - 8 :]])
    rows = np.concatenate([np.full(size, 6), np.full(16, 3)])
    is_dark = np.concatenate([timing, finder, finder[::-1]])
    u, v = (places + 0.5) / size, (rows + 0.5) / size
    levels = np.concatenate([_sampled(luma, to_frame, u, v), _sampled(luma, to_frame, v, u)])
    middle, half = sum(shades) / 2, max(1.0, (shades[1] - shades[0]) / 2)
    seen = np.clip((middle - levels) / half, -1, 1) * np.where(np.tile(is_dark, 2), 1, -1)
    return abs(float(np.nan_to_num(seen).mean()))  # an inverted code is all evidence against


def _spoilt(levels: Reals, dark: float, light: float) -> tuple[float, float]:
    """Return the shares of the area that have no dark modules, and no light ones."""
    side = _SAMPLES // _TILES
    tiles = levels.reshape(_TILES, side, _TILES, side).swapaxes(1, 2).reshape(_TILES**2, -1)
    tiles = tiles[~np.isnan(tiles).any(axis=1)]
    if not len(tiles):
        return 0.0, 0.0
    low, high = np.percentile(tiles, (10, 90), axis=1)
    middle = (dark + light) / 2
    return float(np.mean(low > middle)), float(np.mean(high < middle))


def _tilt_degrees(to_frame: Matrix) -> float:
    """Return how far the code is turned away, by how much it is foreshortened at its middle."""
    x, y, w = to_frame @ np.array([0.5, 0.5, 1.0])
    (a, b), (c, d) = (
        (to_frame[row, :2] - place / w * to_frame[2, :2]) / w for row, place in ((0, x), (1, y))
    )
    larger, smaller = hypot(a + d, b - c), hypot(a - d, b + c)  # sum and difference of the axes
    longest, shortest = larger + smaller, abs(larger - smaller)
    return degrees(acos(min(1.0, shortest / longest))) if longest else 0.0
