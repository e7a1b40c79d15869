import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.inflate import inflate, inflate_raw
from verifier.errors import MalformedPayload


@given(st.binary(max_size=200))
def test_octets_round_trip_exactly_at_the_limit_and_not_above(octets: bytes) -> None:
    assert inflate(zlib.compress(octets), size_max=len(octets)) == octets
    if octets:
        with pytest.raises(MalformedPayload):
            inflate(zlib.compress(octets), size_max=len(octets) - 1)


def test_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    assert len(bomb) < 50_000
    with pytest.raises(MalformedPayload):
        inflate(bomb, size_max=1_000)


WHOLE = zlib.compress(b"status list" * 20)


@pytest.mark.parametrize(
    "octets", [b"", b"\x78", WHOLE + b"\0", WHOLE * 2, b"\x1f\x8b" + WHOLE[2:]]
)
def test_what_is_not_one_whole_stream_is_refused(octets: bytes) -> None:
    with pytest.raises(MalformedPayload):
        inflate(octets, size_max=1_000)


def test_every_truncation_is_refused() -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(MalformedPayload):
            inflate(WHOLE[:size], size_max=1_000)


def test_raw_stream_is_bounded_in_the_same_way() -> None:
    raw = zlib.compress(b"card" * 20, wbits=-15)
    assert inflate_raw(raw, size_max=80) == b"card" * 20
    for octets, size_max in ((raw, 79), (raw + b"\0", 80), (raw[:-1], 80), (WHOLE, 1_000)):
        with pytest.raises(MalformedPayload):
            inflate_raw(octets, size_max=size_max)
