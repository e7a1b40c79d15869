import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.base64url import decode, encode
from verifier.errors import MalformedPayload
from verifier.reasons import Reason


@given(st.binary(max_size=60))
def test_octets_round_trip(octets: bytes) -> None:
    assert decode(encode(octets)) == octets
    assert encode(octets) == base64.urlsafe_b64encode(octets).decode().rstrip("=")


@given(st.text(max_size=12))
def test_there_is_one_text_for_any_octets(noise: str) -> None:
    try:
        octets = decode(noise)
    except MalformedPayload:
        return
    assert encode(octets) == noise


@pytest.mark.parametrize("text", ["A", "AB==", "AB", "A+/A", "A A A", "é", "AAA=", "\ud800AAA"])
def test_other_base64_is_refused(text: str) -> None:
    with pytest.raises(MalformedPayload) as refused:
        decode(text)
    assert refused.value.reason is Reason.FORM_MALFORMED
