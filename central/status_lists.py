"""Making status lists: IETF Token Status List, CWT form, two bits a card (docs/protocol.md)."""

import zlib
from collections.abc import Mapping

import cbor2

from protocol.keys import SigningKey
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS
from verifier.status_statement import CWT_TYPE

BITS = 2  # one bit can't say suspended

# A list shows how many cards there are no finer than this, and a reader that has not fetched the
# newest list still finds the first cards of the next round (draft-ietf-oauth-status-list, 12.3).
ROUND = 1024

_ALG, _KID, _TYPE = 1, 4, 16
_ED25519 = -19
_SUB, _IAT, _LIST = 2, 6, 65533
_SIGN1_TAG = 18


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
    protected = _dump({_ALG: _ED25519, _KID: key.kid, _TYPE: CWT_TYPE})
    inner = {"bits": BITS, "lst": zlib.compress(octets, 9)}
    payload = _dump({_SUB: name, _IAT: issued_at, _LIST: inner})
    signature = key.sign(_dump(["Signature1", protected, b"", payload]))
    return _dump(cbor2.CBORTag(_SIGN1_TAG, [protected, {}, payload, signature]))


def _dump(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)
