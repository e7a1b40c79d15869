import numpy as np
import pytest
from spoilt_codes import modules_of, shown, text_of

from drivers.decode.finders import FINDERS_MAX, LIKELY_MAX, find, likely_codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("length", "hardship"),
    [
        (20, {}),
        (120, {"noise": 60.0}),
        (250, {"blur": 1.8}),
        (375, {"noise": 30.0, "blur": 1.2}),
        (375, {"tilt": 16.0}),
    ],
)
def test_code_is_located_where_an_engine_is_lost(length: int, hardship: dict[str, float]) -> None:
    rng = np.random.default_rng(length)
    modules = modules_of(text_of(rng, length))
    frame, corners = shown(modules, rng, **hardship)
    likely = likely_codes(frame)[0]
    assert 17 + 4 * likely.version == len(modules)
    # The fourth is where a parallelogram has it: on a tilted code it is off.
    off = np.abs(np.array(likely.corners) - corners)[[0, 1, 3]]
    assert off.max() < 3 * 220 / len(modules)


@pytest.mark.slow
def test_two_finders_are_enough() -> None:
    rng = np.random.default_rng(1)
    modules = modules_of(text_of(rng, 250))
    frame, corners = shown(modules, rng, finger=(0.9, 0.08, 0.2), tilt=2)
    offs = [np.abs(np.array(likely.corners) - corners).max() for likely in likely_codes(frame)]
    assert min(offs) < 3 * 220 / len(modules)


def test_number_of_finders_and_places_is_bounded() -> None:
    rng = np.random.default_rng(2)
    finder = modules_of("A")[:7, :7]
    tile = np.pad(np.where(finder, 0, 255).astype(np.uint8), 1, constant_values=255)
    wall = np.tile(np.kron(tile, np.ones((3, 3), np.uint8)), (12, 12))
    for picture in (wall, rng.integers(0, 256, (240, 320)).astype(np.uint8)):
        assert len(find(picture)) <= FINDERS_MAX
        assert len(likely_codes(picture)) <= LIKELY_MAX


@pytest.mark.parametrize("shape", [(1, 1), (24, 24), (24, 600), (480, 640)])
def test_flat_picture_of_any_size_has_none(shape: tuple[int, int]) -> None:
    for level in (0, 255):
        assert likely_codes(np.full(shape, level, np.uint8)) == []
