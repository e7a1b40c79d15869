"""Where a code may stand that no engine sees, from two or three of its finder patterns.

Engines look for rings in black and white; noise, blur and moire break those long before they
break the correlation with a ring. And an engine needs all three: under a finger there are two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from drivers.decode.grid import GRID_VERSION_MAX
from drivers.decode.timing import beats_of
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners

# Larger parts of a frame are made smaller first: a code of 117 modules that fills 70 % of it has
# 2 pixels a module then.
SIDE_PX_MAX = 360
RING_MODULE_PX = 2.0  # of the pattern that is looked for; the picture is made smaller step by step
STEP = 1.22  # from one size to the next: a tenth off is seen well
STEPS = 8  # down to 90 pixels, where a code of 21 modules is as small
SCORE_MIN = 0.45  # correlation with the ring; noise and print are below 0.4 as a rule
FINDERS_MAX = 10  # of one part of a frame; a code has 3
APART = 4.0  # modules, of two finders' centres: the best of what is nearer counts
SIZES_RATIO_MAX = 1.5  # of two finders of one code held at an angle
LEGS_RATIO_MAX = 1.7
SINE_MIN = 0.8  # of the angle between the legs
VERSIONS_OFF = 2  # by which the distance in modules misses the version at most, and a tenth more
# Of these, finders that belong together are among the best few; two may in six ways.
THREES_MAX, TWOS_MAX = 6, 18
# Of three finders and their timing patterns in good light; what has as much isn't chance. Codes
# that can only just be read begin at 3.5, chance ends at 3.9.
SURE_SCORE = 4.2
LIKELY_MAX = 3  # places worth a closer look, which costs more than all the looking before

# A place on a picture or the way between two: to the right, and j times down.
Place = complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """What may be a finder pattern."""

    centre: Place
    module_px: float
    score: float  # correlation, SCORE_MIN to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """Where a code may stand."""

    corners: Corners  # in pixels of the picture; the fourth as in a parallelogram
    version: int
    score: float  # of finders, up to 1 each, and of timing patterns, up to 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guess:
    """Centres of finders that may be of one code, one of them perhaps hidden."""

    first: Place  # the one between the others
    right: Place  # clockwise from it on a code that isn't mirrored: the upper right one
    below: Place
    module_px: float
    trust: float  # the sum of the scores


def likely_codes(luma: Luma) -> list[Likely]:
    """Return where on a picture codes may stand, the likeliest first.

    Args:
        luma: a part of a frame, not much larger than the code.

    Returns:
        LIKELY_MAX at most.
    """
    finders = find(luma)
    likely = _likely(luma, _of_three(finders), THREES_MAX)
    if not likely or likely[0].score < SURE_SCORE:
        likely += _likely(luma, _of_two(finders), TWOS_MAX)
        likely.sort(key=lambda one: -one.score)
    return likely[:LIKELY_MAX]


def find(luma: Luma) -> list[Finder]:
    """Return what looks like a finder pattern, the best first, FINDERS_MAX at most."""
    cv2 = load_opencv()
    factor = min(1.0, SIDE_PX_MAX / max(luma.shape))
    ring = _ring()
    found: list[Finder] = []
    small = luma
    for _ in range(STEPS):
        size = round(luma.shape[1] * factor), round(luma.shape[0] * factor)
        if min(size) < 2 * len(ring):
            break
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        scores = np.abs(cv2.matchTemplate(small, ring, cv2.TM_CCOEFF_NORMED))
        # Flat parts give infinities.
        scores[scores > 1] = 0
        peaks = np.flatnonzero((scores >= SCORE_MIN) & (scores >= cv2.dilate(scores, _NEAR)))
        best = peaks[np.argsort(-scores.ravel()[peaks])[:FINDERS_MAX]]
        for row, column in zip(*np.unravel_index(best, scores.shape), strict=True):
            middle = complex(column + len(ring) / 2, row + len(ring) / 2)
            score = float(scores[row, column])
            found.append(
                Finder(centre=middle / factor, module_px=RING_MODULE_PX / factor, score=score)
            )
        factor /= STEP
    return _best(found)


_NEAR = np.ones((9, 9), np.uint8)


def _best(found: Iterable[Finder]) -> list[Finder]:
    """Return the best of each place: a finder is seen in several sizes."""
    kept: list[Finder] = []
    for one in sorted(found, key=lambda finder: -finder.score):
        reach = APART * one.module_px
        if all(abs(one.centre - other.centre) > reach for other in kept):
            kept.append(one)
            if len(kept) == FINDERS_MAX:
                break
    return kept


@cache
def _ring() -> Any:
    """Return a finder pattern with its separator, averaged over all ways to turn it."""
    cv2 = load_opencv()
    rings = np.maximum(*np.abs(np.mgrid[-6:7, -6:7]))
    dark = (rings <= 1) | (rings == 3)
    fine = np.kron(np.where(dark, 0.0, 255.0), np.ones((8, 8))).astype(np.float32)
    middle = ((len(fine) - 1) / 2,) * 2
    turned = [
        cv2.warpAffine(
            fine, cv2.getRotationMatrix2D(middle, angle, 1), fine.shape, borderValue=255.0
        )
        for angle in range(-40, 45, 10)
    ]
    whole = np.mean(turned, axis=0)[16:-16, 16:-16]
    across = round(9 * RING_MODULE_PX)
    return cv2.resize(whole, (across, across), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _of_three(finders: Sequence[Finder]) -> Iterator[_Guess]:
    """Yield codes of which three finders are seen."""
    for three in combinations(finders, 3):
        if not _are_alike(three):
            continue
        # The one that faces the longest side stands between the others.
        sides = [abs(three[place - 1].centre - three[place - 2].centre) for place in range(3)]
        between = max(range(3), key=lambda place: sides[place])
        first, right, below = (three[between - turn].centre for turn in range(3))
        if _turn(right - first, below - first) < 0:
            right, below = below, right
        short, long = sorted((abs(right - first), abs(below - first)))
        sine = _turn(right - first, below - first) / (long * short)
        if long <= LEGS_RATIO_MAX * short and sine >= SINE_MIN:
            yield _guess(first, right, below, three)


def _of_two(finders: Sequence[Finder]) -> Iterator[_Guess]:
    """Yield all ways in which two finders may belong to a code whose third is hidden."""
    for two in combinations(finders, 2):
        if not _are_alike(two):
            continue
        one, other = (finder.centre for finder in two)
        for a, b in ((one, other), (other, one)):
            aside = 1j * (b - a)  # clockwise on a screen
            yield _guess(a, b, a + aside, two)
            yield _guess(a, a - aside, b, two)
            yield _guess((a + b - aside) / 2, b, a, two)


def _guess(first: Place, right: Place, below: Place, finders: Sequence[Finder]) -> _Guess:
    return _Guess(
        first=first,
        right=right,
        below=below,
        module_px=sum(finder.module_px for finder in finders) / len(finders),
        trust=sum(finder.score for finder in finders),
    )


def _are_alike(finders: Sequence[Finder]) -> bool:
    sizes = [finder.module_px for finder in finders]
    return max(sizes) <= SIZES_RATIO_MAX * min(sizes)


def _turn(across: Place, down: Place) -> float:
    """Return how far `down` lies clockwise of `across`: a sine, times both lengths."""
    return (across.conjugate() * down).imag


def _likely(luma: Luma, guesses: Iterable[_Guess], most: int) -> list[Likely]:
    """Return the best guesses by how timing patterns beat between their finders."""
    likely = []
    for guess in sorted(guesses, key=lambda guess: -guess.trust)[:most]:
        about = round((abs(guess.right - guess.first) / guess.module_px + 7 - 17) / 4)
        reach = VERSIONS_OFF + about // 10
        first, last = max(1, about - reach), min(GRID_VERSION_MAX, about + reach)
        if first <= last:
            corners = _corners(guess, 17 + 4 * min(max(about, first), last))
            beats = beats_of(luma, corners, first, last)
            score, version = guess.trust + float(beats.max()), first + int(beats.argmax())
            likely.append(Likely(corners=corners, version=version, score=score))
    likely.sort(key=lambda one: -one.score)
    return likely


def _corners(guess: _Guess, size: int) -> Corners:
    across, down = ((leg - guess.first) / (size - 7) for leg in (guess.right, guess.below))
    start = guess.first - 3.5 * (across + down)
    first, second, third, fourth = (
        (round(place.real), round(place.imag))
        for place in (
            start,
            start + size * across,
            start + size * (across + down),
            start + size * down,
        )
    )
    return first, second, third, fourth
