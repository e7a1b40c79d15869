"""What each lane sold and took back in a day, for the counter that adds up in the evening. Pure.

The journal is the truth: a terminal that starts reads the day's entries again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from protocol.journal import Draft, PresentationRecord, ReadLine, read_line
from protocol.use import AnnulRecord, Use, read_use
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType

# The day, and the one before it, which a counter that sells past midnight still adds up.
DAYS_KEPT = 2
_DAY_S = 86_400
# A terminal has sixteen lanes at most, and a profile one currency; more rows are a renamed lane.
ROWS_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotal:
    """One lane's day in one currency."""

    lane: str
    day: str  # YYYY-MM-DD, local by the profile
    currency: str
    sales: int = 0
    sum_minor: int = 0  # of those, what was taken back among them
    reversals: int = 0
    reversed_minor: int = 0

    def members(self) -> dict[str, object]:
        """Return the total as members of a JSON object."""
        return {
            "lane": self.lane,
            "day": self.day,
            "currency": self.currency,
            "sales": self.sales,
            "sum_minor": self.sum_minor,
            "reversals": self.reversals,
            "reversed_minor": self.reversed_minor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneTotals:
    """What one lane sold, and which day it is there."""

    lane: str
    today: str  # as `DayTotal.day`
    days: tuple[DayTotal, ...]

    def members(self) -> dict[str, object]:
        """Return the totals as members of a JSON object."""
        days = [day.members() for day in self.days]
        return {"lane": self.lane, "today": self.today, "days": days}


class Totals:
    """Adds up; lives in the daemon's loop."""

    def __init__(self, *, through: int, offset_of: Callable[[str], int]) -> None:
        """Begin with nothing.

        Args:
            through: the last entry that was written before: those up to it are told by the
                journal, those behind it as they are written.
            offset_of: returns how many minutes a profile's local time is ahead of UTC.
        """
        self.through, self._offset_of = through, offset_of
        self._rows: dict[tuple[str, str, str], DayTotal] = {}

    def add(self, draft: Draft) -> None:
        """Add an entry that is durable; one that moves no money changes nothing."""
        match draft.record:
            case PresentationRecord(verdict=Verdict.GRANT, use=Use() as use) as record:
                self._count(draft.lane, draft.at, record.profile, use, is_sale=True)
            case AnnulRecord(use=Use() as use) as record:
                self._count(draft.lane, draft.at, record.profile, use, is_sale=False)
            case _:
                return

    def add_line(self, octets: bytes, *, now: UnixSeconds) -> UnixSeconds:
        """Add an entry of the journal by its line, if it is of today or yesterday.

        Returns:
            its moment.

        Raises:
            ValueError: it is no line of ours.
        """
        line, use = read_line(octets), read_use(json.loads(octets))
        profile = str(line.fields.get("profile", ""))
        is_sale = line.entry_type is not EntryType.ANNUL
        offset_min = self._offset_of(profile)
        oldest = local_day(UnixSeconds(now - _DAY_S), offset_min)  # of an older one a part is left
        is_told = use is not None and local_day(line.at, offset_min) >= oldest
        if use is not None and is_told and (not is_sale or _is_granted(line)):
            self._count(line.lane, line.at, profile, use, is_sale=is_sale)
        return line.at

    def told(self) -> tuple[DayTotal, ...]:
        """Return all that is kept, by lane and day."""
        return tuple(self._rows[place] for place in sorted(self._rows))

    def _count(self, lane: str, at: UnixSeconds, profile: str, use: Use, *, is_sale: bool) -> None:
        if use.amount_minor is None:
            return
        place = (lane, local_day(at, self._offset_of(profile)), use.currency)
        row = self._rows.get(place) or DayTotal(lane=lane, day=place[1], currency=use.currency)
        if is_sale:
            row = replace(row, sales=row.sales + 1, sum_minor=row.sum_minor + use.amount_minor)
        else:
            back = row.reversed_minor + use.amount_minor
            row = replace(row, reversals=row.reversals + 1, reversed_minor=back)
        self._rows[place] = row
        self._let_go()

    def _let_go(self) -> None:
        days = sorted({day for _, day, _ in self._rows})[-DAYS_KEPT:]
        kept = {place: row for place, row in self._rows.items() if place[1] in days}
        self._rows = dict(list(kept.items())[-ROWS_MAX:])


def _is_granted(line: ReadLine) -> bool:
    return line.fields.get("verdict") == Verdict.GRANT.value


def local_day(at: UnixSeconds, utc_offset_min: int) -> str:
    """Return the date on a wall `utc_offset_min` minutes ahead of UTC, YYYY-MM-DD."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(minutes=utc_offset_min)).date().isoformat()
