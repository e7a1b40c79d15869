"""From a code somewhere in a frame to its modules: straightened, set on its grid, and weighed.

An engine's corners are off by a few pixels, the fourth by more where it is covered. What every
code of the version shows at known places (finders, alignment patterns) sets the grid right, and
so does a picture of the same code from frames before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.decode.equalizer import equalized
from drivers.decode.grid import GRID_VERSION_MAX, Grid, Levels, grid_of
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners

MODULE_PX = 4  # of a straightened code; the samples of one module are its middle two by two
MARGIN = 4  # modules kept around it: what a finder may be off at first
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
# A version is taken from the timing patterns; the likeliest few are tried on the whole.
VERSIONS_TRIED = 3
BEAT_LINES = 6.2, 6.5, 6.8  # modules from the edge; the timing patterns' middle is at 6.5
# Share of all evidence at known modules that is right: a wrong version has 0.75 at most, the
# right one under a finger 0.9 and up.
FIT_MIN = 0.85
FIT_HOPELESS = 0.65  # before the last setting right
FIT_SURE = 0.93  # no need to look at other versions
MATCH_MIN = 0.45  # correlation from which a pattern counts as found
CORNER_WEIGHT = 0.1  # of an engine's corner against a pattern that matches perfectly
ROBUST_ROUNDS = 3  # of finding out which patterns were found in the wrong place
OFF_PX = 1.0  # from where the rest puts it at which a pattern counts half
SURE_LEVEL = 4.0  # from which on a module is as good as any other for finding it again
TILE_SHARE_MIN = 0.2  # of a tile's modules that can be told on both: glare leaves none
TILES = 5  # across, when a frame is laid over another

Flat = NDArray[np.uint8]
Matrix = NDArray[np.float64]
# Where something should be and where it was found, in pixels of the straightened code; weight.
Anchor = tuple[float, float, float, float, float]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beats:
    """Where the timing patterns of all versions are sampled, and how they beat there."""

    places: NDArray[np.float64]  # (3, n), of a code whose side is 1
    beats: NDArray[np.complex128]  # (n,)
    starts: NDArray[np.intp]  # of each line among the n: twice BEAT_LINES a version
    lengths: NDArray[np.intp]


@cache
def _beats() -> _Beats:
    places, beats, lengths = [], [], []
    for version in range(1, GRID_VERSION_MAX + 1):
        size = grid_of(version).size
        along = np.arange(8, size - 8, 0.25) + 0.125
        for across in BEAT_LINES:
            still = np.full_like(along, across)
            for line in ((along, still), (still, along)):
                places.append(np.stack([*line, still * 0 + size]) / size)
                beats.append(np.exp(1j * np.pi * along))
                lengths.append(len(along))
    return _Beats(
        places=np.concatenate(places, axis=1),
        beats=np.concatenate(beats),
        starts=np.cumsum([0, *lengths[:-1]]),
        lengths=np.array(lengths, np.intp),
    )


def beats_of(
    luma: Luma, corners: Corners, first: int = 1, last: int = GRID_VERSION_MAX
) -> NDArray[np.float64]:
    """Return how well the timing patterns of versions `first` to `last` beat at `corners`."""
    cv2 = load_opencv()
    table = _beats()
    lines = slice(2 * len(BEAT_LINES) * (first - 1), 2 * len(BEAT_LINES) * last)
    starts, lengths = table.starts[lines], table.lengths[lines]
    part = slice(starts[0], starts[-1] + lengths[-1])
    starts = starts - starts[0]
    u, v, w = _from_modules(corners, 1) @ table.places[:, part]
    at = ((line / w - 0.5).astype(np.float32).reshape(2, -1) for line in (u, v))
    values = cv2.remap(luma, *at, cv2.INTER_LINEAR).ravel().astype(np.float64)
    means = np.add.reduceat(values, starts) / lengths
    values -= np.repeat(means, lengths)
    spreads = np.add.reduceat(np.abs(values), starts) + NOISE / 2 * lengths
    scores = np.abs(np.add.reduceat(values * table.beats[part], starts)) / spreads
    return np.asarray(scores.reshape(last - first + 1, -1).sum(axis=1), np.float64)


def _settled(luma: Luma, corners: Corners, grid: Grid, like: Levels | None) -> View | None:
    """Return the view of a code of `grid`, its places set right; None if it is no such code."""
    to_frame = _from_modules(corners, grid.size)
    flat = _flat(luma, to_frame, grid.size)
    finders = list(_found(flat, grid, reach=MARGIN * MODULE_PX - 4, finders=True))
    is_inverted = sum(anchor[4] for anchor in finders) < 0
    if is_inverted:
        luma = np.bitwise_not(luma)
    to_frame = _moved(to_frame, grid.size, (a for a in finders if (a[4] < 0) is is_inverted))
    flat = _flat(luma, to_frame, grid.size)
    anchors = list(_found(flat, grid, reach=2 * MODULE_PX, finders=False))
    anchors += _found(flat, grid, reach=MODULE_PX, finders=True)
    to_frame = _moved(to_frame, grid.size, anchors)
    # What was decided so far is a pattern too: it sets right what hangs between the anchors.
    if like is not None:
        seen = _seen(_flat(luma, to_frame, grid.size))
        anchors = list(_laid_over(seen, like, reach=MODULE_PX))
        to_frame = _moved(to_frame, grid.size, anchors)
    seen = _seen(_flat(luma, to_frame, grid.size))
    if _fit(seen.levels, grid) < FIT_HOPELESS:
        return None
    to_frame = _moved(to_frame, grid.size, _laid_over(seen, seen.levels, reach=2))
    seen = _seen(_flat(luma, to_frame, grid.size))
    # Judged by what was seen: what is learnt from known modules fits them anywhere.
    fit = _fit(seen.levels, grid)
    if fit < FIT_MIN:
        return None
    return View(grid=grid, levels=_levels(seen, grid), fit=fit, to_frame=to_frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A straightened code and what of it can be told."""

    levels: Levels
    most: Levels  # what they could be at most, by contrast and what is around
    depths: NDArray[np.float32]  # of each pixel: 1 dark, -1 light, 0 where nothing can be told


