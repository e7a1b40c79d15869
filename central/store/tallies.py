"""Counts of what happened, by lane and hour: the read model behind most reports."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from central.database.engine import Database

_ADD = (
    "INSERT INTO tally (terminal, lane, hour, kind, name, count) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (terminal, lane, hour, kind, name)"
    " DO UPDATE SET count = tally.count + excluded.count"
)
_BY_HOUR = (
    "SELECT terminal, lane, hour, name, count FROM tally"
    " WHERE kind = ? AND hour >= ? AND hour < ? AND (terminal, lane, hour, name) > (?, ?, ?, ?)"
    " ORDER BY terminal, lane, hour, name LIMIT ?"
)
# Over all lanes: a plot of the whole city would read a row a lane, hour and name otherwise.
SUMMED = frozenset({"verdict", "reason"})
_ADD_SUM = (
    "INSERT INTO hour_sum (hour, kind, name, count) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (hour, kind, name) DO UPDATE SET count = hour_sum.count + excluded.count"
)
_SUMS = (
    "SELECT hour, name, count FROM hour_sum WHERE hour >= ? AND hour < ? AND kind = ?"
    " ORDER BY hour, name"
)
_SUMS_BY_NAME = (
    "SELECT name, sum(count) FROM hour_sum WHERE hour >= ? AND hour < ? AND kind = ? GROUP BY name"
)
_OF_LANE = (
    "SELECT hour, name, count FROM tally"
    " WHERE terminal = ? AND lane = ? AND hour >= ? AND hour < ? AND kind = ?"
    " ORDER BY hour, name"
)
_BY_NAME = (
    "SELECT name, sum(count) FROM tally WHERE kind = ? AND hour >= ? AND hour < ?"
    " GROUP BY name ORDER BY name"
)
_BY_TERMINAL = "SELECT terminal, sum(count) FROM tally WHERE kind = ? GROUP BY terminal"
_LANES = "SELECT lane, at FROM lane_end WHERE terminal = ?"
_KEEP_LANE = (
    "INSERT INTO lane_end (terminal, lane, at) VALUES (?, ?, ?)"
    " ON CONFLICT (terminal, lane) DO UPDATE SET at = excluded.at"
)

# One read; some 100 kB.
PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often something happened at a lane within an hour."""

    terminal: str
    lane: str
    hour: int  # since 1970, UTC
    name: str
    count: int


class Tallies:
    """Counts by (terminal, lane, hour, kind, name)."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, terminal: str, counts: Mapping[tuple[str, int, str, str], int]) -> None:
        """Add counts by (lane, hour, kind, name); inside a transaction."""
        rows = [(terminal, *place, count) for place, count in sorted(counts.items())]
        self._db.execute_each(_ADD, rows)
        sums = Counter[tuple[int, str, str]]()
        for (_, hour, kind, name), count in counts.items():
            if kind in SUMMED:
                sums[hour, kind, name] += count
        # In one order, and last: whoever counts at the same time waits for these rows.
        self._db.execute_each(_ADD_SUM, [(*place, n) for place, n in sorted(sums.items())])

    def sums(self, kind: str, hours: range) -> list[tuple[int, str, int]]:
        """Return (hour, name, count) over all lanes, of one of the kinds SUMMED."""
        rows = self._db.rows(_SUMS, (hours.start, hours.stop, kind))
        return [(hour, name, count) for hour, name, count in rows]

    def sums_by_name(self, kind: str, hours: range) -> dict[str, int]:
        """Return the sums over all lanes and hours, by name, of one of the kinds SUMMED."""
        rows = self._db.rows(_SUMS_BY_NAME, (hours.start, hours.stop, kind))
        return {name: int(count) for name, count in rows}

    def of_lane(
        self, terminal: str, lane: str, kind: str, hours: range
    ) -> list[tuple[int, str, int]]:
        """Return (hour, name, count) of one lane."""
        rows = self._db.rows(_OF_LANE, (terminal, lane, hours.start, hours.stop, kind))
        return [(hour, name, count) for hour, name, count in rows]

    def by_hour(self, kind: str, hours: range) -> Iterable[Tally]:
        """Return the counts of a kind, by terminal, lane, hour and name, a page at a time."""
        place: tuple[str, str, int, str] = ("", "", -1, "")
        between = (kind, hours.start, hours.stop)
        while page := self._db.rows(_BY_HOUR, (*between, *place, PAGE_ROWS)):
            for terminal, lane, hour, name, count in page:
                yield Tally(terminal=terminal, lane=lane, hour=hour, name=name, count=count)
            place = page[-1][:4]

    def by_name(self, kind: str, hours: range) -> dict[str, int]:
        """Return the sums of a kind over all lanes, by name."""
        rows = self._db.rows(_BY_NAME, (kind, hours.start, hours.stop))
        return {name: int(count) for name, count in rows}

    def by_terminal(self, kind: str) -> dict[str, int]:
        """Return the sums of a kind, by terminal."""
        return {terminal: int(count) for terminal, count in self._db.rows(_BY_TERMINAL, (kind,))}

    def lanes(self, terminal: str) -> dict[str, int]:
        """Return when each lane that was seen had its last presentation; 0: none that counts."""
        return dict(self._db.rows(_LANES, (terminal,)))

    def keep_lanes(self, terminal: str, lanes: Mapping[str, int]) -> None:
        """Write when lanes had their last presentation; inside a transaction."""
        self._db.execute_each(_KEEP_LANE, [(terminal, *lane) for lane in lanes.items()])

    def clear(self) -> None:
        """Forget all counts; inside a transaction."""
        self._db.execute("DELETE FROM tally")
        self._db.execute("DELETE FROM hour_sum")
        self._db.execute("DELETE FROM lane_end")
