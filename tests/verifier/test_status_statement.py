"""Status lists of foreign issuers, JWT and CWT: what the draft allows, and only what is signed."""

import json
from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW, kid, public
from tests.support.lists import (
    FOREIGN,
    FOREIGN_KEY,
    FOREIGN_NAME,
    FOREIGN_STATUS,
    foreign_cwt,
    jwt,
)
from tests.support.trust import CARD_KEY, LIST_NAME, base64url, jwk, keys_json, table
from tests.verifier.test_status_token import load, refused
from verifier.foreign_signature import p256_key
from verifier.model import Algorithm, KeyKind, Role, TrustedKey
from verifier.status import value_in
from verifier.trust import load_keys

KEYS = table(FOREIGN_KEY)
EC_KEY = ec.derive_private_key(7, ec.SECP256R1())


def p256_status_key() -> TrustedKey:
    numbers = EC_KEY.public_key().public_numbers()
    point = p256_key(numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big"))
    algorithms = (Algorithm.ES256,)
    return replace(FOREIGN_KEY, kind=KeyKind.P256, key=point, algorithms=algorithms)


def es256(message: bytes) -> bytes:
    r, s = decode_dss_signature(EC_KEY.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_every_member_of_a_jwt_is_read(alg: str) -> None:
    told = load(jwt(header={"alg": alg}, claims={"exp": NOW + 60, "ttl": 43_200}), KEYS)
    assert (told.name, told.issuer, told.bits) == (FOREIGN_NAME, FOREIGN, 1)
    assert (told.issued_at, told.expires_at, told.octets) == (NOW - 60, NOW + 60, b"\xb9\xa3")
    assert load(jwt(), KEYS).expires_at is None


def test_jwt_by_es256_is_read() -> None:
    message = jwt(header={"alg": "ES256"}).rpartition(b".")[0]
    token = message + b"." + base64url(es256(message)).encode()
    assert load(token, table(p256_status_key())).issuer == FOREIGN
    refused(token, KEYS)
    refused(message + b"." + base64url(bytes(64)).encode(), table(p256_status_key()))


def test_every_single_bit_change_of_a_jwt_is_refused() -> None:
    token = jwt()
    for bit in range(len(token) * 8):
        altered = bytearray(token)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered), KEYS)


def test_every_truncation_of_a_jwt_and_anything_behind_it_are_refused() -> None:
    token = jwt()
    for size in range(len(token)):
        refused(token[:size], KEYS)
    for more in (b"A", b".", b"=", b"\n", b"." + token):
        refused(token + more, KEYS)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise, KEYS)
    refused(b"e30.e30." + noise, KEYS)
    refused(b"\xd2\x84" + noise, KEYS)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": None},
        {"alg": "ES256"},
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "application/statuslist+jwt"},
        {"kid": None},
        {"kid": ""},
        {"kid": 12},
        {"kid": "key-13"},
        {"kid": "\ud800"},
        {"crit": ["exp"]},
    ],
    ids=repr,
)
def test_jwt_with_a_header_out_of_form_is_refused(header: dict[str, object]) -> None:
    refused(jwt(header=header), KEYS)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": None},
        {"sub": 1},
        {"sub": "\ud800"},
        {"iat": None},
        {"iat": True},
        {"iat": "1800000000"},
        {"iat": -1},
        {"exp": "never"},
        {"ttl": "soon"},
        {"status_list": None},
        {"status_list": [1, "eA"]},
        {"status_list": {"bits": True, "lst": "eNrbuRgAAhcBXQ"}},
        {"status_list": {"bits": 3, "lst": "eNrbuRgAAhcBXQ"}},
        {"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ="}},
        {"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBX"}},
        {"status_list": {"bits": 1, "lst": ""}},
        {"status_list": {"bits": 1}},
    ],
    ids=repr,
)
def test_jwt_with_claims_out_of_form_is_refused(claims: dict[str, object]) -> None:
    refused(jwt(claims=claims), KEYS)


def test_member_named_twice_is_refused() -> None:
    payload = json.dumps({"sub": FOREIGN_NAME, "iat": 1})[:-1] + f', "iat": {NOW}}}'
    head = jwt().partition(b".")[0]
    message = head + b"." + base64url(payload.encode()).encode()
    signature = base64url(FOREIGN_STATUS.sign(message).signature).encode()
    assert "form" in refused(message + b"." + signature, KEYS)


def test_members_beyond_the_drafts_are_no_business_of_ours() -> None:
    claims = {"iss": "https://abroad.example", "aggregation": {"x": [1]}}
    assert load(jwt(header={"x5c": ["MII"], "cty": "x"}, claims=claims), KEYS).issuer == FOREIGN


