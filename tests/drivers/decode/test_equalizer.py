import numpy as np
import pytest
from spoilt_codes import modules_of, text_of

from drivers.decode.equalizer import AROUND, equalized
from drivers.decode.grid import grid_of

MODULE_PX, MARGIN = 4, AROUND
MOST = 8.0


def smeared(modules: np.ndarray, length: int) -> np.ndarray:
    """Return the depths of a code that moved to the right by `length` pixels."""
    signs = np.pad(np.where(modules, 1.0, -1.0), MARGIN, constant_values=-1.0)
    sharp = np.kron(signs, np.ones((MODULE_PX, MODULE_PX)))
    line = np.ones(length) / length
    return np.stack([np.convolve(row, line, "same") for row in sharp]).astype(np.float32)


def middles(depths: np.ndarray) -> np.ndarray:
    inner = slice(MARGIN * MODULE_PX + 2, -MARGIN * MODULE_PX or None, MODULE_PX)
    return depths[inner, inner]


@pytest.mark.slow
@pytest.mark.parametrize("length", [5, 7, 9])
def test_motion_of_two_modules_is_undone(length: int) -> None:
    rng = np.random.default_rng(length)
    modules = modules_of(text_of(rng, 375))
    grid = grid_of((len(modules) - 17) // 4)
    depths = smeared(modules, length) + rng.normal(0, 0.05, (MODULE_PX * (grid.size + 4),) * 2)
    depths = depths.astype(np.float32)
    most = np.full((grid.size, grid.size), MOST, np.float32)
    levels = equalized(depths, most, grid, module_px=MODULE_PX, margin=MARGIN)
    before = ((middles(depths) > 0) != modules).mean()
    after = ((levels > 0) != modules).mean()
    assert after <= 0.1 * before
    assert after < 0.01
    assert np.abs(levels).max() <= MOST


def test_what_can_not_be_told_stays_untold() -> None:
    grid = grid_of(2)
    across = MODULE_PX * (grid.size + 2 * MARGIN)
    most = np.zeros((grid.size, grid.size), np.float32)
    for depths in (np.zeros((across, across), np.float32), np.ones((across, across), np.float32)):
        levels = equalized(depths, most, grid, module_px=MODULE_PX, margin=MARGIN)
        assert not levels.any()
