"""What visits at screens left behind: tickets and questions by hour, ratings by day, appeals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from central.database.engine import Database, Row

_ADD_HOUR = (
    "INSERT INTO visit_hour (terminal, lane, hour, kind, service, count) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (terminal, lane, hour, kind, service)"
    " DO UPDATE SET count = visit_hour.count + excluded.count"
)
_ADD_RATING = (
    "INSERT INTO rating_day (terminal, lane, day, service, score, count)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, lane, day, service, score)"
    " DO UPDATE SET count = rating_day.count + excluded.count"
)
_ADD_APPEAL = (
    "INSERT INTO appeal (terminal, epoch, seq, lane, at, urgency, service, sector, pseudonym)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_HOURS = (
    "SELECT hour, kind, sum(count) FROM visit_hour WHERE hour >= ? AND hour < ?"
    " GROUP BY hour, kind ORDER BY hour, kind"
)
_SERVICES = (
    "SELECT service, sum(count) FROM visit_hour WHERE hour >= ? AND hour < ? AND kind = ?"
    " GROUP BY service ORDER BY sum(count) DESC, service LIMIT ?"
)
_RATINGS = (
    "SELECT terminal, lane, day, service, sum(count), sum(score * count) FROM rating_day"
    " WHERE day >= ? AND day < ? GROUP BY terminal, lane, day, service"
    " ORDER BY day DESC, terminal, lane, service LIMIT ?"
)
_STATE = "coalesce(w.state, 'open')"
# What can't wait stands first, and what has waited longest.
_URGENCY = "CASE a.urgency WHEN 'sudden' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END"
_APPEAL = (
    "SELECT a.terminal, a.epoch, a.seq, a.lane, a.at, a.urgency, a.service, a.sector, a.pseudonym,"  # noqa: S608  # our own names
    f" {_STATE}, coalesce(w.operator, ''), coalesce(w.note, ''), coalesce(w.changed_at, 0)"
    " FROM appeal a LEFT JOIN appeal_work w"
    " ON (w.terminal, w.epoch, w.seq) = (a.terminal, a.epoch, a.seq)"
)
# The first of each terminal: nobody who fills in one screen's appeals hides those of all others.
_FIRST = f"row_number() OVER (PARTITION BY a.terminal ORDER BY {_URGENCY}, a.at, a.epoch, a.seq)"
_APPEALS = (
    f"{_APPEAL} JOIN (SELECT a.terminal, a.epoch, a.seq, {_FIRST} AS place FROM appeal a"  # noqa: S608  # as above
    " LEFT JOIN appeal_work w ON (w.terminal, w.epoch, w.seq) = (a.terminal, a.epoch, a.seq)"
    f" WHERE {_STATE} = ?) f ON (f.terminal, f.epoch, f.seq) = (a.terminal, a.epoch, a.seq)"
    f" WHERE f.place <= ? ORDER BY {_URGENCY}, a.at, a.terminal, a.seq LIMIT ?"
)
_ONE_APPEAL = f"{_APPEAL} WHERE (a.terminal, a.epoch, a.seq) = (?, ?, ?)"
_WORK = (
    "INSERT INTO appeal_work (terminal, epoch, seq, state, operator, note, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, epoch, seq) DO UPDATE SET"
    " state = excluded.state, operator = excluded.operator, note = excluded.note,"
    " changed_at = excluded.changed_at"
)

# A screen of them, and what one person works through in a day.
APPEALS_SHOWN_MAX = 500
# Of one terminal; the next come up as these are worked through.
APPEALS_EACH_MAX = 25
RATINGS_SHOWN_MAX = 1_000
SERVICES_SHOWN_MAX = 100

Hour = tuple[str, str, int, str, str]  # terminal, lane, hour, kind, service
RatingPlace = tuple[str, str, int, str, int]  # terminal, lane, day, service, score


class AppealState(Enum):
    """How far an appeal has come."""

    OPEN = "open"
    CLAIMED = "claimed"  # somebody works on it
    ANSWERED = "answered"
    CLOSED = "closed"  # nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal without its words."""

    terminal: str
    epoch: int
    seq: int
    lane: str
    at: int
    urgency: str
    service: str
    sector: str
    pseudonym: str  # empty: nobody showed a card
    state: AppealState = AppealState.OPEN
    operator: str = ""
    note: str = ""
    changed_at: int = 0  # 0: nothing was done yet

    @property
    def number(self) -> str:
        """Return what was told to who left it."""
        return f"{self.epoch}-{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """How one service was rated at one lane on one day."""

    terminal: str
    lane: str
    day: int  # since 1970, UTC
    service: str
    count: int
    mean: float  # 1 to 5


class Visits:
    """Read models of visits, and what people did about appeals."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_hours(self, counts: "Counter[Hour]") -> None:
        """Add counts; inside a transaction."""
        self._db.execute_each(_ADD_HOUR, [(*place, n) for place, n in sorted(counts.items())])

    def add_ratings(self, counts: "Counter[RatingPlace]") -> None:
        """Add ratings; inside a transaction."""
        self._db.execute_each(_ADD_RATING, [(*place, n) for place, n in sorted(counts.items())])

    def add_appeals(self, appeals: Sequence[Appeal]) -> None:
        """Keep appeals; inside a transaction."""
        rows = [
            (a.terminal, a.epoch, a.seq, a.lane, a.at, a.urgency, a.service, a.sector, a.pseudonym)
            for a in appeals
        ]
        self._db.execute_each(_ADD_APPEAL, rows)

    def clear(self) -> None:
        """Forget what is projected; inside a transaction. What became of appeals stays."""
        for table in ("visit_hour", "rating_day", "appeal"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names

    def hours(self, hours: range) -> tuple[tuple[int, str, int], ...]:
        """Return hour, kind and count over all lanes."""
        rows = self._db.rows(_HOURS, (hours.start, hours.stop))
        return tuple((int(hour), str(kind), int(count)) for hour, kind, count in rows)

    def services(self, hours: range, kind: str) -> tuple[tuple[str, int], ...]:
        """Return services and how often each, the most wanted first."""
        rows = self._db.rows(_SERVICES, (hours.start, hours.stop, kind, SERVICES_SHOWN_MAX))
        return tuple((str(service), int(count)) for service, count in rows)

    def ratings(self, days: range) -> tuple[Rated, ...]:
        """Return ratings by lane, day and service, the newest day first."""
        rows = self._db.rows(_RATINGS, (days.start, days.stop, RATINGS_SHOWN_MAX))
        return tuple(_rated(row) for row in rows)

    def appeals(self, state: AppealState) -> tuple[Appeal, ...]:
        """Return appeals in a state, what can't wait first, and what has waited longest."""
        limits = (APPEALS_EACH_MAX, APPEALS_SHOWN_MAX)
        rows = self._db.rows(_APPEALS, (state.value, *limits))
        return tuple(map(_appeal, rows))

    def appeal(self, terminal: str, epoch: int, seq: int) -> Appeal | None:
        """Return one appeal; None: there is none at that place."""
        row = self._db.row(_ONE_APPEAL, (terminal, epoch, seq))
        return None if row is None else _appeal(row)

    def work_on(
        self, of: Appeal, state: AppealState, *, operator: str, note: str, now: int
    ) -> None:
        """Write what somebody did about an appeal; inside a transaction."""
        place = (of.terminal, of.epoch, of.seq)
        self._db.execute(_WORK, (*place, state.value, operator, note, now))


def _rated(row: Row) -> Rated:
    terminal, lane, day, service, count, total = row
    return Rated(
        terminal=str(terminal),
        lane=str(lane),
        day=int(day),
        service=str(service),
        count=int(count),
        mean=int(total) / int(count),
    )


def _appeal(row: Row) -> Appeal:
    terminal, epoch, seq, lane, at, urgency, service, sector, pseudonym, *work = row
    state, operator, note, changed_at = work
    return Appeal(
        terminal=terminal,
        epoch=int(epoch),
        seq=int(seq),
        lane=lane,
        at=int(at),
        urgency=urgency,
        service=service,
        sector=sector,
        pseudonym=pseudonym,
        state=AppealState(state),
        operator=operator,
        note=note,
        changed_at=int(changed_at),
    )
