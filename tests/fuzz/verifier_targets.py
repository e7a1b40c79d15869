"""The verifier's other readers: encodings, the trust list, status lists."""

import json
from random import Random

import cbor2

from tests.fuzz.target import CBOR_ERRORS, Noise, Target, mutated_cbor, mutated_json
from tests.support.cards import NOW, public, sign1
from tests.support.trust import (
    CARD_KEY,
    CITY,
    COMMAND,
    STATUS,
    STATUS_KEY,
    jwk,
    keys_json,
    status_token,
    table,
)
from verifier.encoding.base45 import decode, encode
from verifier.encoding.cbor import load_deterministic
from verifier.encoding.inflate import inflate
from verifier.errors import MalformedPayload, TrustError
from verifier.model import UnixSeconds
from verifier.status import value_at
from verifier.status_token import load_list
from verifier.trust import load_keys

_KEYS = table(STATUS_KEY, CARD_KEY)
_INFLATED_MAX = 4_096


def check_base45(octets: bytes) -> None:
    """Decode noise: what is accepted has this one text."""
    try:
        decoded = decode(octets)
    except MalformedPayload:
        decoded = b""
    else:
        assert encode(decoded) == octets, "octets have two texts"
    assert decode(encode(octets)) == octets


def check_cbor(octets: bytes) -> None:
    """Read noise as CBOR: what is accepted is its one encoding."""
    try:
        value = load_deterministic(octets)
    except MalformedPayload:
        return
    assert cbor2.dumps(value, canonical=True) == octets


def check_inflate(octets: bytes) -> None:
    """Inflate noise: never past the limit."""
    try:
        assert len(inflate(octets, size_max=_INFLATED_MAX)) <= _INFLATED_MAX
    except MalformedPayload:
        return


def check_keys(octets: bytes) -> None:
    """Read noise as a trust list: an entry is a key, or a problem that is told."""
    try:
        told = load_keys(octets)
    except TrustError:
        return
    for (role, kid), keys in told.keys.items():
        assert keys
        assert all((key.role, key.kid) == (role, kid) for key in keys)
        assert all(0 <= key.capabilities <= 127 and key.issuer for key in keys)
    held = sum(len(keys) for keys in told.keys.values())
    assert held + len(told.problems) <= len(json.loads(octets)["keys"])


def check_status_list(octets: bytes) -> None:
    """Read noise as a status list: what is believed was signed, and can be asked."""
    try:
        told = load_list(octets, _KEYS, now=UnixSeconds(NOW))
    except TrustError:
        return
    assert told.issuer == CITY
    for index in (0, 1, len(told.octets) * 8 // told.bits - 1, 1 << 20, 2**32 - 1):
        try:
            assert 0 <= value_at(told, max(0, index)) < 1 << told.bits
        except MalformedPayload:
            continue


def mutated_token(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return a status list token with its header or claims changed and signed again."""
    try:
        protected, _, payload, _ = cbor2.loads(octets).value
        if random.random() < 0.3:
            protected = mutated_cbor(protected, random, noise)
        else:
            payload = mutated_cbor(payload, random, noise)
        return b"\xd2" + sign1(protected, payload, STATUS)
    except (AttributeError, *CBOR_ERRORS):
        return noise(octets)


_JWKS = keys_json(
    jwk(CARD_KEY.key),
    jwk(public(STATUS), role="status", formats=[]),
    jwk(public(COMMAND), role="command", formats=[], alg="EdDSA"),
    jwk(bytes(range(32)), role="seal", formats=[], crv="X25519", capabilities=0),
)

TARGETS = (
    Target(
        name="base45", run=check_base45, seeds=(b"BB8", b"%69 VD92EX0"), size_max=7_092, words=()
    ),
    Target(
        name="cbor",
        run=check_cbor,
        seeds=(cbor2.dumps({1: [b"", "", -1, None, True]}), status_token()),
        size_max=4_096,
        words=(b"\xd8\x40", b"\xc2\x41", b"\xbf", b"\x9f", b"\xfb", b"\x1b", b"\xd9\x01\x00"),
        mutate=mutated_cbor,
    ),
    Target(
        name="inflate",
        run=check_inflate,
        seeds=(
            bytes.fromhex("789c030000000001"),
            bytes.fromhex("789c4b04000062 0062".replace(" ", "")),
        ),
        size_max=4_096,
    ),
    Target(
        name="keys",
        run=check_keys,
        seeds=(_JWKS, keys_json()),
        size_max=16_384,
        words=(b'"kty"', b'"crv"', b'"x5c"', b'"P-256"', b'"RSA"', b"{shard}", b'"alg"'),
        mutate=mutated_json,
    ),
    Target(
        name="status-list",
        run=check_status_list,
        seeds=(
            status_token(),
            status_token(claims={4: NOW + 60, 65534: 300}),
            *(
                status_token(
                    claims={65533: {"lst": bytes.fromhex("789cdbb918000217015d"), "bits": bits}}
                )
                for bits in (1, 2, 4, 8)
            ),
        ),
        size_max=8_192,
        mutate=mutated_token,
    ),
)
