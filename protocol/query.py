"""What a terminal asks the centre for a holder who showed his card, and the centre's answer.

One kind so far: subsidies that were paid to him. The answer is shown to who stands there, and kept
nowhere at the terminal.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from protocol.journal import compact
from protocol.keys import SigningKey
from protocol.signed_json import read_signed_json, sign_json
from protocol.use import AMOUNT_MAX
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.profile import Phrase

# With the longest names.
REQUEST_OCTETS_MAX = 1_024
# Somebody waits before a screen; then he is told that it can't be had now.
ANSWER_MS_MAX = 2_000
# Four years of a monthly one; older ones are asked for at a counter.
PAYMENTS_MAX = 50
# Of what a payment is called: with both languages at three octets a letter, 50 are 24 kB.
TEXT_CHARACTERS_MAX = 60
ANSWER_OCTETS_MAX = 32_768

_PURPOSE = "st-query-1"
_SUBSIDIES = "subsidies"
_KEY = re.compile("[A-Za-z0-9_-]{16,64}")
_NAME = re.compile("[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile("[0-9a-f]{32}")
_CURRENCY = re.compile("[A-Z]{3}")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ASKED = re.compile("[0-9a-f]{64}")


class QueryMalformed(ValueError):  # noqa: N818  # the house's word for it
    """The body is no question in form; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyQuery:
    """Which subsidies were paid to the holder of a card."""

    key: str  # makes the answer one to this question
    at: UnixSeconds
    lane: str
    sector: str
    pseudonym: str

    def octets(self) -> bytes:
        """Return the body of the request."""
        return compact(
            {
                "key": self.key,
                "query": _SUBSIDIES,
                "at": self.at,
                "lane": self.lane,
                "sector": self.sector,
                "pseudonym": self.pseudonym,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One subsidy that was paid.

    Raises:
        ValueError: a value is out of range or not in form.
    """

    on: str  # 2026-10-15
    what: Phrase
    amount_minor: int
    currency: str  # ISO 4217

    def __post_init__(self) -> None:
        """Take what every screen shows and every database holds."""
        if _DAY.fullmatch(self.on) is None:
            raise ValueError("the day is not as in 2026-10-15")
        date.fromisoformat(self.on)
        for text in (self.what.zh, self.what.en):
            if not 1 <= len(text) <= TEXT_CHARACTERS_MAX or not text.isprintable():
                raise ValueError(f"a text is not 1 to {TEXT_CHARACTERS_MAX} letters on one line")
        if isinstance(self.amount_minor, bool) or not 0 <= self.amount_minor <= AMOUNT_MAX:
            raise ValueError(f"the amount is not 0 to {AMOUNT_MAX}, in minor units")
        if _CURRENCY.fullmatch(self.currency) is None:
            raise ValueError("the currency is no code of ISO 4217, as CNY")

    def members(self) -> dict[str, object]:
        """Return it as members of a JSON object."""
        return {
            "on": self.on,
            "zh": self.what.zh,
            "en": self.what.en,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }


def read_subsidy_query(octets: bytes) -> SubsidyQuery:
    """Return the question in a request's body.

    Raises:
        QueryMalformed: too long, no JSON object, or a member missing, mistyped or one too many.
    """
    try:
        document = json.loads(octets) if len(octets) <= REQUEST_OCTETS_MAX else None
    except (ValueError, RecursionError) as error:
        raise QueryMalformed("the body is no JSON") from error
    match document:
        case {
            "key": str() as key,
            "query": "subsidies",
            "at": int() as at,
            "lane": str() as lane,
            "sector": str() as sector,
            "pseudonym": str() as pseudonym,
            **rest,
        } if not rest and not isinstance(at, bool) and 0 <= at < 1 << 63:
            pass
        case _:
            raise QueryMalformed("a member is missing, mistyped, or one too many")
    forms = ((key, _KEY), (lane, _NAME), (sector, _NAME), (pseudonym, _DIGEST))
    if any(form.fullmatch(text) is None for text, form in forms):
        raise QueryMalformed("key, lane, sector or pseudonym is not in form")
    return SubsidyQuery(key=key, at=UnixSeconds(at), lane=lane, sector=sector, pseudonym=pseudonym)


def query_answer_octets(
    terminal: str,
    asked: bytes,
    payments: Sequence[Payment],
    *,
    date: UnixSeconds,
    key: SigningKey,
) -> bytes:
    """Return the signed answer to a question.

    Args:
        terminal: who asked.
        asked: the body of its request.
        payments: the newest first, PAYMENTS_MAX at most.
        date: now.
        key: of role command.
    """
    members = {
        "terminal": terminal,
        "asked": sha256(asked).hexdigest(),
        "paid": [each.members() for each in payments],
        "date": date,
    }
    return sign_json(_PURPOSE, members, key)


def read_query_answer(
    octets: bytes, keys: KeyTable, *, terminal: str, query: SubsidyQuery, now: UnixSeconds
) -> tuple[Payment, ...]:
    """Return what was paid, as the centre answers the question `query` of `terminal`.

    Raises:
        TrustError: not signed by a key of role command, to something else, or not in form.
    """
    members = read_signed_json(
        _PURPOSE, octets, keys, role=Role.COMMAND, now=now, octets_max=ANSWER_OCTETS_MAX
    )
    match members:
        case {
            "terminal": str() as told,
            "asked": str() as asked,
            "paid": list() as paid,
            "date": int(),
            **rest,
        } if not rest and _ASKED.fullmatch(asked) and len(paid) <= PAYMENTS_MAX:
            pass
        case _:
            raise TrustError("the answer lacks a member or has one too many")
    if (told, asked) != (terminal, sha256(query.octets()).hexdigest()):
        raise TrustError("the answer is to another question, or for another terminal")
    return tuple(_payment(each) for each in paid)


def _payment(members: object) -> Payment:
    match members:
        case {
            "on": str() as on,
            "zh": str() as zh,
            "en": str() as en,
            "amount_minor": int() as amount,
            "currency": str() as currency,
            **rest,
        } if not rest:
            pass
        case _:
            raise TrustError("a payment lacks a member or has one too many")
    try:
        return Payment(on=on, what=Phrase(zh=zh, en=en), amount_minor=amount, currency=currency)
    except ValueError as error:
        raise TrustError(f"a payment is not in form: {error}") from error


def total_of(payments: Sequence[Payment]) -> int | None:
    """Return the sum of payments; None: they are in several currencies."""
    if len({each.currency for each in payments}) > 1:
        return None
    return sum(each.amount_minor for each in payments)
