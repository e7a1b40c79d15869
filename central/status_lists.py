"""Making status lists and their deltas, two bits a card (docs/protocol.md)."""

import re
import zlib
from collections.abc import Iterator, Mapping
from hashlib import sha256

import cbor2

from protocol.keys import SigningKey
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS
from verifier.status_delta import DELTA_CLAIM, DELTA_TYPE
from verifier.status_statement import CWT_TYPE
from verifier.status_token import PackedList

BITS = 2  # one bit can't say suspended

# A list shows how many cards there are no finer than this, and a reader that has not fetched the
# newest list still finds the first cards of the next round (draft-ietf-oauth-status-list, 12.3).
ROUND = 1024

_ALG, _KID, _TYPE = 1, 4, 16
_ED25519 = -19
_SUB, _IAT, _LIST = 2, 6, 65533
_SIGN1_TAG = 18

_MASK = (1 << BITS) - 1
_CHANGED = re.compile(rb"[^\0]")


def entries_for(allotted: int) -> int:
    """Return how many entries the list of a shard with `allotted` places has."""
    return min(SHARD_CARDS, max(ROUND, -(-allotted // ROUND) * ROUND))


def packed(statuses: Mapping[int, int], entries: int) -> bytes:
    """Return the bit array: every place is VALID but those in `statuses`.

    Args:
        statuses: value by place within the shard.
        entries: how many places there are, a multiple of four.
    """
    octets = bytearray(entries * BITS // 8)
    for place, value in statuses.items():
        octets[place * BITS >> 3] |= value << (place * BITS & 7)  # from the least significant bit
    return bytes(octets)


def status_list_token(
    octets: bytes, *, name: str, issued_at: UnixSeconds, key: SigningKey
) -> bytes:
    """Return the signed list.

    Args:
        octets: from `packed`.
        name: the template of the card key, expanded.
        issued_at: the moment it speaks of.
        key: of role status.
    """
    inner = {"bits": BITS, "lst": zlib.compress(octets, 9)}
    return _signed({_SUB: name, _IAT: issued_at, _LIST: inner}, CWT_TYPE, key)


def status_delta_token(
    base: PackedList, base_octets: bytes, octets: bytes, *, issued_at: UnixSeconds, key: SigningKey
) -> bytes:
    """Return the signed delta that makes `octets` of the array of `base`, which is as long.

    Args:
        base: the list that terminals hold.
        base_octets: its array.
        octets: from `packed`, with another value somewhere.
        issued_at: the moment it speaks of, after that of the base.
        key: of role status.
    """
    delta = [
        base.issued_at,
        sha256(base_octets).digest(),
        BITS,
        changes_between(base_octets, octets),
        sha256(octets).digest(),
    ]
    return _signed({_SUB: base.name, _IAT: issued_at, DELTA_CLAIM: delta}, DELTA_TYPE, key)


def changes_between(before: bytes, after: bytes) -> bytes:
    """Return the places in which two arrays differ and their new values, as a delta has them."""
    changes, following = bytearray(), 0
    for place, value in _differences(before, after):
        changes += _leb128(place - following << BITS | value)
        following = place + 1
    return bytes(changes)


def _differences(before: bytes, after: bytes) -> Iterator[tuple[int, int]]:
    """Return place and new value wherever two arrays differ, in order."""
    both = int.from_bytes(before, "big") ^ int.from_bytes(after, "big")
    for found in _CHANGED.finditer(both.to_bytes(len(after), "big")):
        first = found.start() * 8 // BITS
        for step in range(8 // BITS):
            if found[0][0] >> step * BITS & _MASK:
                yield first + step, after[found.start()] >> step * BITS & _MASK


def _leb128(number: int) -> bytes:
    """Return a number seven bits an octet, the lowest first; all but the last have bit 7 set."""
    octets = bytearray()
    while number >= 0x80:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*octets, number))


def _signed(claims: Mapping[int, object], kind: str, key: SigningKey) -> bytes:
    protected, payload = _dump({_ALG: _ED25519, _KID: key.kid, _TYPE: kind}), _dump(claims)
    signature = key.sign(_dump(["Signature1", protected, b"", payload]))
    return _dump(cbor2.CBORTag(_SIGN1_TAG, [protected, {}, payload, signature]))


def _dump(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)
