import numpy as np
import pytest
import segno
from segno import consts
from spoilt_codes import modules_of, text_of

from drivers.decode.erasures import CHANCE_BITS_MIN, _corrected, _layout, prove
from drivers.decode.grid import GRID_VERSION_MAX, LEVELS, grid_of

SURE = 8.0


def levels_of(modules: np.ndarray) -> np.ndarray:
    return np.where(modules, SURE, -SURE).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_every_version_and_level_is_proven_and_drawn_as_it_was(level: str) -> None:
    for version in range(1, GRID_VERSION_MAX + 1):
        symbol = segno.make("0", error=level, version=version, micro=False, boost_error=False)
        modules = np.array([list(row) for row in symbol.matrix], np.bool_)
        proven = prove(levels_of(modules), grid_of(version))
        assert proven is not None
        assert np.array_equal(proven.modules, modules)


def test_blocks_are_those_of_the_standard() -> None:
    """Table 9, as segno has it."""
    for version in range(1, GRID_VERSION_MAX + 1):
        for level, error in zip("LMQH", (1, 0, 3, 2), strict=True):
            parts = consts.ECC[version][error]
            layout = _layout(version, len(grid_of(version).rows) // 8, level)
            sizes = sorted(len(block) for block in layout.blocks)
            assert sizes == sorted(p.num_total for p in parts for _ in range(p.num_blocks))
            assert {layout.parity} == {p.num_total - p.num_data for p in parts}


def test_hidden_symbols_cost_half_of_wrong_ones() -> None:
    rng = np.random.default_rng(1)
    modules = modules_of(text_of(rng, 14))  # version 1-M: one block, 10 parity symbols
    grid = grid_of(1)
    for hidden, provable in ((7, True), (8, False)):
        levels = levels_of(modules)
        bits = 8 * hidden
        levels[grid.rows[:bits], grid.columns[:bits]] = 0
        proven = prove(levels, grid)
        assert (proven is not None) is provable
        if proven is not None:
            assert np.array_equal(proven.modules, modules)
            assert proven.unspent == 3


def test_wrong_symbols_are_mended_while_chance_stays_below_its_limit() -> None:
    rng = np.random.default_rng(2)
    modules = modules_of(text_of(rng, 14))
    grid = grid_of(1)
    # Five of 26: 8 bits for each of 10 - 5 parity symbols, less 16 for the ways to choose them.
    assert CHANCE_BITS_MIN == 24
    for wrong, provable in ((4, True), (5, False), (6, False)):
        levels = levels_of(modules)
        first = 8 * np.arange(20, 20 + wrong)
        levels[grid.rows[first], grid.columns[first]] *= -1
        assert (prove(levels, grid) is not None) is provable


@pytest.mark.slow
def test_noise_proves_nothing() -> None:
    rng = np.random.default_rng(3)
    for version in (1, 2, 5, 12):
        grid = grid_of(version)
        modules = modules_of("0") if version == 1 else np.zeros((grid.size, grid.size), np.bool_)
        for _ in range(100):
            levels = rng.normal(0, 4, (grid.size, grid.size)).astype(np.float32)
            if version == 1:
                # With a format that holds, all that is left to chance is Reed-Solomon.
                levels[:9], levels[:, :9] = levels_of(modules)[:9], levels_of(modules)[:, :9]
            assert prove(levels, grid) is None


@pytest.mark.slow
def test_any_octets_in_any_block_are_mended_or_refused() -> None:
    rng = np.random.default_rng(4)
    for parity in (7, 10, 22, 30):
        for _ in range(60):
            size = int(rng.integers(parity + 1, 130))
            block = rng.integers(0, 256, size).astype(np.uint8)
            erased = rng.permutation(size)[: int(rng.integers(0, parity + 1))].tolist()
            mended = _corrected(block, erased, parity)
            assert mended is None or len(mended) == size


def test_nothing_is_proven_of_nothing() -> None:
    grid = grid_of(7)
    assert prove(np.zeros((grid.size, grid.size), np.float32), grid) is None
