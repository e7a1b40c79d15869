"""The verifier's other readers: encodings, the trust list, status lists."""

import json
import zlib

import cbor2

from tests.fuzz.target import Target, mutated_cbor, mutated_json
from tests.support.cards import public
from tests.support.trust import (
    CARD_KEY,
    COMMAND,
    STATUS,
    jwk,
    keys_json,
    status_token,
)
from verifier.encoding.base45 import decode, encode
from verifier.encoding.cbor import load_deterministic
from verifier.encoding.inflate import inflate
from verifier.errors import MalformedPayload, TrustError
from verifier.trust import load_keys

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
        seeds=(zlib.compress(b""), zlib.compress(bytes(2 * _INFLATED_MAX))),
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
)
