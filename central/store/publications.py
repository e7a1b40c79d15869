"""Publications: their versions and dates, which never go back."""

from central.database.engine import Database
from verifier.model import UnixSeconds

_LAST = "SELECT version, issued_at FROM publication ORDER BY version DESC LIMIT 1"
_ADD = "INSERT INTO publication (version, issued_at) VALUES (?, ?)"


class Publications:
    """What was published so far."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def last(self) -> int:
        """Return the version of the last publication, 0 before the first."""
        row = self._db.row(_LAST)
        return 0 if row is None else int(row[0])

    def next(self, now: UnixSeconds, *, is_reset: bool, above: int = 0) -> tuple[int, UnixSeconds]:
        """Return version and date of a new publication, for good.

        The version is one more than the last, and than `above`; the date does not go back with
        this machine's clock, for terminals would refuse the folder, unless it carries a new reset
        of the floor.
        """
        with self._db.transaction():
            self._db.lock_table("publication")
            version, issued_at = self._db.row(_LAST) or (0, now)
            row = (max(version, above) + 1, now if is_reset else max(now, issued_at))
            self._db.execute(_ADD, row)
        return row
