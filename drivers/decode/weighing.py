"""Weighing: how dark each module is, and how much that is worth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.decode.equalizer import equalized
from drivers.decode.grid import Grid, Levels
from drivers.decode.straight import MARGIN, MODULE_PX, Flat
from drivers.opencv import load_opencv

NOISE = 8.0  # grey levels between light and dark that are no sign of a code
SPREAD = 0.25  # of a module's value about its true one, in contrasts: blur by the neighbours
WINDOW = 5  # modules over which light and dark are looked for: no part of a finder fills it
ROUNDS = 2  # after which light and dark no longer change much
REACH = 1.5  # modules, standard deviation of what counts as the neighbourhood
# Of a neighbourhood, dark or light: masks see to it that codes have more of either, a glare or a
# finger has none.
SHARE_MIN = 0.1
# Share of what levels could be that they are: 0.93 and up in focus, 0.88 and less where modules
# run into each other.
EYE_OPEN = 0.89


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A straightened code and what of it can be told."""

    levels: Levels
    most: Levels  # what they could be at most, by contrast and what is around
    depths: NDArray[np.float32]  # of each pixel: 1 dark, -1 light, 0 where nothing can be told


def weighed(flat: Flat) -> Seen:
    """Return how dark each module is, against light and dark of its neighbourhood.

    The levels are log-likelihoods but for a factor: what is flat (glare, a finger) weighs
    nothing, what has little contrast little.
    """
    cv2 = load_opencv()
    size = len(flat) // MODULE_PX
    parts = flat.reshape(size, MODULE_PX, size, MODULE_PX)[:, 1:3, :, 1:3]
    values = parts.mean(axis=(1, 3), dtype=np.float32)
    window = np.ones((WINDOW, WINDOW), np.uint8)
    middle = (cv2.dilate(values, window) + cv2.erode(values, window)) / 2
    for _ in range(ROUNDS):
        # Means of what counts as dark and as light so far follow a slope of the light, which
        # extremes do not. Where one of them is missing all around, nothing can be told.
        is_dark = (values < middle).astype(np.float32)
        share = cv2.GaussianBlur(is_dark, (0, 0), REACH)
        dark_sum = cv2.GaussianBlur(is_dark * values, (0, 0), REACH)
        light_sum = cv2.GaussianBlur(values, (0, 0), REACH) - dark_sum
        dark, light = dark_sum / (share + 1e-4), light_sum / (1 - share + 1e-4)
        middle = (dark + light) / 2
    both = np.clip((np.minimum(share, 1 - share) - SHARE_MIN) / SHARE_MIN, 0, 1)
    contrast = np.maximum(light - dark - NOISE, 0)
    most = both * contrast**2 / 2 / (NOISE**2 + (SPREAD * contrast) ** 2)
    levels = most * np.clip((middle - values) / (contrast / 2 + 1e-3), -1, 1)
    scale = 2 * both / (contrast + NOISE)
    middles, scales = (
        cv2.resize(part, flat.shape, interpolation=cv2.INTER_LINEAR) for part in (middle, scale)
    )
    return Seen(
        levels=np.asarray(levels[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32),
        most=np.asarray(most[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32),
        depths=np.clip((middles - flat) * scales, -1, 1).astype(np.float32),
    )


def levels_of(seen: Seen, grid: Grid) -> Levels:
    """Return the levels of a code, blur undone where there is some."""
    if np.abs(seen.levels).sum() >= EYE_OPEN * seen.most.sum():
        return seen.levels
    return equalized(seen.depths, seen.most, grid, module_px=MODULE_PX, margin=MARGIN)


def fit_of(levels: Levels, grid: Grid) -> float:
    """Return the share of the evidence at known modules that is right."""
    known = np.where(grid.dark, levels, -levels)[grid.known]
    return float(known[known > 0].sum() / (np.abs(known).sum() + 1e-6))
