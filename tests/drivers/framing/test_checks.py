from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from drivers.framing.checks import two_complement_of, xor_of


@given(octets=st.binary(max_size=100))
def test_folding_gives_what_one_octet_after_the_other_gives(octets: bytes) -> None:
    assert xor_of(octets) == reduce(xor, octets, 0)


@given(octets=st.binary(max_size=300))
def test_sum_and_its_complement_are_zero(octets: bytes) -> None:
    complement = int.from_bytes(two_complement_of(octets), "big")
    assert (sum(octets) + complement) % 0x10000 == 0
