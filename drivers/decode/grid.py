"""What every QR code of one version has in common: where its modules stand and which are known.

All of it from ISO/IEC 18004:2015, sections 5.3 (patterns), 7.7 (placement), 7.8 (masks), 7.9 and
7.10 (format and version information).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# 117 modules: a health certificate of 700 characters stays below. A larger code held to a
# lane's camera has too few pixels a module to be read by anyone.
GRID_VERSION_MAX = 25
GRIDS_KEPT_MAX = GRID_VERSION_MAX  # about 100 kB each
FINDER = 7  # modules across
LEVELS = "MLHQ"  # in the order of the format information's first two bits

Modules = NDArray[np.bool_]  # (size, size); True is dark
Levels = NDArray[np.float32]  # (size, size); above zero is dark, and the further the surer


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The modules of one version; row before column, from the corner between two finders."""

    version: int
    size: int  # modules across
    known: Modules  # those that are the same in every code of the version
    dark: Modules  # what these are; False where not known
    rows: NDArray[np.intp]  # of the data modules, in the order of their bits
    columns: NDArray[np.intp]
    alignments: tuple[tuple[int, int], ...]  # centres of the alignment patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The error level of a code and its mask."""

    level: str  # one of LEVELS
    mask: int  # 0 to 7


@lru_cache(maxsize=GRIDS_KEPT_MAX)
def grid_of(version: int) -> Grid:
    """Return the grid of one version.

    Raises:
        ValueError: `version` is not in 1..GRID_VERSION_MAX.
    """
    if not 1 <= version <= GRID_VERSION_MAX:
        raise ValueError(f"no grid of version {version}")
    size = 17 + 4 * version
    known, dark = np.zeros((size, size), np.bool_), np.zeros((size, size), np.bool_)
    alignments = _alignments(version)
    known[6], known[:, 6] = True, True
    dark[6, ::2], dark[::2, 6] = True, True
    for row, column in alignments:
        _draw_square(known, dark, row=row, column=column, reach=2)
    for row, column in ((3, 3), (3, size - 4), (size - 4, 3)):
        _draw_square(known, dark, row=row, column=column, reach=4)
    known[size - 8, 8] = dark[size - 8, 8] = True
    if version >= 7:
        _draw_version(known, dark, version)
    rows, columns = _path(known)
    for whole in (known, dark, rows, columns):
        whole.flags.writeable = False
    return Grid(
        version=version,
        size=size,
        known=known,
        dark=dark,
        rows=rows,
        columns=columns,
        alignments=alignments,
    )


@lru_cache(maxsize=8 * GRIDS_KEPT_MAX)
def mask_bits(version: int, mask: int) -> Modules:
    """Return, for each data module in the order of bits, whether the mask turns it over."""
    grid = grid_of(version)
    i, j = grid.rows, grid.columns
    conditions = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        i * j % 2 + i * j % 3,
        (i * j % 2 + i * j % 3) % 2,
        ((i + j) % 2 + i * j % 3) % 2,
    )
    return np.asarray(conditions[mask] == 0)


def read_format(levels: Levels) -> tuple[Format, float]:
    """Return the likeliest format, and the share of all evidence for a format that backs it.

    Both copies are summed and held against all 32 words, so that either may be covered.
    """
    soft = sum(levels[rows, columns] for rows, columns in format_places(len(levels)))
    scores = _FORMAT_SIGNS @ np.asarray(soft, np.float32)
    best = int(scores.argmax())
    whole = float(np.abs(soft).sum()) or 1.0
    return Format(level=LEVELS[best >> 3], mask=best & 7), float(scores[best]) / whole


def format_bits(form: Format) -> Modules:
    """Return the 15 bits of a format as they are drawn, most significant first."""
    return np.asarray(_FORMAT_SIGNS[LEVELS.index(form.level) << 3 | form.mask] > 0)


def format_places(size: int) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Return rows and columns of both copies of the format, most significant bit first."""
    first = ([8] * 8 + [7, 5, 4, 3, 2, 1, 0], [0, 1, 2, 3, 4, 5, 7, 8] + [8] * 7)
    below, right = list(range(size - 1, size - 8, -1)), list(range(size - 8, size))
    return first, (below + [8] * 8, [8] * 7 + right)


def _alignments(version: int) -> tuple[tuple[int, int], ...]:
    """Return the centres of the alignment patterns (annex E), evenly spread from the far end."""
    if version == 1:
        return ()
    count = version // 7 + 2
    step = (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    last = version * 4 + 10
    places = [6, *sorted(last - step * k for k in range(count - 1))]
    finders = {(6, 6), (6, last), (last, 6)}
    return tuple((r, c) for r in places for c in places if (r, c) not in finders)


def _draw_square(known: Modules, dark: Modules, *, row: int, column: int, reach: int) -> None:
    """Draw a finder with its separator (reach 4) or an alignment pattern (reach 2)."""
    size = len(known)
    for r in range(max(0, row - reach), min(size, row + reach + 1)):
        for c in range(max(0, column - reach), min(size, column + reach + 1)):
            ring = max(abs(r - row), abs(c - column))
            known[r, c] = True
            dark[r, c] = ring in ((0, 1, 3) if reach == 4 else (0, 2))


def _draw_version(known: Modules, dark: Modules, version: int) -> None:
    word = version << 12 | _remainder(version << 12, 0x1F25)
    for bit in range(18):
        near, far = bit // 3, len(known) - 11 + bit % 3
        for r, c in ((near, far), (far, near)):
            known[r, c], dark[r, c] = True, bool(word >> bit & 1)


def _remainder(word: int, generator: int) -> int:
    while word.bit_length() >= generator.bit_length():
        word ^= generator << word.bit_length() - generator.bit_length()
    return word


def _path(known: Modules) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the data modules in the order of their bits: up and down in pairs of columns."""
    size = len(known)
    taken = known.copy()
    for rows, columns in format_places(size):
        taken[rows, columns] = True
    places = []
    upward = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for r in range(size - 1, -1, -1) if upward else range(size):
            places += [(r, c) for c in (right, right - 1) if not taken[r, c]]
        upward = not upward
    rows, columns = np.array(places, np.intp).T
    return rows, columns


def _format_signs() -> NDArray[np.float32]:
    words = [(k << 10 | _remainder(k << 10, 0x537)) ^ 0x5412 for k in range(32)]
    bits = [[word >> bit & 1 for bit in range(14, -1, -1)] for word in words]
    return np.asarray(np.array(bits) * 2 - 1, np.float32)


_FORMAT_SIGNS = _format_signs()
