import numpy as np

from drivers.decode.erasures import prove
from drivers.decode.grid import Format, format_bits, format_places, grid_of


def test_code_of_which_nothing_is_seen_but_its_format_is_not_proven() -> None:
    """Zeros are a code word, and what says nothing reads as zeros."""
    grid = grid_of(2)
    levels = np.zeros((grid.size, grid.size), np.float32)
    for rows, columns in format_places(grid.size):
        levels[rows, columns] = np.where(format_bits(Format(level="M", mask=3)), 9, -9)
    assert prove(levels, grid) is None
