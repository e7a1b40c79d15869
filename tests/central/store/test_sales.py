import pytest

from tests.central.stores import Held

_PLACE = ("sector-1", "0" * 32, 20_000, "CNY")


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_of_a_terminal_that_means_harm_stop_no_projector(held: Held, sign: int) -> None:
    """Three times would be more than 63 bits: an error at each step from then on, for everybody."""
    most = sign * ((1 << 62) - 1)
    for amount in (most, most, most, sign):
        held.store.sales.add_days({_PLACE: amount})
    assert held.store.sales.day(_PLACE) == most
    held.store.sales.add_days({_PLACE: -most})
    held.store.sales.add_days({_PLACE: -sign})
    assert held.store.sales.day(_PLACE) == -sign
