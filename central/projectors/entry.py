"""An entry as read models see it: a terminal's word, harmless whatever it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.visit import VisitRecord, read_visit_record
from verifier.clock import ClockQuality
from verifier.model import Verdict
from verifier.profile import EntryType

HOUR_S = 3_600
DAY_S = 86_400

# Ten thousand million of a currency with cents; what is more is no sale, and sums stay in 63 bits.
AMOUNT_MAX = 1_000_000_000_000
# A lane refuses some thousands in a minute at most.
COUNT_MAX = 1_000_000

_NAME_MAX = 64
# As SQLite and PostgreSQL hold them.
_NUMBER_END = 1 << 63
_ACCEPTED = frozenset({Verdict.GRANT.value, Verdict.REFER.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What read models want of an entry; a member that is missing or odd is None or empty."""

    terminal: str
    epoch: int
    seq: int
    at: int
    lane: str
    type: str
    is_clock_trusted: bool
    verdict: str | None
    reason: str | None
    sector: str
    pseudonym: str | None
    presentation: str | None
    amount_minor: int | None
    currency: str
    reference: str
    refers_to: tuple[int, int] | None  # epoch and number of the entry that it names
    approval: str | None
    refused: Mapping[str, int]  # by reason, in an entry that sums refusals up
    noted: Mapping[str, int]  # how often a lane saw what, in an entry that names nobody
    of_visit: VisitRecord | None = None  # what a visit at a screen left behind

    @property
    def is_presented(self) -> bool:
        """Return whether somebody showed a code, by which it came."""
        return self.verdict is not None and self.type != EntryType.ANNUL.value

    @property
    def is_override(self) -> bool:
        """Return whether an attendant granted by it what a lane had referred to him."""
        return self.is_presented and self.refers_to is not None

    @property
    def is_accepted(self) -> bool:
        """Return whether somebody went through, paid or was sent to an attendant by it."""
        return self.is_presented and self.verdict in _ACCEPTED


def read_entry(terminal: str, epoch: int, seq: int, line: bytes) -> Entry:
    """Return the entry of a stored line, which was read once when it came."""
    fields = json.loads(line)
    is_sum = fields["type"] == EntryType.REFUSALS.value
    return Entry(
        terminal=terminal,
        epoch=epoch,
        seq=seq,
        at=fields["at"],
        lane=_shown(fields["lane"]),
        type=fields["type"],
        is_clock_trusted=fields["clock"] == ClockQuality.TRUSTED.value,
        verdict=None if is_sum else _name(fields.get("verdict")),
        reason=_name(fields.get("reason")),
        sector=_name(fields.get("sector")) or "",
        pseudonym=_name(fields.get("pseudonym")),
        presentation=_name(fields.get("presentation")),
        amount_minor=_number(fields.get("amount_minor"), AMOUNT_MAX),
        currency=_name(fields.get("currency")) or "",
        reference=_reference(fields.get("reference")),
        refers_to=_place(fields.get("reference")),
        approval=_name(fields.get("approval")),
        refused=_counts(fields.get("counts")) if is_sum else {},
        noted=_noted(fields) if fields["type"] == EntryType.NOTE.value else {},
        of_visit=_of_visit(fields),
    )


def _of_visit(fields: Mapping[str, object]) -> VisitRecord | None:
    try:
        return read_visit_record(fields)
    except ValueError:
        return None  # of a terminal that says something else: it is held, and counted by type


def _shown(text: str) -> str:
    """Return `text` as every screen and database takes it."""
    return (text if text.isprintable() else ascii(text)[1:-1])[:_NAME_MAX]


def _name(value: object) -> str | None:
    return _shown(value) if isinstance(value, str) else None


def _number(value: object, largest: int) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= largest else None  # type: ignore[operator,return-value]  # an int by then


def _reference(value: object) -> str:
    """Return what an entry says it takes back, as text: a name, or a place in the journal."""
    if value is None:
        return ""
    return _shown(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))


def _place(value: object) -> tuple[int, int] | None:
    """Return the place that a reference names; None: it names none."""
    match value:
        case {"epoch": int() as epoch, "seq": int() as seq} if (
            0 < epoch < _NUMBER_END and 0 < seq < _NUMBER_END
        ):
            return epoch, seq
        case _:
            return None


def _noted(fields: Mapping[str, object]) -> dict[str, int]:
    what, count = _name(fields.get("what")), _number(fields.get("count"), COUNT_MAX)
    return {} if what is None or count is None else {what: count}


def _counts(value: object) -> dict[str, int]:
    counts = value.items() if isinstance(value, dict) else ()
    return {
        _shown(reason): number
        for reason, count in counts
        if (number := _number(count, COUNT_MAX)) is not None
    }
