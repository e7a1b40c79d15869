"""How sharp a code is on a frame, whatever its distance, light and noise."""

import numpy as np
from numpy.typing import NDArray

from drivers.luma import Luma
from drivers.reading import Corners

_GAUSS_PEAK = 2.5066  # the steepest place of an edge blurred by s is contrast / (s * sqrt(2 pi))
_MEANS_PX2 = 0.75  # variance that means of three by three, and the pixels, add to a blur
_SHARP_PX = 1.2  # below it the plain edges tell more

Reals = NDArray[np.float64]


def blur_px(luma: Luma, corners: Corners, contrast: float, module_px: float) -> float:
    """Return the standard deviation of the blur, in pixels, at the sharpest edges of a code.

    The steepest edges show the lens; slow shades are the lamp's.

    Args:
        luma: the frame.
        corners: around the code; only what is within them counts.
        contrast: levels between its light and its dark modules.
        module_px: width of a module, roughly.
    """
    part, left, top = _part(luma, corners)
    if min(part.shape) < 5 or contrast < 1:
        return float(module_px)
    plain = _edge_px(part, corners, (left, top), contrast, module_px)
    # Noise makes edges steeper. In means of three by three there is next to none of it, but they
    # can't tell the sharpest edges apart.
    rows = (part[:-2] + part[1:-1] + part[2:]) / 3
    means = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 3
    smooth = _edge_px(means, corners, (left + 1, top + 1), contrast, module_px)
    smooth = max(0.0, smooth**2 - _MEANS_PX2) ** 0.5
    return min(smooth if smooth > _SHARP_PX else plain, 4 * module_px)


def _part(luma: Luma, corners: Corners) -> tuple[Reals, int, int]:
    """Return the part of the frame around the corners, and where it begins: left and top."""
    height, width = luma.shape
    left, top = (max(0, min(point[axis] for point in corners)) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in corners) + 1 for axis in (0, 1))
    return luma[top : min(height, bottom), left : min(width, right)].astype(float), left, top


def _edge_px(
    part: Reals, corners: Corners, at: tuple[int, int], contrast: float, module_px: float
) -> float:
    """Return how wide the steepest edges within the corners are."""
    steps = np.hypot(np.diff(part, axis=1)[:-1], np.diff(part, axis=0)[:, :-1])
    steps = steps[_is_inside(corners, at, (steps.shape[0], steps.shape[1]))]
    if not steps.size:
        return float(module_px)
    # There is about one edge a module along each line, a pixel wide: of those the steepest tenth.
    steepest = float(np.quantile(steps, 1 - min(0.5, 0.1 / max(1.0, module_px))))
    return contrast / (_GAUSS_PEAK * max(steepest, 1.0))


def _is_inside(corners: Corners, at: tuple[int, int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    y, x = np.mgrid[at[1] : at[1] + shape[0], at[0] : at[0] + shape[1]]
    sides = [
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    ahead = np.all([side >= 0 for side in sides], axis=0)
    return np.asarray(ahead | np.all([side <= 0 for side in sides], axis=0))
