import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.trust import base64url
from verifier.encoding.jose import read_jws
from verifier.errors import MalformedPayload

HEADER = base64url(json.dumps({"alg": "ES256"}).encode())


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_parts_are_read_and_the_message_is_the_text_itself(body: bytes, signature: bytes) -> None:
    jws = read_jws(f"{HEADER}.{base64url(body)}.{base64url(signature)}")
    assert (jws.header, jws.payload, jws.signature) == ({"alg": "ES256"}, body, signature)
    assert jws.message == f"{HEADER}.{base64url(body)}".encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        HEADER,
        f"{HEADER}.AA",
        f"{HEADER}.AA.AA.",
        f"{HEADER}.AA.AA.AA",
        f"{HEADER}=.AA.AA",
        f"{HEADER}.AB.AA",  # a bit that no encoder sets
        f"{HEADER}.AA.AA\n",
        f" {HEADER}.AA.AA",
        f"{HEADER}.+A.AA",
        f"{HEADER}.é.AA",
        f"{base64url(b'[]')}.AA.AA",
        base64url(b'{"alg":"ES256","alg":"none"}') + ".AA.AA",
    ],
)
def test_what_is_no_compact_jws_is_refused(text: str) -> None:
    with pytest.raises(MalformedPayload):
        read_jws(text)
