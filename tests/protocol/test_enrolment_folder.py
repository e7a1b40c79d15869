import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.enrolment_folder import (
    REQUEST_OCTETS_MAX,
    FolderRequest,
    plain_fingerprint,
    read_request,
    request_octets,
)
from protocol.keys import SigningKey, new_signing_key, to_base64url

KEY = SigningKey(bytes(range(32)))
SEAL = bytes(range(1, 33))


@pytest.mark.parametrize(
    "change",
    [
        {"sig": to_base64url(bytes(64))},
        {"sig": ""},
        {"sig": "*"},
        {"public_key": to_base64url(new_signing_key().public)},
        {"seal_key": to_base64url(bytes(32))},
        {"seal_key": to_base64url(SEAL[:-1])},
        {"public_key": 7},
        {"more": ""},
    ],
)
def test_a_request_that_was_altered_is_refused(change: dict[str, object]) -> None:
    members = json.loads(request_octets(KEY, SEAL)) | change
    with pytest.raises(ValueError, match=r"^it is n"):
        read_request(json.dumps(members).encode())


@given(st.binary(max_size=400))
def test_noise_is_no_request(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_request(noise)


def test_a_request_that_is_too_large_is_not_even_read() -> None:
    padded = request_octets(KEY, SEAL) + b" " * REQUEST_OCTETS_MAX
    with pytest.raises(ValueError, match="it is not public_key"):
        read_request(padded)


def test_a_request_brings_both_keys_and_their_fingerprint() -> None:
    read = read_request(request_octets(KEY, SEAL))
    assert read == FolderRequest(public=KEY.public, seal=SEAL)
    assert len(plain_fingerprint(read.fingerprint)) == 20
    assert plain_fingerprint(read.fingerprint.upper().replace("-", " ")) == plain_fingerprint(
        read.fingerprint
    )
    other = FolderRequest(public=KEY.public, seal=bytes(32))
    assert other.fingerprint != read.fingerprint
