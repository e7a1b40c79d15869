import numpy as np
import pytest
from decode_peers import hall, noisy, with_code

from drivers.decode.gate import ChangeGate, Portrait
from drivers.decode.regions import Box, Glance
from drivers.luma import Luma

CODE_BOX = Box(left=190, top=110, right=330, bottom=250)


def is_still(before: Luma, after: Luma) -> bool:
    gate = ChangeGate()
    gate.looked_at(Glance.of(before))
    return gate.is_still(Glance.of(after))


def test_first_frame_is_news() -> None:
    assert not ChangeGate().is_still(Glance.of(hall()))


@pytest.mark.parametrize("sigma", [0.0, 3.0, 8.0, 14.0])
def test_noise_is_no_change(sigma: float) -> None:
    for seed in range(20):
        assert is_still(noisy(hall(), seed, sigma=sigma), noisy(hall(), 100 + seed, sigma=sigma))


@pytest.mark.parametrize("sigma", [0.0, 3.0, 8.0, 14.0])
def test_code_that_appears_is_a_change(sigma: float) -> None:
    shown = with_code(hall(), "HELLO")
    assert not is_still(noisy(hall(), 1, sigma=sigma), noisy(shown, 2, sigma=sigma))


def test_code_that_trembles_in_dim_light_is_a_change() -> None:
    """Contrast 40 under noise of 8: what a phone at its darkest shows at night."""
    first, second = (with_code(hall(), "HELLO", at=(120, column)) // 6 for column in (200, 203))
    assert not is_still(noisy(first, 1, sigma=8), noisy(second, 2, sigma=8))


def test_light_that_is_switched_on_is_a_change() -> None:
    assert not is_still(hall() // 2, hall())


def test_change_counts_from_the_frame_looked_at_and_not_from_the_last() -> None:
    gate = ChangeGate()
    gate.looked_at(Glance.of(hall()))
    drift = [gate.is_still(Glance.of(hall() + np.uint8(2 * step))) for step in range(30)]
    assert drift[0]
    assert not drift[-1]


def test_same_code_is_known_again_under_noise() -> None:
    scene = with_code(hall(), "HELLO")
    portrait = Portrait(noisy(scene, 1), CODE_BOX)
    assert all(portrait.shows(noisy(scene, seed)) for seed in range(2, 20))


@pytest.mark.parametrize("dimming", [1, 3])
def test_other_code_of_the_same_size_is_not_taken_for_it(dimming: int) -> None:
    portrait = Portrait(with_code(hall(), "CODE A") // dimming, CODE_BOX)
    assert not portrait.shows(with_code(hall(), "CODE B") // dimming)


def test_frame_of_another_size_shows_nothing_known() -> None:
    portrait = Portrait(hall(), CODE_BOX)
    assert not portrait.shows(hall(high=240, wide=320))
