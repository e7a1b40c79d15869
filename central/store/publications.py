"""Publications: their versions and dates, which never go back."""

from central.database.engine import Database
from verifier.model import UnixSeconds

_LAST = "SELECT version, issued_at FROM publication ORDER BY version DESC LIMIT 1"
_ADD = "INSERT INTO publication (version, issued_at) VALUES (?, ?)"


class Publications:
    """What was published so far."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def next(self, now: UnixSeconds, *, is_reset: bool) -> tuple[int, UnixSeconds]:
        """Return version and date of a new publication, for good.

        The version is one more than the last; the date does not go back with this machine's
        clock, for terminals would refuse the folder, unless it carries a new reset of the floor.
        """
        with self._db.transaction():
            self._db.lock_table("publication")
            version, issued_at = self._db.row(_LAST) or (0, now)
            row = (version + 1, now if is_reset else max(now, issued_at))
            self._db.execute(_ADD, row)
        return row
