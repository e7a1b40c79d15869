"""Anchors: where what is known of a code was found, and what that says of its place."""

from collections.abc import Iterable
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.decode.grid import Grid, Levels
from drivers.decode.straight import MARGIN, MODULE_PX, Flat, Matrix
from drivers.decode.weighing import Seen
from drivers.opencv import load_opencv

MATCH_MIN = 0.45  # correlation from which a pattern counts as found
CORNER_WEIGHT = 0.1  # of an engine's corner against a pattern that matches perfectly
ROBUST_ROUNDS = 3  # of finding out which patterns were found in the wrong place
OFF_PX = 1.0  # from where the rest puts it at which a pattern counts half
SURE_LEVEL = 4.0  # from which on a module is as good as any other for finding it again
TILE_SHARE_MIN = 0.2  # of a tile's modules that can be told on both: glare leaves none
TILES = 5  # across, when a frame is laid over another

# Where something should be and where it was found, in pixels of the straightened code; weight.
Anchor = tuple[float, float, float, float, float]


def found(flat: Flat, grid: Grid, *, reach: int, finders: bool) -> Iterable[Anchor]:
    """Yield where the finders, or the alignment patterns, are; weight below zero if inverted."""
    if finders:
        near, far = 0, grid.size - 7
        for row, column in ((near, near), (near, far), (far, near)):
            yield from _match(flat, _FINDER, row - 1, column - 1, reach)
    else:
        for row, column in grid.alignments:
            pattern = _pattern(grid, row - 2, column - 2, 5)
            yield from _match(flat, pattern, row - 2, column - 2, reach)


def _pattern(grid: Grid, row: int, column: int, across: int) -> Flat:
    dark = grid.dark[row : row + across, column : column + across]
    return np.kron(np.where(dark, 0, 255), np.ones((MODULE_PX, MODULE_PX))).astype(np.uint8)


def _finder() -> Flat:
    ring = np.maximum(*np.abs(np.mgrid[-4:5, -4:5]))
    dark = (ring <= 1) | (ring == 3)
    return np.kron(np.where(dark, 0, 255), np.ones((MODULE_PX, MODULE_PX))).astype(np.uint8)


_FINDER = _finder()


def _match(
    flat: Flat | NDArray[np.float32],
    pattern: Flat | NDArray[np.float32],
    row: int,
    column: int,
    reach: int,
) -> Iterable[Anchor]:
    """Yield where `pattern`, whose first module is at row and column, is found in `flat`.

    Of grey levels, both are taken against their means; depths are about zero already.
    """
    cv2 = load_opencv()
    top, left = (row + MARGIN) * MODULE_PX, (column + MARGIN) * MODULE_PX
    high, wide = pattern.shape
    first, begin = max(0, top - reach), max(0, left - reach)
    part = flat[first : top + high + reach, begin : left + wide + reach]
    method = cv2.TM_CCOEFF_NORMED if pattern.dtype == np.uint8 else cv2.TM_CCORR_NORMED
    scores: Any = cv2.matchTemplate(part, pattern, method)
    y, x = np.unravel_index(int(np.abs(scores).argmax()), scores.shape)
    score = float(scores[y, x])
    if not MATCH_MIN <= abs(score) <= 1:  # a flat part gives infinities
        return
    down = _peak(scores[:, x], int(y)) + first - top
    right = _peak(scores[y], int(x)) + begin - left
    middle_x, middle_y = left + wide / 2, top + high / 2
    yield middle_x, middle_y, middle_x + right, middle_y + down, score


def _peak(scores: NDArray[np.float32], at: int) -> float:
    """Return the place of the peak at `at`, between samples: the top of a parabola."""
    if not 0 < at < len(scores) - 1:
        return float(at)
    before, peak, after = (float(s) for s in scores[at - 1 : at + 2])
    bend = before - 2 * peak + after
    return at + (0.5 * (before - after) / bend if bend else 0.0)


def laid_over(seen: Seen, like: Levels, *, reach: int) -> Iterable[Anchor]:
    """Yield where the tiles of a code seen before are found in `seen`."""
    sure = np.clip(like / SURE_LEVEL, -1, 1).astype(np.float32)
    picture = np.repeat(np.repeat(sure, MODULE_PX, axis=0), MODULE_PX, axis=1)
    common = np.minimum(np.abs(sure), np.abs(seen.levels) / SURE_LEVEL)
    edges = np.linspace(0, len(like), TILES + 1).astype(int)
    for (top, bottom), (left, right) in product(pairwise(edges), repeat=2):
        share = float(common[top:bottom, left:right].mean())
        if share < TILE_SHARE_MIN:
            continue
        tile = picture[top * MODULE_PX : bottom * MODULE_PX, left * MODULE_PX : right * MODULE_PX]
        for anchor in _match(seen.depths, tile, top, left, reach):
            if anchor[4] > 0:
                yield *anchor[:4], anchor[4] * share


def moved(to_frame: Matrix, size: int, anchors: Iterable[Anchor]) -> Matrix:
    """Return `to_frame` set right by what was found where; the corners as they were count little.

    What lies far from where the rest puts it loses its weight: a tile half in a glare is found
    anywhere.
    """
    whole = (size + 2 * MARGIN) * MODULE_PX
    low, high = MARGIN * MODULE_PX, whole - MARGIN * MODULE_PX
    rows: list[Anchor] = [(x, y, x, y, CORNER_WEIGHT) for x in (low, high) for y in (low, high)]
    rows += [(*a[:4], a[4] ** 2) for a in anchors]
    x, y, u, v, trust = (np.array(rows) / ([whole] * 4 + [1])).T
    one, none = np.ones_like(x), np.zeros_like(x)
    across = np.stack([x, y, one, none, none, none, -u * x, -u * y], axis=1)
    down = np.stack([none, none, none, x, y, one, -v * x, -v * y], axis=1)
    system, wanted = np.concatenate([across, down]), np.concatenate([u, v])
    weights = trust
    for _ in range(ROBUST_ROUNDS):
        turned = (system * np.concatenate([weights, weights])[:, None] ** 2).T
        solved = np.linalg.solve(turned @ system, turned @ wanted)
        left = ((system @ solved - wanted) * whole).reshape(2, -1)
        weights = trust / (1 + (left**2).sum(axis=0) / OFF_PX**2)
    right = np.append(solved, 1).reshape(3, 3)
    # From whole straightened codes back to modules on both sides.
    unit = np.diag([whole / MODULE_PX, whole / MODULE_PX, 1.0])
    unit[:2, 2] = -MARGIN
    return np.asarray(to_frame @ unit @ right @ np.linalg.inv(unit), np.float64)
