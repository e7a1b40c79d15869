"""Cards: which status index each has, and its status."""

from collections.abc import Iterator, Sequence

from central.database.engine import Database
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, Status

_ALLOTTED = "SELECT coalesce(max(status_index), -1) + 1 FROM card"
_ALLOT = "INSERT INTO card (status_index, subject, issued_at) VALUES (?, ?, ?)"
_SET_STATUS = "UPDATE card SET status = ? WHERE status_index = ? RETURNING subject"
_STOPPED = (
    "SELECT status_index, subject, status FROM card"
    " WHERE status <> 0 AND status_index > ? ORDER BY status_index LIMIT ?"
)
_NOT_VALID = (
    "SELECT status_index, status FROM card"
    " WHERE status <> 0 AND status_index >= ? AND status_index < ?"
)

# One read; some 40 kB.
PAGE_CARDS = 1_000


class Cards:
    """The issuer's cards."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def allot(self, subjects: Sequence[bytes], now: UnixSeconds) -> range:
        """Return the status indexes of new cards, one for each of `subjects`, in order."""
        with self._db.transaction():
            self._db.lock_table("card")
            first = self.allotted()
            indexes = range(first, first + len(subjects))
            rows = [(index, subject, now) for index, subject in zip(indexes, subjects, strict=True)]
            self._db.execute_each(_ALLOT, rows)
        return indexes

    def set_status(self, index: int, status: Status) -> bytes | None:
        """Write a card's status; return its subject, None where there is no such card."""
        row = self._db.row(_SET_STATUS, (status.value, index))
        return None if row is None else bytes(row[0])

    def stopped(self) -> Iterator[tuple[bytes, int]]:
        """Return subject and status of each card that is not valid, a page at a time."""
        place = -1
        while page := self._db.rows(_STOPPED, (place, PAGE_CARDS)):
            for place, subject, status in page:  # noqa: B007  # the last one is the place
                yield bytes(subject), status

    def allotted(self) -> int:
        """Return how many status indexes are taken; the next card gets this one."""
        number: int = self._db.rows(_ALLOTTED)[0][0]
        return number

    def statuses(self, shard: int) -> dict[int, int]:
        """Return what is not VALID in `shard`: value by place within it."""
        first = shard * SHARD_CARDS
        rows = self._db.rows(_NOT_VALID, (first, first + SHARD_CARDS))
        return {index - first: status for index, status in rows}
