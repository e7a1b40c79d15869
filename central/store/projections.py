"""How far each projector has read the journals."""

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.engine import Database
from verifier.model import UnixSeconds

_CANDIDATES = (
    "SELECT t.terminal, t.epoch, t.acked, t.last_seen_at FROM terminal t"
    " LEFT JOIN looked_at l ON l.projector = ? AND l.terminal = t.terminal"
    " WHERE t.terminal > ? AND (? < 0 OR l.at IS NULL OR t.last_seen_at >= l.at - ?)"
    " ORDER BY t.terminal LIMIT ?"
)
_OFFSETS = "SELECT epoch, seq FROM projected WHERE projector = ? AND terminal = ?"
_MOVE = (
    "INSERT INTO projected (projector, terminal, epoch, seq) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (projector, terminal, epoch) DO UPDATE SET seq = excluded.seq"
)
_NOTE = (
    "INSERT INTO looked_at (projector, terminal, at) VALUES (?, ?, ?)"
    " ON CONFLICT (projector, terminal) DO UPDATE SET at = excluded.at"
)
_LINES = (
    "SELECT seq, line FROM journal_entry WHERE terminal = ? AND epoch = ? AND seq > ?"
    " ORDER BY seq LIMIT ?"
)
# The row of no terminal, from the moment a model is made anew until it is whole again.
_ANEW = "SELECT seq FROM projected WHERE projector = ? AND terminal = '' AND epoch = 0"
_BEGIN_ANEW = "INSERT INTO projected (projector, terminal, epoch, seq) VALUES (?, '', 0, ?)"
_END_ANEW = "DELETE FROM projected WHERE projector = ? AND terminal = '' AND epoch = 0 AND seq = ?"
_RESET = ("DELETE FROM projected WHERE projector = ?", "DELETE FROM looked_at WHERE projector = ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A terminal of which something may be new."""

    terminal: str
    epoch: int
    acked: int
    last_seen_at: UnixSeconds


class Projections:
    """Offsets by projector, terminal and epoch."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lock(self) -> None:
        """Let nobody else project until the transaction ends."""
        self._db.lock_table("projected")

    def candidates(
        self, projector: str, *, after: str, margin_s: int | None, limit: int
    ) -> list[Candidate]:
        """Return terminals behind `after`, by id, that were heard of since they were looked at.

        Args:
            projector: who looked.
            after: a terminal's id; empty: from the first.
            margin_s: what the look may have been early by; None: every terminal is returned.
            limit: how many at most.
        """
        margin = -1 if margin_s is None else margin_s
        rows = self._db.rows(_CANDIDATES, (projector, after, margin, margin, limit))
        return [
            Candidate(terminal=terminal, epoch=epoch, acked=acked, last_seen_at=last_seen_at)
            for terminal, epoch, acked, last_seen_at in rows
        ]

    def offsets(self, projector: str, terminal: str) -> dict[int, int]:
        """Return the last entry taken of each epoch."""
        return dict(self._db.rows(_OFFSETS, (projector, terminal)))

    def move(self, projector: str, terminal: str, epoch: int, seq: int) -> None:
        """Write how far an epoch is taken; inside the transaction that takes it."""
        self._db.execute(_MOVE, (projector, terminal, epoch, seq))

    def note(self, projector: str, terminals: Sequence[str], now: UnixSeconds) -> None:
        """Write that nothing of `terminals` was left at `now`."""
        with self._db.transaction():
            self._db.execute_each(_NOTE, [(projector, terminal, now) for terminal in terminals])

    def lines(self, terminal: str, epoch: int, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (seq, line) of the entries of an epoch behind entry `after`, in order."""
        rows = self._db.rows(_LINES, (terminal, epoch, after, limit))
        return [(seq, bytes(line)) for seq, line in rows]

    def reset(self, projector: str, now: UnixSeconds) -> None:
        """Forget how far a projector has read; inside a transaction."""
        for statement in _RESET:
            self._db.execute(statement, (projector,))
        self._db.execute(_BEGIN_ANEW, (projector, now))

    def anew_since(self, projector: str) -> int | None:
        """Return since when a model is being made anew; None: it is whole."""
        row = self._db.row(_ANEW, (projector,))
        return None if row is None else int(row[0])

    def is_made_anew(self, projector: str) -> bool:
        """Return whether a model is being made anew: something of the past is missing in it."""
        return self.anew_since(projector) is not None

    def end_anew(self, projector: str, since: int) -> None:
        """Write that a model, made anew since then, is whole, unless it was begun once more."""
        self._db.execute(_END_ANEW, (projector, since))
