import numpy as np
import pytest
import segno
from segno import consts

from drivers.decode.grid import (
    GRID_VERSION_MAX,
    LEVELS,
    Format,
    format_bits,
    format_places,
    grid_of,
    mask_bits,
    read_format,
)

VERSIONS = range(1, GRID_VERSION_MAX + 1)


def drawn(version: int, level: str, mask: int) -> np.ndarray:
    symbol = segno.make(
        "A", version=version, error=level, mask=mask, boost_error=False, micro=False
    )
    return np.array([list(row) for row in symbol.matrix], np.bool_)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_known_modules_and_format_are_those_of_another_program(version: int) -> None:
    grid = grid_of(version)
    for level in LEVELS:
        for mask in (0, 3, 7):
            modules = drawn(version, level, mask)
            assert np.array_equal(modules[grid.known], grid.dark[grid.known])
            form, share = read_format(np.where(modules, 1, -1).astype(np.float32))
            assert (form, share) == (Format(level=level, mask=mask), 1.0)
            for rows, columns in format_places(grid.size):
                assert np.array_equal(modules[rows, columns], format_bits(form))


@pytest.mark.parametrize("version", VERSIONS)
def test_as_many_data_modules_as_the_standard_has(version: int) -> None:
    grid = grid_of(version)
    symbols = sum(part.num_blocks * part.num_total for part in consts.ECC[version][0])
    assert 0 <= len(grid.rows) - 8 * symbols <= 7
    places = set(zip(grid.rows.tolist(), grid.columns.tolist(), strict=True))
    assert len(places) == len(grid.rows)
    assert not grid.known[grid.rows, grid.columns].any()


def test_masks_turn_over_what_they_turn_over_in_another_program() -> None:
    grid = grid_of(7)
    plain = drawn(7, "M", 0)[grid.rows, grid.columns] ^ mask_bits(7, 0)
    for mask in range(1, 8):
        masked = drawn(7, "M", mask)[grid.rows, grid.columns] ^ mask_bits(7, mask)
        assert np.array_equal(masked, plain)


def test_either_copy_of_the_format_may_be_hidden() -> None:
    levels = np.where(drawn(3, "Q", 5), 1, -1).astype(np.float32)
    for rows, columns in format_places(len(levels)):
        hidden = levels.copy()
        hidden[rows, columns] = 0
        assert read_format(hidden) == (Format(level="Q", mask=5), 1.0)


@pytest.mark.parametrize("version", [0, GRID_VERSION_MAX + 1])
def test_other_versions_have_no_grid(version: int) -> None:
    with pytest.raises(ValueError, match="no grid"):
        grid_of(version)
