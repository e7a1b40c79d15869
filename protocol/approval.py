"""An event that wants the centre's word before it happens, and that word.

The key is the client's own, one for each event: asked again with the same key, the centre gives
the same answer, so a client that lost one may ask until its patience ends.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from protocol.journal import compact
from protocol.keys import SigningKey
from protocol.signed_json import read_signed_json, sign_json
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.profile import EntryType

# With the longest names, every octet escaped.
REQUEST_OCTETS_MAX = 2_048

# What a client waits for, the network included; then its offline rules decide.
ANSWER_MS_MAX = 800

# As read models take amounts: ten thousand million of a currency with cents.
AMOUNT_MAX = 1_000_000_000_000

_PURPOSE = "st-approval-1"
_KEY = re.compile("[A-Za-z0-9_-]{16,64}")
_NAME = re.compile("[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile("[0-9a-f]{32}")
_CURRENCY = re.compile("[A-Z]{3}")
_ASKED = re.compile("[0-9a-f]{64}")
REASON = re.compile("[a-z0-9-]{1,32}")


class ApprovalMalformed(ValueError):  # noqa: N818  # the house's word for it
    """The body is no question in form; the text says what is wrong."""


class Word(Enum):
    """What the centre says."""

    APPROVE = "approve"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """One event as it would stand in the journal, before anything of it has happened."""

    key: str
    at: UnixSeconds
    lane: str
    entry_type: EntryType
    sector: str
    pseudonym: str
    presentation: str
    amount_minor: int
    currency: str  # ISO 4217

    def octets(self) -> bytes:
        """Return the body of the request."""
        return compact(
            {
                "key": self.key,
                "at": self.at,
                "lane": self.lane,
                "type": self.entry_type.value,
                "sector": self.sector,
                "pseudonym": self.pseudonym,
                "presentation": self.presentation,
                "amount_minor": self.amount_minor,
                "currency": self.currency,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The centre's word on one event."""

    terminal: str
    key: str
    asked: bytes  # SHA-256 of the request's body: of what exactly was asked
    word: Word
    reason: str | None  # None: approved
    date: UnixSeconds


def read_approval_request(octets: bytes) -> ApprovalRequest:
    """Return the question in a request's body.

    Raises:
        ApprovalMalformed: too long, no JSON object, or a member missing, mistyped or one too many.
    """
    try:
        document = json.loads(octets) if len(octets) <= REQUEST_OCTETS_MAX else None
    except (ValueError, RecursionError) as error:
        raise ApprovalMalformed("the body is no JSON") from error
    match document:
        case {
            "key": str() as key,
            "at": int() as at,
            "lane": str() as lane,
            "type": str() as kind,
            "sector": str() as sector,
            "pseudonym": str() as pseudonym,
            "presentation": str() as presentation,
            "amount_minor": int() as amount,
            "currency": str() as currency,
            **rest,
        } if not rest:
            pass
        case _:
            raise ApprovalMalformed("a member is missing, mistyped, or one too many")
    _check(document or {})
    return ApprovalRequest(
        key=key,
        at=UnixSeconds(at),
        lane=lane,
        entry_type=EntryType(kind),
        sector=sector,
        pseudonym=pseudonym,
        presentation=presentation,
        amount_minor=amount,
        currency=currency,
    )


_FORMS: Mapping[str, re.Pattern[str]] = {
    "key": _KEY,
    "lane": _NAME,
    "sector": _NAME,
    "pseudonym": _DIGEST,
    "presentation": _DIGEST,
    "currency": _CURRENCY,
}


def _check(members: Mapping[str, object]) -> None:
    for name, form in _FORMS.items():
        if form.fullmatch(str(members[name])) is None:
            raise ApprovalMalformed(f"{name} is not in form")
    if members["type"] not in {kind.value for kind in EntryType}:
        raise ApprovalMalformed("type is no type of an entry")
    for name, largest in (("at", (1 << 63) - 1), ("amount_minor", AMOUNT_MAX)):
        value = members[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
            raise ApprovalMalformed(f"{name} is not 0 to {largest}")


def approval_octets(approval: Approval, key: SigningKey) -> bytes:
    """Return the signed document."""
    members = {
        "terminal": approval.terminal,
        "key": approval.key,
        "asked": approval.asked.hex(),
        "word": approval.word.value,
        "reason": approval.reason,
        "date": approval.date,
    }
    return sign_json(_PURPOSE, members, key)


def read_approval(
    octets: bytes, keys: KeyTable, *, terminal: str, request: ApprovalRequest, now: UnixSeconds
) -> Approval:
    """Return the centre's word on `request`, which `terminal` asked.

    Raises:
        TrustError: not signed by a key of role command, on something else, or not in form.
    """
    asked = sha256(request.octets()).digest()
    approval = _approval(read_signed_json(_PURPOSE, octets, keys, role=Role.COMMAND, now=now))
    if (approval.terminal, approval.key, approval.asked) != (terminal, request.key, asked):
        raise TrustError("the approval is on another event, or for another terminal")
    return approval


def _approval(members: Mapping[str, object]) -> Approval:
    match members:
        case {
            "terminal": str() as terminal,
            "key": str() as key,
            "asked": str() as asked,
            "word": "approve" | "decline" as word,
            "reason": None | str() as reason,
            "date": int() as date,
            **rest,
        } if not rest and _ASKED.fullmatch(asked) and (word == "approve") == (reason is None):
            return Approval(
                terminal=terminal,
                key=key,
                asked=bytes.fromhex(asked),
                word=Word(word),
                reason=reason,
                date=UnixSeconds(date),
            )
        case _:
            raise TrustError("the approval lacks a member or has one too many")
