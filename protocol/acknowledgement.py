"""What the centre answers to an upload: how far it holds the journal, signed."""

import re
from dataclasses import dataclass

from protocol.keys import SigningKey
from protocol.signed_json import read_signed_json, sign_json
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds

_PURPOSE = "st-ack-1"
_CHAIN = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The centre holds every entry of `epoch` up to `acked`, and the chain stands at `head`."""

    terminal: str
    epoch: int
    acked: int  # the last entry held; 0: none yet
    head: bytes  # 32 octets: the chain's value behind it
    date: UnixSeconds


def acknowledgement_octets(ack: Acknowledgement, key: SigningKey) -> bytes:
    """Return the signed document; it is sent, and kept, octet by octet."""
    members = {
        "terminal": ack.terminal,
        "epoch": ack.epoch,
        "acked": ack.acked,
        "head": ack.head.hex(),
        "date": ack.date,
    }
    return sign_json(_PURPOSE, members, key)


def read_acknowledgement(
    octets: bytes, keys: KeyTable, *, now: UnixSeconds | None
) -> Acknowledgement:
    """Return the acknowledgement in `octets`, signed by a key of role command.

    Args:
        octets: the document as it came, or was kept.
        keys: the trust list's.
        now: as in `read_signed_json`.

    Raises:
        TrustError: altered, forged, or no acknowledgement.
    """
    match read_signed_json(_PURPOSE, octets, keys, role=Role.COMMAND, now=now):
        case {
            "terminal": str() as terminal,
            "epoch": int() as epoch,
            "acked": int() as acked,
            "head": str() as head,
            "date": int() as date,
            **rest,
        } if not rest and _CHAIN.fullmatch(head):
            return Acknowledgement(
                terminal=terminal,
                epoch=epoch,
                acked=acked,
                head=bytes.fromhex(head),
                date=UnixSeconds(date),
            )
        case _:
            raise TrustError("the acknowledgement lacks a member or has one too many")
