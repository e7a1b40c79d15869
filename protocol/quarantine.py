"""What the centre answers to entries of an epoch that has ended: what it keeps, signed.

They come as batches do (`batch.py`). What continues the journal that the centre holds of that
epoch is added to it; what parts from it is kept beside it, for a person to look at.
"""

import re
from dataclasses import dataclass

from protocol.keys import SigningKey
from protocol.signed_json import read_signed_json, sign_json
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds

_PURPOSE = "st-quarantine-1"
_CHAIN = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """The centre keeps entries `first` to `last` of the history that ends at `head`."""

    terminal: str
    epoch: int
    first: int
    last: int
    head: bytes  # 32 octets: the chain's value behind `last`
    date: UnixSeconds


def quarantined_octets(kept: Quarantined, key: SigningKey) -> bytes:
    """Return the signed document."""
    members = {
        "terminal": kept.terminal,
        "epoch": kept.epoch,
        "first": kept.first,
        "last": kept.last,
        "head": kept.head.hex(),
        "date": kept.date,
    }
    return sign_json(_PURPOSE, members, key)


def read_quarantined(octets: bytes, keys: KeyTable, *, now: UnixSeconds | None) -> Quarantined:
    """Return what `octets`, signed by a key of role command, say.

    Args:
        octets: the document as it came, or was kept.
        keys: the trust list's.
        now: as in `read_signed_json`.

    Raises:
        TrustError: altered, forged, or no such document.
    """
    match read_signed_json(_PURPOSE, octets, keys, role=Role.COMMAND, now=now):
        case {
            "terminal": str() as terminal,
            "epoch": int() as epoch,
            "first": int() as first,
            "last": int() as last,
            "head": str() as head,
            "date": int() as date,
            **rest,
        } if not rest and _CHAIN.fullmatch(head):
            return Quarantined(
                terminal=terminal,
                epoch=epoch,
                first=first,
                last=last,
                head=bytes.fromhex(head),
                date=UnixSeconds(date),
            )
        case _:
            raise TrustError("the quarantine's answer lacks a member or has one too many")
