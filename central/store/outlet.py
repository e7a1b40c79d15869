"""The outlet's order: runs of entries in the order in which they were first seen.

A number once given stays with its entry, so that a cursor stays good; runs are not made anew.
"""

from central.database.engine import Database

_LAST = "SELECT first, events, terminal, epoch, seq FROM outlet_run ORDER BY first DESC LIMIT 1"
_GROW = "UPDATE outlet_run SET events = ? WHERE first = ?"
_ADD = "INSERT INTO outlet_run (first, events, terminal, epoch, seq) VALUES (?, ?, ?, ?, ?)"
_WITH = (
    "SELECT first, events, terminal, epoch, seq FROM outlet_run WHERE first <= ?"
    " ORDER BY first DESC LIMIT 1"
)
_BEHIND = (
    "SELECT first, events, terminal, epoch, seq FROM outlet_run WHERE first > ?"
    " ORDER BY first LIMIT ?"
)
_LINES = (
    "SELECT seq, line FROM journal_entry WHERE terminal = ? AND epoch = ? AND seq >= ? AND seq < ?"
    " ORDER BY seq"
)

Numbered = tuple[int, str, int, int, bytes]  # number, terminal, epoch, seq, line


class Outlet:
    """Entries by number, from 1 without a gap."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, terminal: str, epoch: int, seq: int, events: int) -> None:
        """Give the next numbers to `events` entries from `seq` on; inside a transaction."""
        last = self._db.row(_LAST)
        if last is None:
            self._db.execute(_ADD, (1, events, terminal, epoch, seq))
            return
        first, count, *place = last
        if place == [terminal, epoch, seq - count]:
            self._db.execute(_GROW, (count + events, first))
        else:
            self._db.execute(_ADD, (first + count, events, terminal, epoch, seq))

    def behind(self, after: int, limit: int) -> list[Numbered]:
        """Return the entries behind number `after`, `limit` at most."""
        found: list[Numbered] = []
        for first, count, terminal, epoch, seq in self._runs(after, limit):
            skipped = max(0, after + 1 - first)
            begin, end = seq + skipped, seq + min(count, skipped + limit - len(found))
            if begin >= end:
                continue
            rows = self._db.rows(_LINES, (terminal, epoch, begin, end))
            found += [
                (first + place - seq, terminal, epoch, place, bytes(line)) for place, line in rows
            ]
        return found

    def _runs(self, after: int, limit: int) -> list[tuple[int, int, str, int, int]]:
        rows = self._db.rows(_WITH, (after + 1,)) + self._db.rows(_BEHIND, (after + 1, limit))
        return [(first, count, terminal, epoch, seq) for first, count, terminal, epoch, seq in rows]
