import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.floor_reset import RESET_OCTETS_MAX, FloorReset, read_reset, reset_octets
from verifier.errors import TrustError
from verifier.model import UnixSeconds

GOOD = b'{"number":1,"floor":1800000000}'


@given(number=st.integers(1, 2**32 - 1), floor=st.integers(2**30, 2**32 - 1))
def test_an_order_is_read_as_it_was_written(number: int, floor: int) -> None:
    order = FloorReset(number=number, floor=UnixSeconds(floor))
    octets = reset_octets(order)
    assert len(octets) <= RESET_OCTETS_MAX
    assert read_reset(octets) == order


def test_the_form_is_pinned() -> None:
    assert reset_octets(FloorReset(number=1, floor=UnixSeconds(1_800_000_000))) == GOOD


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"no JSON",
        b"[" * 64,
        b"[1,1800000000]",
        b'{"number":1}',
        b'{"floor":1800000000}',
        b'{"floor":1800000000,"number":1}',
        b'{"number":1,"floor":1800000000,"more":1}',
        b'{"number":1,"number":1,"floor":1800000000}',
        b'{"number": 1,"floor":1800000000}',
        b'{"number":1,"floor":1800000000}\n',
        b'{"number":0,"floor":1800000000}',
        b'{"number":-1,"floor":1800000000}',
        b'{"number":4294967296,"floor":1800000000}',
        b'{"number":1,"floor":1073741823}',
        b'{"number":1,"floor":4294967296}',
        b'{"number":true,"floor":1800000000}',
        b'{"number":1.0,"floor":1800000000}',
        b'{"number":"1","floor":1800000000}',
        GOOD + b" " * RESET_OCTETS_MAX,
        b"\xff\xfe",
    ],
)
def test_what_is_not_in_its_one_form_is_no_order(octets: bytes) -> None:
    with pytest.raises(TrustError):
        read_reset(octets)


@pytest.mark.parametrize("floor", [1 << 30, (1 << 32) - 1])
def test_the_outermost_moments_are_in_range(floor: int) -> None:
    assert read_reset(b'{"number":4294967295,"floor":%d}' % floor).floor == floor


@given(st.binary(max_size=80))
def test_noise_is_refused(octets: bytes) -> None:
    with pytest.raises(TrustError):
        read_reset(octets)
