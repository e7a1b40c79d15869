"""Journals: every entry that terminals brought, and the chain's value behind it."""

from collections.abc import Iterator, Sequence

from central.database.engine import Database, Row
from central.errors import RowTaken, StoreUnavailable
from central.records import StoredEntry, Terminal

# One read, about 400 kB: short enough that an upload's commit never waits for a report.
PAGE_ENTRIES = 1_000

_ENTRY = {"terminal": str, "epoch": int, "seq": int, "line": bytes, "chain": bytes}
_CHAINS = (
    "SELECT seq, chain FROM journal_entry WHERE terminal = ? AND epoch = ? AND seq >= ? AND seq < ?"
)
_BEHIND = (
    "SELECT terminal, epoch, seq, line FROM journal_entry"
    " WHERE (terminal, epoch, seq) > (?, ?, ?) ORDER BY terminal, epoch, seq LIMIT ?"
)


class Journals:
    """The terminals' journals, as exact octets."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def chains(self, terminal: str, epoch: int, seqs: range) -> dict[int, bytes]:
        """Return the chain's value behind each of the entries `seqs` that are held."""
        return dict(self._db.rows(_CHAINS, (terminal, epoch, seqs.start, seqs.stop)))

    def append(self, of: Terminal, entries: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Append (seq, line, chain) to the terminal's epoch, in order; inside a transaction.

        The row of `of` is locked, and none of `entries` is held: nothing is asked of the table
        but its key, which no engine that forgets a lock gets past.

        Raises:
            StoreUnavailable: one is held after all; brought again, it is compared with that.
        """
        rows = [(of.terminal, of.epoch, *entry) for entry in entries]
        if not rows:
            return
        try:
            self._db.copy_in("journal_entry", _ENTRY, rows)
        except RowTaken as error:
            raise StoreUnavailable(f"two wrote to the journal of {of.terminal} at once") from error

    def entries(self) -> Iterator[StoredEntry]:
        """Return every entry by terminal, epoch and seq, a page at a time."""
        place: Row = ("", 0, 0)
        while page := self._db.rows(_BEHIND, (*place, PAGE_ENTRIES)):
            for terminal, epoch, seq, line in page:
                yield StoredEntry(terminal=terminal, epoch=epoch, seq=seq, line=line)
            place = page[-1][:3]
