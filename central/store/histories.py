"""What is said of entries outside the journals here: told of, or brought and kept beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.engine import Database
from protocol.journal import genesis
from verifier.model import UnixSeconds

_TOLD = ("terminal", "epoch", "seq", "head", "acked", "parts_at", "is_last", "told_at")
_TOLD_OF = (
    "SELECT terminal, epoch, seq, head, acked, parts_at, is_last, told_at FROM told"
    " WHERE terminal = ? ORDER BY epoch, seq, head"
)
_TELL = (
    "INSERT INTO told (terminal, epoch, seq, head, acked, parts_at, is_last, told_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_FORGET = "DELETE FROM told WHERE terminal = ? AND epoch = ? AND seq = ? AND head = ?"
_KEEP_ASIDE = (
    "INSERT INTO quarantine_entry (terminal, epoch, seq, line, chain)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_ASIDE = (
    "SELECT seq, chain FROM quarantine_entry"
    " WHERE terminal = ? AND epoch = ? AND seq >= ? AND seq < ?"
)
_LINES_ASIDE = (
    "SELECT epoch, seq, line FROM quarantine_entry WHERE terminal = ? ORDER BY epoch, seq, chain"
)
_END = (
    "SELECT seq, chain FROM journal_entry WHERE terminal = ? AND epoch = ?"
    " ORDER BY seq DESC LIMIT 1"
)
_NEWEST = "SELECT line FROM journal_entry WHERE terminal = ? ORDER BY epoch DESC, seq DESC LIMIT ?"
_NEWEST_ASIDE = (
    "SELECT line FROM quarantine_entry WHERE terminal = ?"
    " ORDER BY epoch DESC, seq DESC, chain LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A terminal's word that its disk holds `seq` entries, and the chain stands at `head`."""

    terminal: str
    epoch: int
    seq: int
    head: bytes
    acked: int  # the last entry held then, or when the journal was found shorter
    parts_at: int  # the first entry known to differ from the journal here; 0: none is
    is_last: bool  # whoever ended this epoch says that the disk held no more
    told_at: UnixSeconds


class Histories:
    """What was told, what is kept beside the journals, and the ends of earlier epochs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def told(self, terminal: str) -> list[Told]:
        """Return what a terminal told of entries that were not held here, by epoch and number."""
        rows = self._db.rows(_TOLD_OF, (terminal,))
        return [_told(row) for row in rows]

    def tell(self, told: Told) -> None:
        """Keep what was told; inside a transaction."""
        row = [getattr(told, name) for name in _TOLD]
        self._db.execute(_TELL, [int(each) if isinstance(each, bool) else each for each in row])

    def forget(self, told: Told) -> None:
        """Let go of what was told, for it is held now, or said anew."""
        self._db.execute(_FORGET, (told.terminal, told.epoch, told.seq, told.head))

    def end(self, terminal: str, epoch: int) -> tuple[int, bytes]:
        """Return the last entry that is held of an epoch, and the chain's value behind it."""
        row = self._db.row(_END, (terminal, epoch))
        return (0, genesis(terminal, epoch)) if row is None else (row[0], bytes(row[1]))

    def newest(self, terminal: str, limit: int) -> list[bytes]:
        """Return the newest lines of all epochs that are held of a terminal, the newest first."""
        return [bytes(line) for (line,) in self._db.rows(_NEWEST, (terminal, limit))]

    def newest_aside(self, terminal: str, limit: int) -> list[bytes]:
        """Return the newest lines that are kept beside a terminal's journal, the newest first."""
        return [bytes(line) for (line,) in self._db.rows(_NEWEST_ASIDE, (terminal, limit))]

    def keep_aside(
        self, terminal: str, epoch: int, entries: Sequence[tuple[int, bytes, bytes]]
    ) -> None:
        """Keep (seq, line, chain) beside the journal; one that is there stays."""
        self._db.execute_each(_KEEP_ASIDE, [(terminal, epoch, *entry) for entry in entries])

    def aside(self, terminal: str, epoch: int, seqs: range) -> set[tuple[int, bytes]]:
        """Return (seq, chain) of what is kept beside the journal, of every history."""
        rows = self._db.rows(_ASIDE, (terminal, epoch, seqs.start, seqs.stop))
        return {(seq, bytes(chain)) for seq, chain in rows}

    def lines_aside(self, terminal: str) -> list[tuple[int, int, bytes]]:
        """Return (epoch, seq, line) of all that is kept beside a terminal's journal."""
        return [
            (epoch, seq, bytes(line))
            for epoch, seq, line in self._db.rows(_LINES_ASIDE, (terminal,))
        ]


def _told(row: Sequence[object]) -> Told:
    members = dict(zip(_TOLD, row, strict=True))
    return Told(**{**members, "is_last": bool(members["is_last"])})  # type: ignore[arg-type]  # columns by name
