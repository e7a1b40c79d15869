"""Deltas: what changed in a status list since the day's base, a few octets a card.

One delta takes every terminal that holds the base to the newest state, whichever it had before
(docs/protocol.md, "Trust folder"). It proves base and result by their digests.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.status import BitArray, StatusList
from verifier.status_sign1 import closed_claims, status_signer
from verifier.status_token import TOKEN_OCTETS_MAX, PackedList

DELTA_TYPE = "application/vnd.scan-terminal.status-delta+cwt"
DELTA_CLAIM = -65538  # for private use (RFC 8392, section 9.1)
DELTA_SUFFIX = ".delta"

# A new base is published before the changes take half of it.
DELTA_OCTETS_MAX = TOKEN_OCTETS_MAX // 2

# Every place below 2^23 and its value of 8 bits, seven bits an octet; every digest is SHA-256.
_CHANGE_OCTETS_MAX = 5
_DIGEST_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDelta:
    """A proven delta, not yet applied."""

    name: str  # of the list
    issuer: str
    base_issued_at: UnixSeconds
    base_sha256: bytes  # of the inflated array
    issued_at: UnixSeconds
    bits: int
    changes: bytes
    result_sha256: bytes


def delta_path(path: str) -> str:
    """Return where the delta of the list at `path` stands: beside it."""
    return str(PurePosixPath(path).with_suffix(DELTA_SUFFIX))


def prove_delta(octets: bytes, keys: KeyTable, *, now: UnixSeconds) -> StatusDelta:
    """Return the delta in `octets`, signed by a key of role status.

    Raises:
        TrustError: not a delta, unsigned, signed by nobody trusted for it, or not in form.
    """
    if len(octets) > DELTA_OCTETS_MAX:
        raise TrustError("the delta is larger than any delta can be")
    (kid, signed), claims = closed_claims(octets, DELTA_TYPE)
    issuer = status_signer(keys, (kid,), signed, now=now).issuer
    match claims:
        case {
            2: str() as name,
            6: int() as issued,
            -65538: [int() as since, bytes() as base, int() as bits, bytes() as changes, result],
            **more,
        } if not more and isinstance(result, bytes):
            pass
        case _:
            raise TrustError("the delta's claims are not name, iat and changes")
    if not changes or not len(base) == len(result) == _DIGEST_OCTETS:
        raise TrustError("the delta changes nothing, or a digest of it is no SHA-256")
    return StatusDelta(
        name=name,
        issuer=issuer,
        base_issued_at=UnixSeconds(since),
        base_sha256=base,
        issued_at=UnixSeconds(issued),
        bits=bits,
        changes=changes,
        result_sha256=result,
    )


def check_fits(delta: StatusDelta, base: PackedList | StatusList) -> None:
    """Return if `delta` was made for `base`, as far as their heads say.

    Raises:
        TrustError: it was not.
    """
    if (delta.issuer, delta.name) != (base.issuer, base.name):
        raise TrustError(f"the delta is of another list, {delta.name!r} of {delta.issuer}")
    if delta.bits != base.bits or delta.base_issued_at != base.issued_at:
        raise TrustError("the delta is of another base: bits or iat differ")
    if delta.issued_at <= base.issued_at:
        raise TrustError("the delta is not younger than its base")


def apply_delta(delta: StatusDelta, base: PackedList | StatusList, octets: bytes) -> bytes:
    """Return the array that `delta` makes of `octets`, the array of `base`.

    Raises:
        TrustError: it was not made for this base, or does not do what it says it does.
    """
    check_fits(delta, base)
    if hashlib.sha256(octets).digest() != delta.base_sha256:
        raise TrustError("the delta is of another base: its digest differs")
    result, mask = bytearray(octets), (1 << delta.bits) - 1
    for place, value in _changes(delta):
        octet, shift = place * delta.bits >> 3, place * delta.bits & 7
        if octet >= len(result):
            raise TrustError("the delta changes a place outside the list")
        changed = (result[octet] >> shift & mask) ^ value
        if not changed:
            raise TrustError("the delta changes a card to what it was")
        result[octet] ^= changed << shift
    if hashlib.sha256(result).digest() != delta.result_sha256:
        raise TrustError("the delta does not lead to the array that it names")
    return bytes(result)


def _changes(delta: StatusDelta) -> Iterator[tuple[int, int]]:
    """Return place and new value of each change; no place can come twice.

    Raises:
        TrustError: a number is cut, longer than it must be, or larger than any place.
    """
    number, size, following = 0, 0, 0
    for octet in delta.changes:
        number |= (octet & 0x7F) << 7 * size
        size += 1
        if octet >= 0x80 and size < _CHANGE_OCTETS_MAX:
            continue
        if octet >= 0x80 or (octet == 0 and size > 1):
            raise TrustError("the delta has a number that is not in its shortest form")
        place = following + (number >> delta.bits)
        yield place, number & (1 << delta.bits) - 1
        number, size, following = 0, 0, place + 1
    if size:
        raise TrustError("the delta's last number is cut")


def changed_list(base: PackedList, delta: StatusDelta, octets: BitArray) -> StatusList:
    """Return the list that `delta` makes of `base`; `octets` is what `apply_delta` gave."""
    return replace(base.with_array(octets), issued_at=delta.issued_at)
