"""What one visit at a screen leaves behind: members of journal lines of four entry types.

A visit names its card by pseudonym only where the card was shown and granted; whatever people write
themselves goes sealed to the centre (protocol/sealed.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from protocol.sealed import Sealed
from protocol.use import Place, read_place
from verifier.profile import EntryType

Language = Literal["zh", "en"]

# More people than any hall sees on one day; a number of four digits is still called out.
NUMBER_MAX = 9_999
SCORE_MAX = 5
# Of a checklist: as many as a pack may name (protocol/content/limits.py).
_ITEMS_MAX = 64

_VISIT = re.compile("[0-9a-f]{32}")
_PACK = re.compile("[0-9a-f]{16}")
_ID = re.compile("[a-z0-9][a-z0-9-]{0,31}")
_LABEL = re.compile("[A-Z][1-9]?")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Who showed a card for a visit."""

    sector: str  # id of the key behind the pseudonym
    pseudonym: str
    scan: Place  # of the entry that granted it


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What every entry of a visit says of it."""

    visit: str  # 32 hex digits
    pack: str  # 16 hex digits: the first of the SHA-256 of the content pack's file
    service: str  # empty: none was chosen
    language: Language
    identified: Identified | None = None

    def members(self) -> dict[str, object]:
        """Return the members of a journal line, in the order of docs/protocol.md."""
        who = self.identified
        named = {} if who is None else {
            "sector": who.sector, "pseudonym": who.pseudonym, "scan": who.scan.members(),
        }  # fmt: skip
        service = {"service": self.service} if self.service else {}
        return {
            "visit": self.visit,
            "pack": self.pack,
            **service,
            "language": self.language,
            **named,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """A place in a queue."""

    entry_type = EntryType.TICKET

    visit: Visit
    queue: str
    label: str  # what the number begins with: the queue's letter, and the kiosk's digit
    number: int  # of the label and day
    day: str  # of the place's calendar: 2026-11-22

    @property
    def text(self) -> str:
        """Return the number as it is printed and called out."""
        return f"{self.label}{self.number:03}"

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        own = {"queue": self.queue, "label": self.label, "number": self.number, "day": self.day}
        return {**self.visit.members(), **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRecord:
    """How somebody was served, in their own view."""

    entry_type = EntryType.RATING

    visit: Visit
    score: int  # 1 to SCORE_MAX
    sealed: Sealed | None = None  # `text`; None: nothing was written

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        return {**self.visit.members(), "score": self.score, **_boxed(self.sealed)}


class Urgency(Enum):
    """How soon somebody must look at an appeal."""

    SUDDEN = "sudden"  # something has happened that can't wait
    URGENT = "urgent"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRecord:
    """What somebody asks the authority to do."""

    entry_type = EntryType.APPEAL

    visit: Visit
    urgency: Urgency
    sealed: Sealed  # `text` and `contact`

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        return {**self.visit.members(), "urgency": self.urgency.value, **_boxed(self.sealed)}


class Asked(Enum):
    """What was asked in a visit."""

    CHECKLIST = "checklist"
    SUBSIDIES = "subsidies"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRecord:
    """That something was asked, and whether there was an answer; never what it said."""

    entry_type = EntryType.QUERY

    visit: Visit
    asked: Asked
    about: str  # id of the checklist; empty: of none
    count: int  # things to bring, or payments, that were shown
    is_answered: bool  # False: the centre could not be reached

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        about = {"about": self.about} if self.about else {}
        own = {"asked_for": self.asked.value, **about, "count": self.count}
        return {**self.visit.members(), **own, "answered": self.is_answered}


VisitRecord = TicketRecord | RatingRecord | AppealRecord | QueryRecord

_TYPES: Mapping[str, type[VisitRecord]] = {
    each.entry_type.value: each for each in (TicketRecord, RatingRecord, AppealRecord, QueryRecord)
}


def read_visit_record(fields: Mapping[str, object]) -> VisitRecord | None:
    """Return what a journal line's members say of a visit, but for what is sealed; None: of none.

    Raises:
        ValueError: a member is missing, mistyped or out of range.
    """
    kind = _TYPES.get(str(fields.get("type")))
    if kind is None or "visit" not in fields:
        return None
    visit = _visit(fields)
    if kind is TicketRecord:
        return _ticket(visit, fields)
    if kind is RatingRecord:
        return RatingRecord(visit=visit, score=_whole(fields, "score", 1, SCORE_MAX))
    if kind is AppealRecord:
        urgency = Urgency(fields.get("urgency"))
        return AppealRecord(visit=visit, urgency=urgency, sealed=_UNREAD)
    return _query(visit, fields)


_UNREAD = Sealed(kid=bytes(8), box=b"")  # stands for a box that nobody asked for


def _visit(fields: Mapping[str, object]) -> Visit:
    language = fields.get("language")
    if language != "zh" and language != "en":  # noqa: PLR1714  # mypy narrows no membership
        raise ValueError("language is neither zh nor en")
    return Visit(
        visit=_form(fields, "visit", _VISIT),
        pack=_form(fields, "pack", _PACK),
        service=_form(fields, "service", _ID) if "service" in fields else "",
        language=language,
        identified=_identified(fields) if "pseudonym" in fields else None,
    )


def _identified(fields: Mapping[str, object]) -> Identified:
    match fields:
        case {"sector": str() as sector, "pseudonym": str() as pseudonym} if _VISIT.fullmatch(
            pseudonym
        ):
            scan = read_place(fields.get("scan"))
            return Identified(sector=sector, pseudonym=pseudonym, scan=scan)
        case _:
            raise ValueError("sector or pseudonym is missing or mistyped")


def _ticket(visit: Visit, fields: Mapping[str, object]) -> TicketRecord:
    return TicketRecord(
        visit=visit,
        queue=_form(fields, "queue", _ID),
        label=_form(fields, "label", _LABEL),
        number=_whole(fields, "number", 1, NUMBER_MAX),
        day=_form(fields, "day", _DAY),
    )


def _query(visit: Visit, fields: Mapping[str, object]) -> QueryRecord:
    is_answered = fields.get("answered")
    if not isinstance(is_answered, bool):
        raise ValueError("answered is neither true nor false")  # noqa: TRY004  # of the wire
    return QueryRecord(
        visit=visit,
        asked=Asked(fields.get("asked_for")),
        about=_form(fields, "about", _ID) if "about" in fields else "",
        count=_whole(fields, "count", 0, _ITEMS_MAX),
        is_answered=is_answered,
    )


def _boxed(sealed: Sealed | None) -> dict[str, object]:
    return {} if sealed is None else {"sealed": sealed.members()}


def _form(fields: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"{name} is missing or not in form")
    return value


def _whole(fields: Mapping[str, object], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} is not {least} to {most}")
    return value
