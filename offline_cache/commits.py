"""Making what is done on the journal's connection durable: all of it, or nothing and a fault."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from offline_cache.ballast import Ballast
from offline_cache.database import is_busy, is_full
from offline_cache.errors import CacheFault, DiskFull, JournalBusy

_T = TypeVar("_T")

# With so much left by erased entries lanes serve again on a disk that is still full: 2,000 entries.
SPARE_OCTETS_MIN = 1_048_576


class Commits:
    """The transactions of one connection; once one has failed there are no more."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, ballast: Ballast | None = None
    ) -> None:
        self._connection, self._path, self._ballast = connection, path, ballast
        self.has_failed = False  # what is on the disk is in doubt: only reading is allowed
        self.unchecked = 0  # commits since the log was last brought into the database
        self._full: DiskFull | None = None  # the last one found no room

    def run(self, what: str, work: Callable[[], _T]) -> _T:
        """Return what `work` returns, once all that it wrote is durable.

        Args:
            what: what has failed if it fails, in a technician's words.
            work: writes; where the disk is full and there is a ballast it is done again.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            DiskFull: there is no room, and no ballast any more; nothing was written.
            CacheFault: the commit failed, now or before: what is on the disk is unknown.
        """
        try:
            return self._once(what, work)
        except DiskFull:
            if self._ballast is None or not self._ballast.release():
                raise
        return self._once(what, work)

    @property
    def is_short(self) -> bool:
        """Return whether the last one found no room, and nothing has changed that since."""
        return self._full is not None

    def require_room(self, *, spare_octets: int = 0) -> None:
        """Take back the room that was given up; after a full disk, make sure that there is some.

        Args:
            spare_octets: what the database has of its own, where entries were erased.

        Raises:
            DiskFull: there still is none.
        """
        is_held = self._ballast is None or self._ballast.hold()
        if self._full is not None and not is_held and spare_octets < SPARE_OCTETS_MIN:
            raise self._full
        self._full = None

    def checkpoint(self) -> None:
        """Bring the log into the database, as far as readers let it.

        Raises:
            CacheFault: it could not be written or synced.
        """
        self.unchecked = 0
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        except sqlite3.Error as error:
            if not is_busy(error) and not is_full(error):  # both may pass, and lose nothing
                raise self._poisoned("its log could not be worked off", error) from error

    def _once(self, what: str, work: Callable[[], _T]) -> _T:
        if self.has_failed:
            raise CacheFault(f"{self._path}: a write failed before; it has to be written anew")
        self._begin()
        try:
            told = work()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._is_taken_back() and is_full(error):
                self._full = DiskFull(
                    f"{self._path}: {what}: the disk is full ({error}). Make room, and lanes serve"
                    " again by themselves"
                )
                raise self._full from error
            raise self._poisoned(what, error) from error
        self.unchecked += 1
        return told

    def _begin(self) -> None:
        """Begin a transaction; where that fails nothing was written, and nothing is in doubt."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_busy(error):
                raise JournalBusy(
                    f"{self._path}: {error}; another program has it open for writing: end that"
                ) from error
            raise self._poisoned("no entry can be written", error) from error

    def _is_taken_back(self) -> bool:
        """Forget a transaction that failed, so that nothing of it is read and uploaded."""
        with contextlib.suppress(sqlite3.Error):  # often SQLite has done it already
            self._connection.execute("ROLLBACK")
        return not self._connection.in_transaction

    def _poisoned(self, what: str, error: sqlite3.Error) -> CacheFault:
        self.has_failed = True
        return CacheFault(f"{self._path}: {what} ({error}); look at the disk's space and health")
