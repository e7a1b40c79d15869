"""From weighed modules to a code word that Reed and Solomon prove, or to nothing.

A symbol that is known to be unknown (an erasure: under a finger, in a glare) costs one parity
symbol; one that is wrong costs two, and that is all an engine which sees black and white can
do. Layout and numbers of blocks: ISO/IEC 18004:2015, section 7.5 and table 9.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import comb, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.base import DriverError
from drivers.decode.grid import (
    GRIDS_KEPT_MAX,
    Format,
    Grid,
    Levels,
    Modules,
    format_bits,
    format_places,
    mask_bits,
    read_format,
)

# Parity symbols a block, by blocks; from version 1 on.
_BLOCKS = {
    "L": "7x1 10x1 15x1 20x1 26x1 18x2 20x2 24x2 30x2 18x4 20x4 24x4 26x4 30x4 22x6 24x6 28x6"
    " 30x6 28x7 28x8 28x8 28x9 30x9 30x10 26x12",
    "M": "10x1 16x1 26x1 18x2 24x2 16x4 18x4 22x4 22x5 26x5 30x5 22x8 22x9 24x9 24x10 28x10"
    " 28x11 26x13 26x14 26x16 26x17 28x17 28x18 28x20 28x21",
    "Q": "13x1 22x1 18x2 26x2 18x4 24x4 18x6 22x6 20x8 24x8 28x8 26x10 24x12 20x16 30x12 24x17"
    " 28x16 28x18 26x21 30x20 28x23 30x23 30x25 30x27 30x29",
    "H": "17x1 28x1 22x2 16x4 22x4 28x4 26x5 26x6 24x8 28x8 24x11 28x11 22x16 24x16 24x18 30x16"
    " 28x19 28x21 26x25 28x25 30x25 24x34 30x30 30x32 30x35",
}
# A block is believed when random octets would pass for it less than once in 2 ** 24 times:
# three parity symbols left over, or as much by having corrected less than could be.
CHANCE_BITS_MIN = 24
# Evidence for the format below which its 15 bits are a guess: a wrong word of the other 31
# has two thirds at most of what the right one has.
FORMAT_SHARE_MIN = 0.7
# A symbol is doubtful when its bits together are as unsure as one bit of likelihood 2 to 1.
DOUBT_MAX = 0.5

Octets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A whole code, every module as its issuer drew it."""

    modules: Modules
    unspent: int  # parity symbols left over in the block that has fewest
    # Of each block, the places of its parity among the grid's data modules. Two codes that
    # differ in one symbol of a block differ in half of these modules.
    parity: tuple[NDArray[np.intp], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    parity: int  # symbols a block
    blocks: tuple[NDArray[np.intp], ...]  # places of its symbols in the order of drawing
    parity_bits: tuple[NDArray[np.intp], ...]  # places of its parity's bits


def prove(levels: Levels, grid: Grid) -> Proven | None:
    """Return the code that `levels` speak of, None when that can't be proven.

    Args:
        levels: of each module of a code of `grid`, light below zero, sure ones far from it.
        grid: the version.

    Raises:
        DriverError: the library reedsolo is not installed.
    """
    form, share = read_format(levels)
    if share < FORMAT_SHARE_MIN:
        return None
    turned = mask_bits(grid.version, form.mask)
    soft = np.where(turned, -1, 1) * levels[grid.rows, grid.columns]
    soft = soft[: len(soft) // 8 * 8]
    words = np.packbits(soft > 0)
    doubts = np.exp(-np.abs(soft.reshape(-1, 8))).sum(axis=1)
    layout = _layout(grid.version, len(words), form.level)
    unspent = layout.parity
    for places in layout.blocks:
        mended = _mended(words[places], doubts[places], layout.parity)
        if mended is None:
            return None
        words[places], left = mended
        unspent = min(unspent, left)
    return Proven(modules=_drawn(words, grid, form), unspent=unspent, parity=layout.parity_bits)


def _mended(block: Octets, doubts: NDArray[Any], parity: int) -> tuple[Octets, int] | None:
    """Return a block without its errors and the parity left over; None if it can't be proven."""
    order = np.argsort(-doubts, kind="stable")
    most = parity - CHANCE_BITS_MIN // 8
    doubtful = min(int((doubts > DOUBT_MAX).sum()), most)
    for erased in dict.fromkeys((doubtful, 0, most // 2, most)):
        mended = _corrected(block, [int(place) for place in order[:erased]], parity)
        # What nobody can see reads as zeros, and those are a code word: of no issuer's.
        if mended is None or not mended.any():
            continue
        wrong = int(np.delete(mended != block, order[:erased]).sum())
        chance = _chance_bits(len(block) - erased, wrong, parity - erased)
        if chance >= CHANCE_BITS_MIN:
            return mended, parity - erased - 2 * wrong
    return None


def _chance_bits(symbols: int, wrong: int, parity: int) -> float:
    """Return how unlikely it is, in bits, that random symbols are so near to a code word."""
    return 8 * (parity - wrong) - log2(comb(symbols, wrong))


def _corrected(block: Octets, erased: list[int], parity: int) -> Octets | None:
    codec, refusal = _codec(parity)
    try:
        _, whole, _ = codec.decode(block.tobytes(), erase_pos=erased)
    except refusal:
        return None
    return np.frombuffer(bytes(whole), np.uint8)


def load_codec() -> None:
    """Load what `prove` takes: a decode process may open no file later.

    Raises:
        DriverError: it is not installed.
    """
    _codec(7)  # any will do


@cache
def _codec(parity: int) -> tuple[Any, type[Exception]]:
    """Return a codec of reedsolo, whose defaults are QR's field and generator, and its refusal."""
    try:
        from reedsolo import (  # noqa: PLC0415  # for those alone who bring frames together
            ReedSolomonError,
            RSCodec,
        )
    except ImportError as fault:
        raise DriverError("the library reedsolo is missing: install it with pip") from fault
    return RSCodec(parity), ReedSolomonError


@lru_cache(maxsize=4 * GRIDS_KEPT_MAX)
def _layout(version: int, words: int, level: str) -> _Layout:
    parity, count = (int(n) for n in _BLOCKS[level].split()[version - 1].split("x"))
    short = words // count - parity  # data symbols of a short block; those after it have one more
    longer = words % count
    sizes = [short] * (count - longer) + [short + 1] * longer
    blocks: list[list[int]] = [[] for _ in sizes]
    place = 0
    for symbol in range(short + 1):
        for block, size in zip(blocks, sizes, strict=True):
            if symbol < size:
                block.append(place)
                place += 1
    for symbol in range(parity * count):
        blocks[symbol % count].append(place + symbol)
    places = tuple(np.array(block, np.intp) for block in blocks)
    bits = tuple((8 * block[-parity:, None] + np.arange(8)).ravel() for block in places)
    return _Layout(parity=parity, blocks=places, parity_bits=bits)


def _drawn(words: Octets, grid: Grid, form: Format) -> Modules:
    """Return the code that holds `words`."""
    bits = np.zeros(len(grid.rows), np.bool_)
    bits[: 8 * len(words)] = np.unpackbits(words).astype(np.bool_)
    modules = grid.dark.copy()
    modules[grid.rows, grid.columns] = bits ^ mask_bits(grid.version, form.mask)
    for rows, columns in format_places(grid.size):
        modules[rows, columns] = format_bits(form)
    return modules