def test_hex_of_an_id_has_no_blanks() -> None:
    name = kid(FOREIGN_STATUS).hex()
    keys = table(replace(FOREIGN_KEY, kid=kid(FOREIGN_STATUS)))
    assert load(jwt(header={"kid": name.upper()}), keys).issuer == FOREIGN
    refused(jwt(header={"kid": f"{name[:2]} {name[2:]}"}), keys)
    refused(jwt(header={"kid": f" {name}"}), keys)


def test_id_of_a_key_may_stand_as_text_or_in_hex() -> None:
    """The trust list writes ids of octets in hex; a JWT can only say them so."""
    by_digest = replace(FOREIGN_KEY, kid=kid(FOREIGN_STATUS))
    token = jwt(header={"kid": kid(FOREIGN_STATUS).hex()})
    assert load(token, table(by_digest)).issuer == FOREIGN
    refused(token, KEYS)


def test_foreign_status_key_of_a_trust_list_signs_as_its_issuer_calls_it() -> None:
    entry = jwk(public(FOREIGN_STATUS), role="status", formats=["claim169"], issuer=FOREIGN)
    for written, called in (("key-12", "key-12"), ("3132", "3132"), ("12", "12")):
        read = load_keys(keys_json({**entry, "kid": written}))
        assert read.problems == ()
        assert load(jwt(header={"kid": called}), read.keys).issuer == FOREIGN


# CWT.


def test_cwt_of_a_foreign_issuer_may_sort_and_place_as_it_likes() -> None:
    told = load(foreign_cwt(claims={4: NOW + 60, 1: "https://abroad.example"}), KEYS)
    assert (told.name, told.issuer, told.octets) == (FOREIGN_NAME, FOREIGN, b"\xb9\xa3")
    assert (told.issued_at, told.expires_at) == (NOW - 60, NOW + 60)


def test_what_a_foreign_cwt_signs_can_not_be_altered() -> None:
    token = foreign_cwt()
    begin = token.index(b"application") - 5
    header_end = token.index(b"\xa1\x04")
    body = token.index(b"\x02\x78")
    for bit in (*range(begin * 8, header_end * 8), *range(body * 8, len(token) * 8)):
        altered = bytearray(token)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered), KEYS)


@pytest.mark.parametrize(
    "protected",
    [
        b"",
        cbor2.dumps({16: "application/statuslist+cwt"}),
        cbor2.dumps({1: -8}),
        cbor2.dumps({1: -8, 16: "application/statuslist+jwt"}),
        cbor2.dumps({1: -257, 16: "application/statuslist+cwt"}),
        cbor2.dumps({1: -8, 16: "application/statuslist+cwt", 2: [16]}),
        cbor2.dumps([1, -8]),
    ],
    ids=repr,
)
def test_foreign_cwt_with_a_header_out_of_form_is_refused(protected: bytes) -> None:
    refused(foreign_cwt(protected=protected), KEYS)


def test_foreign_cwt_without_an_id_of_its_key_or_tag_is_refused() -> None:
    refused(foreign_cwt(unprotected={}), KEYS)
    refused(foreign_cwt(unprotected={4: "key-12"}), KEYS)
    refused(foreign_cwt()[1:], KEYS)
    refused(b"\xd8\x3d" + foreign_cwt(), KEYS)


@pytest.mark.parametrize(
    "claims",
    [{2: 1}, {6: "now"}, {65533: {"bits": 1, "lst": "eA"}}, {65533: []}, {4: "never"}],
    ids=repr,
)
def test_foreign_cwt_with_claims_out_of_form_is_refused(claims: dict[int, object]) -> None:
    refused(foreign_cwt(claims=claims), KEYS)


# Shards stay what they are.


def test_name_of_a_shard_is_not_to_be_had_in_a_foreign_form() -> None:
    """The city's own status key signs its shards in the closed form or not at all."""
    own = replace(FOREIGN_KEY, issuer=CARD_KEY.issuer)
    keys = table(own, CARD_KEY)
    assert "must be a CWT" in refused(jwt(claims={"sub": LIST_NAME}), keys)
    assert "COSE_Sign1" in refused(foreign_cwt(claims={2: LIST_NAME}), keys)
    assert load(jwt(), keys).name == FOREIGN_NAME
    for name in ("status/city.example/x.cwt", "status/city.example/.cwt", f"{LIST_NAME}x"):
        assert load(jwt(claims={"sub": name}), keys).name == name


def test_shard_of_another_issuer_is_a_list_of_its_own() -> None:
    keys = table(FOREIGN_KEY, CARD_KEY)
    told = load(jwt(claims={"sub": LIST_NAME}), keys)
    assert (told.issuer, told.name) == (FOREIGN, LIST_NAME)
    assert FOREIGN_KEY.role is Role.STATUS


def test_foreign_list_longer_than_a_shard_is_read_to_its_end() -> None:
    octets = bytes((1 << 18) - 1) + b"\x80"
    told = load(jwt(octets=octets), KEYS)
    assert value_in(told, (1 << 21) - 1) == 1
