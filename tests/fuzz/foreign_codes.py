"""Codes of foreign families for the fuzzer: taken apart, one part changed, signed again.

What a signature covers is read by other libraries than the verifier's, so that no text is proven
by octets that it does not hold.
"""

import base64
import json
import zlib
from random import Random

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.fuzz.target import CBOR_ERRORS, Noise, mutated_cbor, mutated_json, mutated_tree
from tests.support.families import claim169, cose, jws, pretix, pretix_octets, shc
from tests.support.foreign import P256, SHA256, dcc, dcc_text, seal
from verifier.encoding.base45 import decode
from verifier.errors import MalformedPayload
from verifier.model import SignedOctets

_UNREADABLE = (MalformedPayload, zlib.error, IndexError, KeyError, *CBOR_ERRORS)
_INFLATED_MAX = 65_536


def is_by_p256(signed: SignedOctets) -> bool:
    """Return the library's own verdict on the test issuer's ES256."""
    r, s = (int.from_bytes(signed.signature[at : at + 32], "big") for at in (0, 32))
    try:
        P256.public_key().verify(encode_dss_signature(r, s), signed.message, ec.ECDSA(SHA256))
    except InvalidSignature:
        return False
    return True


def _inflated(octets: bytes) -> bytes:
    return zlib.decompressobj().decompress(octets, _INFLATED_MAX)


def _cose_octets(payload: bytes) -> bytes:
    return _inflated(decode(payload.removeprefix(b"HC1:")))


def _layers(octets: bytes) -> tuple[bytes, bytes]:
    """Return the protected header and the payload of a COSE_Sign1, tagged or not."""
    value = cbor2.loads(octets)
    while isinstance(value, cbor2.CBORTag):
        value = value.value
    match value:
        case [bytes() as protected, _, bytes() as payload, _]:
            return protected, payload
        case _:
            raise ValueError("no COSE_Sign1")


def cose_message(payload: bytes) -> bytes | None:
    """Return what the signature of a base45 and zlib text must cover; None: cbor2 can't say."""
    try:
        protected, body = _layers(_cose_octets(payload))
        return cbor2.dumps(["Signature1", protected, b"", body])
    except _UNREADABLE:
        return None


def jws_message(payload: bytes) -> bytes | None:
    """Return what the signature of a SMART Health Card must cover."""
    digits = payload.removeprefix(b"shc:/")
    pairs = (digits[at : at + 2] for at in range(0, len(digits), 2))
    return bytes(int(pair) + 45 for pair in pairs).rpartition(b".")[0]


def ticket_message(payload: bytes) -> bytes | None:
    """Return what the signature of a ticket must cover."""
    return base64.b64decode(payload[::-1])[5:-64]


def seal_message(payload: bytes) -> bytes | None:
    """Return what the signature of a seal must cover, by the test's canonical order."""
    data = json.loads(payload)["data"]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Beyond the first plane RFC 8785 sorts otherwise than Python.
    return text.encode() if text.isascii() else None


def mutated_claim169(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a card with a layer changed, and signed again where a signature covers it."""
    try:
        octets = _cose_octets(payload)
        protected, claims = _layers(octets)
    except _UNREADABLE:
        return noise(payload)
    match random.randrange(6):
        case 0:
            return claim169(mutated_cbor(octets, random, noise))
        case 1:
            return claim169(cose(claims, header=mutated_cbor(protected, random, noise)))
        case 2:
            unprotected = mutated_tree({4: b"kid"}, random, noise)
            return claim169(cose(claims, unprotected=unprotected), level=random.randrange(10))
        case _:
            return claim169(cose(mutated_cbor(claims, random, noise)))


def mutated_dcc(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a certificate with a layer changed, and signed again where a signature covers it."""
    try:
        octets = _cose_octets(payload)
        protected, claims = _layers(octets)
    except _UNREADABLE:
        return noise(payload)
    match random.randrange(6):
        case 0:
            return dcc_text(mutated_cbor(octets, random, noise))
        case 1:
            return dcc(claims, header=mutated_cbor(protected, random, noise))
        case 2:
            return dcc(claims, unprotected=mutated_cbor(b"\xa1\x04\x48kidkidki", random, noise))
        case _:
            return dcc(mutated_cbor(claims, random, noise))


def mutated_shc(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a health card with header or statement changed and signed again."""
    try:
        message = jws_message(payload) or b""
        header, body = (
            base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in message.split(b".")
        )
        statement = zlib.decompressobj(-15).decompress(body, _INFLATED_MAX)
    except (zlib.error, ValueError):
        return noise(payload)
    match random.randrange(6):
        case 0:
            return shc(noise(jws().encode()).decode("latin-1"))
        case 1:
            return shc(jws(statement, header=mutated_json(header, random, noise)))
        case 2:
            return shc(jws(statement, packed=noise(body)))
        case _:
            return shc(jws(mutated_json(statement, random, noise)))


def mutated_ticket(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a ticket with its message changed and signed again."""
    try:
        octets = base64.b64decode(payload[::-1])
    except ValueError:
        return noise(payload)
    if random.random() < 0.2:
        return pretix(noise(octets))
    return pretix(pretix_octets(noise(octets[5:-64])[:1_000]))


def mutated_seal(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a seal with its statement or its signature's members changed."""
    try:
        members = json.loads(payload)
        if random.random() < 0.6:
            return seal(mutated_tree(members["data"], random, noise))
    except (ValueError, TypeError, KeyError, RecursionError):
        return noise(payload)
    return mutated_json(payload, random, noise)
