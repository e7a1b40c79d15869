"""What a terminal tells the centre before its backlog: how far its journal went, how it does.

The body is a JSON object of `checkpoint`, a signed note (`checkpoint.py`), and `health`, a flat
object. The answer is a signed document: how far the centre holds the journal.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.acknowledgement import Acknowledgement
from protocol.checkpoint import NOTE_BYTES_MAX
from protocol.journal import compact
from protocol.keys import SigningKey
from protocol.signed_json import read_signed_json, sign_json
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds

# A terminal of today tells a dozen members in 300 octets; sixteen lanes may tell two each.
HEALTH_MEMBERS_MAX = 48
HEALTH_OCTETS_MAX = 4_096
# Note and health with every octet escaped.
TELLING_OCTETS_MAX = 8_192

_NAME = re.compile("[a-z][a-z0-9_.-]{0,47}")
_TEXT_MAX = 200
_PURPOSE = "st-checkpoint-1"
_CHAIN = re.compile("[0-9a-f]{64}")

Health = Mapping[str, int | str | bool | None]


class TellingMalformed(ValueError):  # noqa: N818  # the house's word for it
    """The body is not a checkpoint and a health; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a terminal says of itself."""

    checkpoint: bytes  # the note, octet by octet; not believed yet
    health: Health

    def members(self) -> dict[str, object]:
        """Return the body's members."""
        return {"checkpoint": self.checkpoint.decode(), "health": dict(self.health)}


def read_telling(octets: bytes) -> Telling:
    """Return what the body of a checkpoint's request says.

    Raises:
        TellingMalformed: too long, no JSON object of the two, or health that is not flat.
    """
    try:
        document = json.loads(octets) if len(octets) <= TELLING_OCTETS_MAX else None
    except (ValueError, RecursionError) as error:
        raise TellingMalformed("the body is no JSON") from error
    match document:
        case {"checkpoint": str() as note, "health": dict() as health, **rest} if not rest:
            return Telling(checkpoint=_note(note), health=_health(health))
        case _:
            raise TellingMalformed("the body is not checkpoint and health")


def _note(text: str) -> bytes:
    try:
        octets = text.encode()
    except UnicodeEncodeError as error:
        raise TellingMalformed("checkpoint is no text") from error
    if len(octets) > NOTE_BYTES_MAX:
        raise TellingMalformed(f"checkpoint is longer than {NOTE_BYTES_MAX} octets")
    return octets


def _health(members: dict[str, object]) -> Health:
    health: dict[str, int | str | bool | None] = {}
    for name, value in members.items():
        if _NAME.fullmatch(name) is None or not isinstance(value, int | str | bool | None):
            raise TellingMalformed("a member of health is not a number, text, true, false or null")
        if isinstance(value, str) and len(value) > _TEXT_MAX:
            raise TellingMalformed(f"a member of health is longer than {_TEXT_MAX} characters")
        health[name] = value
    _check_size(health)
    return health


def _check_size(health: Health) -> None:
    try:
        octets = compact(health)
    except ValueError as error:  # a lone surrogate, a number without end
        raise TellingMalformed("a member of health can't be kept") from error
    if len(health) > HEALTH_MEMBERS_MAX or len(octets) > HEALTH_OCTETS_MAX:
        raise TellingMalformed(f"health has more than {HEALTH_MEMBERS_MAX} members, or is too long")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointAnswer:
    """How far the centre holds the journal, and whether it wants the rest now.

    It is no evidence to erase by: that is an acknowledgement, which the terminal then asks for.
    """

    held: Acknowledgement
    want_upload: bool
    wipe: bytes | None = None  # an order (`order.py`), not believed by this signature


def checkpoint_answer_octets(answer: CheckpointAnswer, key: SigningKey) -> bytes:
    """Return the signed document."""
    held = answer.held
    members: dict[str, object] = {
        "terminal": held.terminal,
        "epoch": held.epoch,
        "acked": held.acked,
        "head": held.head.hex(),
        "date": held.date,
        "want_upload": answer.want_upload,
    }
    if answer.wipe is not None:
        members["wipe"] = answer.wipe.decode()
    return sign_json(_PURPOSE, members, key)


def read_checkpoint_answer(octets: bytes, keys: KeyTable, *, now: UnixSeconds) -> CheckpointAnswer:
    """Return the answer in `octets`, signed by a key of role command; more members may follow.

    Raises:
        TrustError: altered, forged, or no such answer.
    """
    match read_signed_json(_PURPOSE, octets, keys, role=Role.COMMAND, now=now):
        case {
            "terminal": str() as terminal,
            "epoch": int() as epoch,
            "acked": int() as acked,
            "head": str() as head,
            "date": int() as date,
            "want_upload": bool() as want_upload,
            **rest,
        } if _CHAIN.fullmatch(head):
            held = Acknowledgement(
                terminal=terminal,
                epoch=epoch,
                acked=acked,
                head=bytes.fromhex(head),
                date=UnixSeconds(date),
            )
            wipe = rest.get("wipe")
            return CheckpointAnswer(
                held=held,
                want_upload=want_upload,
                wipe=wipe.encode() if isinstance(wipe, str) else None,
            )
        case _:
            raise TrustError("the checkpoint's answer lacks a member")
