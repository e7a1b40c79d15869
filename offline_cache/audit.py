"""Reading a journal that belongs to somebody else: for `journal tail`, `verify` and `export`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from offline_cache.chain_audit import Audit, ChainAudit
from offline_cache.database import UNREADABLE, damaged
from offline_cache.errors import CacheError
from offline_cache.schema import open_for_reading


class JournalReader:
    """A journal opened beside its writer, or without one; it can't change anything."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            CacheError: there is none, or it is damaged.
        """
        self._path = path
        self._connection = open_for_reading(path)

    def close(self) -> None:
        """Give the database back."""
        self._connection.close()

    def tail(self, count: int) -> list[tuple[int, bytes]]:
        """Return epoch and line of the last `count` entries, oldest first."""
        rows = self._rows(
            "SELECT epoch, CAST(line AS BLOB) FROM journal ORDER BY epoch DESC, seq DESC LIMIT ?",
            (count,),
        )
        return [(epoch, line or b"") for epoch, line in rows][::-1]

    def lines(self) -> Iterator[bytes]:
        """Yield every entry's line, oldest first, as it is: damage is found by `audit`."""
        for (line,) in self._rows("SELECT CAST(line AS BLOB) FROM journal ORDER BY epoch, seq"):
            yield line or b""

    def count(self) -> int:
        """Return how many entries there are, as far as that can be read."""
        try:
            ((count,),) = self._rows("SELECT count(*) FROM journal")
        except CacheError:  # whoever reads on is told what is damaged
            return 0
        return int(count)

    def checkpoint(self) -> tuple[int, int]:
        """Return the newest acknowledged epoch and its last acknowledged entry; (0, 0): none."""
        rows = list(self._rows("SELECT epoch, acked FROM checkpoint ORDER BY epoch DESC LIMIT 1"))
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def mode(self) -> str:
        """Return how the database journals itself: `wal`, unless somebody changed it."""
        ((mode,),) = self._rows("SELECT CAST(journal_mode AS BLOB) FROM pragma_journal_mode")
        return bytes(mode).decode("ascii", "replace")

    def last(self) -> tuple[int, int]:
        """Return epoch and number of the last entry; (0, 0) where there is none."""
        rows = list(
            self._rows("SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1")
        )
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def audit(
        self,
        terminal: str,
        *,
        public: bytes | None = None,
        tell: Callable[[int], object] = lambda _: None,
    ) -> Audit:
        """Return what recomputing every line and the whole chain found; damage raises nothing.

        A cut tail can only be noticed down to the last acknowledgement, and to the terminal's own
        last checkpoint: entries behind both that are gone leave no trace in the journal itself.

        Args:
            terminal: whose it is.
            public: the terminal's key; None: what it signed itself is not looked at.
            tell: called with the number of entries looked at, now and then.
        """
        with self._one_moment():
            return ChainAudit(self._rows, terminal=terminal, public=public, tell=tell).audit()

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Have all queries see the journal as it is now: its writer may erase meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def _rows(self, sql: str, values: tuple[int, ...] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(sql, values)
        except UNREADABLE as error:
            raise damaged(self._path, error) from error
