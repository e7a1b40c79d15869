"""Cards: which status index each has, and its status."""

from collections.abc import Sequence

from central.database.engine import Database
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, Status

_ALLOTTED = "SELECT coalesce(max(status_index), -1) + 1 FROM card"
_ALLOT = "INSERT INTO card (status_index, subject, issued_at) VALUES (?, ?, ?)"
_SET_STATUS = "UPDATE card SET status = ? WHERE status_index = ? RETURNING status_index"
_NOT_VALID = (
    "SELECT status_index, status FROM card"
    " WHERE status <> 0 AND status_index >= ? AND status_index < ?"
)


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

    def set_status(self, index: int, status: Status) -> bool:
        """Write a card's status; return whether there is such a card."""
        return self._db.row(_SET_STATUS, (status.value, index)) is not None

    def allotted(self) -> int:
        """Return how many status indexes are taken; the next card gets this one."""
        number: int = self._db.rows(_ALLOTTED)[0][0]
        return number

    def statuses(self, shard: int) -> dict[int, int]:
        """Return what is not VALID in `shard`: value by place within it."""
        first = shard * SHARD_CARDS
        rows = self._db.rows(_NOT_VALID, (first, first + SHARD_CARDS))
        return {index - first: status for index, status in rows}
