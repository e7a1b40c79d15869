"""An entry as read models see it: a terminal's word, harmless whatever it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

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
    approval: str | None
    refused: Mapping[str, int]  # by reason, in an entry that sums refusals up

    @property
    def is_presented(self) -> bool:
        """Return whether somebody showed a code, by which it came."""
        return self.verdict is not None and self.type != EntryType.ANNUL.value

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
        approval=_name(fields.get("approval")),
        refused=_counts(fields.get("counts")) if is_sum else {},
    )


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


def _counts(value: object) -> dict[str, int]:
    counts = value.items() if isinstance(value, dict) else ()
    return {
        _shown(reason): number
        for reason, count in counts
        if (number := _number(count, COUNT_MAX)) is not None
    }