def _seen(flat: Flat) -> _Seen:
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
    return _Seen(
        levels=np.asarray(levels[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32),
        most=np.asarray(most[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32),
        depths=np.clip((middles - flat) * scales, -1, 1).astype(np.float32),
    )


def _levels(seen: _Seen, grid: Grid) -> Levels:
    """Return the levels of a code, blur undone where there is some."""
    if np.abs(seen.levels).sum() >= EYE_OPEN * seen.most.sum():
        return seen.levels
    return equalized(seen.depths, seen.most, grid, module_px=MODULE_PX, margin=MARGIN)


def _fit(levels: Levels, grid: Grid) -> float:
    known = np.where(grid.dark, levels, -levels)[grid.known]
    return float(known[known > 0].sum() / (np.abs(known).sum() + 1e-6))


def _from_modules(corners: Corners, size: int) -> Matrix:
    cv2 = load_opencv()
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    return np.asarray(
        cv2.getPerspectiveTransform(square, np.array(corners, np.float32)), np.float64
    )


def _flat(luma: Luma, to_frame: Matrix, size: int) -> Flat:
    cv2 = load_opencv()
    # A frame's pixel (0, 0) has its middle at half a pixel.
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    across = (size + 2 * MARGIN) * MODULE_PX
    return np.asarray(
        cv2.warpPerspective(
            luma,
            half @ to_frame @ _TO_MODULES,
            (across, across),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _found(flat: Flat, grid: Grid, *, reach: int, finders: bool) -> Iterable[Anchor]:
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
# From pixels of the straightened code (their middles) to modules.
_TO_MODULES = np.array(
    [
        [1 / MODULE_PX, 0, 0.5 / MODULE_PX - MARGIN],
        [0, 1 / MODULE_PX, 0.5 / MODULE_PX - MARGIN],
        [0, 0, 1],
    ]
)


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


def _laid_over(seen: _Seen, like: Levels, *, reach: int) -> Iterable[Anchor]:
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


def _moved(to_frame: Matrix, size: int, anchors: Iterable[Anchor]) -> Matrix:
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
    moved = np.append(solved, 1).reshape(3, 3)
    # From whole straightened codes back to modules on both sides.
    unit = np.diag([whole / MODULE_PX, whole / MODULE_PX, 1.0])
    unit[:2, 2] = -MARGIN
    return np.asarray(to_frame @ unit @ moved @ np.linalg.inv(unit), np.float64)
