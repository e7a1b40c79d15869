"""Status lists: what an issuer says of each card, and how one is looked up."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Protocol

from verifier.errors import MalformedPayload
from verifier.model import UnixSeconds
from verifier.reasons import Reason

SHARD_CARDS = 1 << 20


class Status(Enum):
    """What an issuer says of a card (draft-ietf-oauth-status-list, section 7.1)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


class BitArray(Protocol):
    """Octets that are read one at a time: `bytes`, or a file mapped by whoever holds the list."""

    def __len__(self) -> int:
        """Return how many octets there are."""
        ...

    def __getitem__(self, place: int, /) -> int:
        """Return the octet at `place`, which is inside.

        Raises:
            StatusUnreadable: the array can't be had any more, and nothing be said of the card.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list of an issuer's, inflated and proven: a shard, or a foreign issuer's whole list."""

    name: str
    issuer: str
    bits: int  # 1, 2, 4 or 8 a card
    octets: BitArray
    issued_at: UnixSeconds
    expires_at: UnixSeconds | None
    is_behind: bool = False  # newer changes are published and could not be applied


def list_name(template: str, index: int) -> str:
    """Return the name of the list that holds the card of status `index`."""
    return _expanded(template, index // SHARD_CARDS)


# A lane meets the same shards all day; a city of 10 million cards has ten.
@lru_cache(maxsize=1_024)
def _expanded(template: str, shard: int) -> str:
    return template.replace("{shard}", str(shard))


def value_at(status_list: StatusList, index: int) -> int:
    """Return the value that the issuer wrote at `index`, counted over all shards.

    Entries are packed from the least significant bit of octet 0 upward
    (draft-ietf-oauth-status-list, section 4.1); W3C bitstring lists run the other way.

    Args:
        status_list: the shard that holds the card.
        index: the card's place over all shards, as signed into the credential.

    Raises:
        MalformedPayload: the place is outside the list, so nothing can be said of the
            credential and it must be refused (section 8.3).
        StatusUnreadable: the list's array is lost.
    """
    octets, bits = status_list.octets, status_list.bits
    bit = index % SHARD_CARDS * bits
    if bit >> 3 >= len(octets):
        raise MalformedPayload(Reason.STATUS_INDEX_OUTSIDE)
    return octets[bit >> 3] >> (bit & 7) & ((1 << bits) - 1)


def value_in(status_list: StatusList, place: int) -> int:
    """Return the value at `place` of a list that the credential names itself: it has no shards.

    Args:
        status_list: of the name that the credential carries.
        place: as signed into the credential.

    Raises:
        MalformedPayload, StatusUnreadable: as `value_at`.
    """
    octets, bits = status_list.octets, status_list.bits
    bit = place * bits
    if not 0 <= bit >> 3 < len(octets):
        raise MalformedPayload(Reason.STATUS_INDEX_OUTSIDE)
    return octets[bit >> 3] >> (bit & 7) & ((1 << bits) - 1)
