import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.base16 import decode
from verifier.errors import MalformedPayload


@given(st.binary(max_size=40))
def test_either_case_is_read(octets: bytes) -> None:
    assert decode(octets.hex()) == decode(octets.hex().upper()) == octets


@pytest.mark.parametrize(
    "text", ["0", "0g", " 00", "00 ", "00 00", "00\n", "00\t00", "0x00", "é0", "\ud800", "0 0"]
)
def test_anything_but_two_digits_an_octet_is_refused(text: str) -> None:
    with pytest.raises(MalformedPayload):
        decode(text)


@given(st.text(max_size=8))
def test_what_is_read_is_the_octets_text(noise: str) -> None:
    try:
        octets = decode(noise)
    except MalformedPayload:
        return
    assert octets.hex() == noise.lower()
