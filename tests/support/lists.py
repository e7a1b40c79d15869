"""An independent maker of status arrays, foreign status tokens and deltas, with every fault."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import cbor2
from nacl.signing import SigningKey

from tests.support.cards import NOW, kid, sign1
from tests.support.trust import LIST_NAME, STATUS, base64url, signing_key
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.status import StatusList
from verifier.status_delta import apply_delta, changed_list, prove_delta
from verifier.status_token import prove_list

FOREIGN = "abroad.example"
FOREIGN_NAME = "https://abroad.example/statuslists/1"
FOREIGN_STATUS = SigningKey(bytes(range(160, 192)))
FOREIGN_KEY = replace(signing_key(Role.STATUS, FOREIGN_STATUS, issuer=FOREIGN), kid=b"key-12")
DELTA_TYPE = "application/vnd.scan-terminal.status-delta+cwt"


def array_of(values: Mapping[int, int], *, bits: int, entries: int) -> bytes:
    """Return a list's octets by arithmetic on one large number: place p is digit p from below."""
    number = sum(value << place * bits for place, value in values.items())
    return number.to_bytes(entries * bits // 8, "little")


def jwt(
    *,
    header: Mapping[str, object] | None = None,
    claims: Mapping[str, object] | None = None,
    octets: bytes = b"\xb9\xa3",
    key: SigningKey = FOREIGN_STATUS,
) -> bytes:
    """Return a status list token, JWT form; None as a value leaves a member out."""
    inner = {"bits": 1, "lst": base64url(zlib.compress(octets))}
    named = {"typ": "statuslist+jwt", "alg": "EdDSA", "kid": "key-12", **(header or {})}
    own = {"sub": FOREIGN_NAME, "iat": NOW - 60, "status_list": inner, **(claims or {})}
    parts = [
        base64url(json.dumps({k: v for k, v in part.items() if v is not None}).encode())
        for part in (named, own)
    ]
    message = ".".join(parts).encode()
    return message + b"." + base64url(key.sign(message).signature).encode()


def foreign_cwt(
    *,
    protected: bytes | None = None,
    unprotected: Mapping[int, object] | None = None,
    claims: Mapping[int, object] | None = None,
    octets: bytes = b"\xb9\xa3",
    key: SigningKey = FOREIGN_STATUS,
) -> bytes:
    """Return a token as foreign issuers write it: kid unprotected, claims in an order of theirs."""
    header = cbor2.dumps({16: "application/statuslist+cwt", 1: -8})
    own = {2: FOREIGN_NAME, 6: NOW - 60, 65534: 43_200, 65533: {"bits": 1}, **(claims or {})}
    if own[65533] == {"bits": 1}:
        own[65533] = {"bits": 1, "lst": zlib.compress(octets)}
    return b"\xd2" + sign1(
        header if protected is None else protected,
        cbor2.dumps(own),
        key,
        unprotected=cbor2.dumps({4: b"key-12"} if unprotected is None else unprotected),
    )


def leb128(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first."""
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*octets, number))


def changes_of(changes: Iterable[tuple[int, int]], *, bits: int) -> bytes:
    """Return (place, value) in the order given as the numbers of a delta."""
    octets, following = b"", 0
    for place, value in changes:
        octets += leb128(place - following << bits | value)
        following = place + 1
    return octets


def delta(  # each is a member
    base: bytes,
    result: bytes,
    changes: bytes,
    *,
    bits: int = 2,
    claims: Mapping[object, object] | None = None,
    members: Mapping[int, object] | None = None,
    header: Mapping[int, object] | None = None,
    key: SigningKey = STATUS,
    base_iat: int = NOW - 60,
) -> bytes:
    """Return a signed delta; `members` replaces places of its array."""
    sums = hashlib.sha256(base).digest(), hashlib.sha256(result).digest()
    array: list[object] = [base_iat, sums[0], bits, changes, sums[1]]
    for place, value in (members or {}).items():
        array[place : place + 1] = [value]
    own: dict[object, object] = {2: LIST_NAME, 6: NOW, -65538: array, **(claims or {})}
    named = {1: -19, 4: kid(key), 16: DELTA_TYPE, **(header or {})}
    return b"\xd2" + sign1(
        cbor2.dumps(named, canonical=True), cbor2.dumps(own, canonical=True), key
    )


def load_list(octets: bytes, keys: KeyTable, *, now: UnixSeconds) -> StatusList:
    """Return what a token says, in memory: proven and inflated."""
    proven = prove_list(octets, keys, now=now)
    return proven.with_array(proven.inflated())


def load_with_delta(token: bytes, delta: bytes, keys: KeyTable, *, now: UnixSeconds) -> StatusList:
    """Return what a token and the delta beside it say."""
    base, change = prove_list(token, keys, now=now), prove_delta(delta, keys, now=now)
    return changed_list(base, change, apply_delta(change, base, base.inflated()))
