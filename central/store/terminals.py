"""Terminals: their keys, their epochs, and how far their journals are held."""

from central.database.engine import Database, Row
from central.records import Terminal, TerminalState
from protocol.journal import genesis
from verifier.model import UnixSeconds

_COLUMNS = "terminal, public, epoch, acked, head, status, last_seen_at"
_ALL = f"SELECT {_COLUMNS} FROM terminal ORDER BY terminal"  # noqa: S608  # our own names
_ONE = f"SELECT {_COLUMNS} FROM terminal WHERE terminal = ?"  # noqa: S608  # our own names
_SET_STATE = "UPDATE terminal SET status = ? WHERE terminal = ? RETURNING terminal"
_KEEP_HEAD = "UPDATE terminal SET acked = ?, head = ?, last_seen_at = ? WHERE terminal = ?"
_MAKE = (
    "INSERT INTO terminal (terminal, public, epoch, acked, head, last_seen_at)"
    " VALUES (?, ?, 0, 0, ?, ?) ON CONFLICT (terminal) DO NOTHING"
)
_BEGIN_EPOCH = (
    "UPDATE terminal SET public = ?, epoch = ?, acked = 0, head = ?, last_seen_at = ?"
    " WHERE terminal = ?"
)


class Terminals:
    """The enrolled terminals."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, terminal: str) -> Terminal | None:
        """Return the terminal of that id."""
        return _terminal(self._db.row(_ONE, (terminal,)))

    def locked(self, terminal: str) -> Terminal | None:
        """Return the terminal, which nobody else writes until the transaction ends."""
        return _terminal(self._db.row(_ONE + self._db.row_lock, (terminal,)))

    def all(self) -> list[Terminal]:
        """Return every terminal, by id."""
        return [found for row in self._db.rows(_ALL) if (found := _terminal(row))]

    def set_state(self, terminal: str, state: TerminalState) -> bool:
        """Write whether uploads are taken; return whether there is such a terminal."""
        return self._db.row(_SET_STATE, (state.value, terminal)) is not None

    def begin_epoch(self, terminal: str, *, public: bytes, now: UnixSeconds) -> int:
        """Begin the next epoch, the first is 1, with an empty chain under a new key.

        Inside a transaction. The row is made first and locked then: two codes for one new
        terminal, used at once, get an epoch each.
        """
        self._db.execute(_MAKE, (terminal, public, genesis(terminal, 0), now))
        held = self.locked(terminal)
        assert held is not None  # noqa: S101  # it was made above
        epoch = held.epoch + 1
        row = (public, epoch, genesis(terminal, epoch), now, terminal)
        self._db.execute(_BEGIN_EPOCH, row)
        return epoch

    def keep_head(self, of: Terminal) -> None:
        """Write how far the terminal's epoch is held, and when it was last heard of."""
        self._db.execute(_KEEP_HEAD, (of.acked, of.head, of.last_seen_at, of.terminal))


def _terminal(row: Row | None) -> Terminal | None:
    if row is None:
        return None
    terminal, public, epoch, acked, head, status, last_seen_at = row
    return Terminal(
        terminal=terminal,
        public=public,
        epoch=epoch,
        acked=acked,
        head=head,
        state=TerminalState(status),
        last_seen_at=last_seen_at,
    )
