import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.keys import (
    OpeningKey,
    SigningKey,
    new_opening_key,
    new_signing_key,
    random_octets,
    seal_to,
    to_base64url,
)
from tests.support.cards import ISSUER, kid, public
from verifier.signature import is_signed_by
from verifier.trust import base64url

# RFC 8032, section 7.1, test 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_signature_is_that_of_rfc_8032() -> None:
    key = SigningKey(SEED)
    assert (key.public, key.sign(b"\x72")) == (PUBLIC, SIGNATURE)
    assert is_signed_by(PUBLIC, b"\x72", SIGNATURE)


def test_key_id_is_that_of_the_trust_list() -> None:
    assert SigningKey(bytes(ISSUER)).kid == kid(ISSUER)
    assert SigningKey(bytes(ISSUER)).public == public(ISSUER)


def test_keys_show_their_public_half_only() -> None:
    for key in (SigningKey(SEED), OpeningKey(SEED)):
        shown = f"{key!r} {key}"
        assert SEED.hex() not in shown
        assert repr(SEED) not in shown


def test_fresh_keys_differ() -> None:
    assert len({new_signing_key().seed for _ in range(10)}) == 10
    assert len({new_opening_key().secret for _ in range(10)}) == 10
    assert len({random_octets(16) for _ in range(10)}) == 10


@given(st.binary(max_size=64))
def test_sealed_octets_open_with_their_key_alone(octets: bytes) -> None:
    key, other = OpeningKey(bytes(range(32))), OpeningKey(bytes(range(1, 33)))
    box = seal_to(key.public, octets)
    assert key.open(box) == octets
    for opener, altered in ((other, box), (key, box[:-1]), (key, b""), (key, box + b"\0")):
        with pytest.raises(ValueError, match="does not open"):
            opener.open(altered)


@given(st.binary(max_size=40))
def test_base64url_is_what_the_trust_list_reads(octets: bytes) -> None:
    assert base64url(to_base64url(octets)) == octets
