import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import cards
from verifier.encoding.base45 import ALPHABET, decode, encode
from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def test_vectors_of_rfc_9285_hold_both_ways(shared: Path) -> None:
    cases = json.loads((shared / "vectors/base45-rfc9285/cases.json").read_bytes())
    assert {name: len(found) for name, found in cases.items()} == {"encode": 3, "invalid": 6}
    for case in cases["encode"]:
        assert encode(case["ascii"].encode()).decode() == case["base45"]
        assert decode(case["base45"].encode()).decode() == case["ascii"]
    for wrong in cases["invalid"]:
        with pytest.raises(MalformedPayload) as caught:
            decode(wrong.encode())
        assert caught.value.reason is Reason.BASE45_MALFORMED


@given(st.binary(max_size=300))
def test_octets_round_trip_and_agree_with_the_arithmetic_of_the_rfc(octets: bytes) -> None:
    assert encode(octets).decode() == cards.base45(octets)
    assert decode(encode(octets)) == octets


@given(st.one_of(st.binary(max_size=60), st.text(ALPHABET.decode(), max_size=60).map(str.encode)))
def test_noise_is_refused_or_has_this_one_text(noise: bytes) -> None:
    try:
        octets = decode(noise)
    except MalformedPayload:
        return
    assert encode(octets) == noise


@pytest.mark.parametrize(
    ("text", "octets"), [(b"", b""), (b"FGW", b"\xff\xff"), (b"U5", b"\xff"), (b"00", b"\0")]
)
def test_value_exactly_on_the_limit_passes(text: bytes, octets: bytes) -> None:
    assert decode(text) == octets


@pytest.mark.parametrize("text", [b"GGW", b"V5", b":::", b"::", b"000GGW", b"000V5"])
def test_value_one_above_the_limit_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedPayload):
        decode(text)


@pytest.mark.parametrize("text", [b"0", b"0000", b"ab0", b"00\n", b"00\xff", b"\xff\xff", b"00,"])
def test_lower_case_foreign_characters_and_odd_lengths_are_refused(text: bytes) -> None:
    with pytest.raises(MalformedPayload):
        decode(text)
