"""How terminals said they do, with their last checkpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from central.database.engine import Database, Row
from central.records import TerminalState
from verifier.model import UnixSeconds

# What terminals told of the epoch at hand counts, unless it parts from what is held.
_STANDING = (
    "SELECT t.terminal, t.status, t.epoch, t.acked, t.last_seen_at, h.told_at, h.report,"
    " (SELECT max(seq) FROM told WHERE told.terminal = t.terminal AND told.epoch = t.epoch"
    " AND told.parts_at = 0)"
    " FROM terminal t LEFT JOIN health h ON h.terminal = t.terminal"
)
_PAGE = f"{_STANDING} WHERE t.terminal > ? ORDER BY t.terminal LIMIT ?"
_ONE = f"{_STANDING} WHERE t.terminal = ?"

_KEEP = (
    "INSERT INTO health (terminal, report, told_at) VALUES (?, ?, ?) ON CONFLICT (terminal)"
    " DO UPDATE SET report = excluded.report, told_at = excluded.told_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one terminal stands: what the centre holds of it, and what it said of itself."""

    terminal: str
    state: TerminalState
    epoch: int
    acked: int
    known: int  # the last entry that is known to exist
    last_seen_at: UnixSeconds
    told_at: UnixSeconds | None  # None: it never told
    health: Mapping[str, object]


class Health:
    """What terminals told last."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, after: str, limit: int) -> list[Standing]:
        """Return the terminals behind `after`, by id, `limit` at most."""
        return [_standing(row) for row in self._db.rows(_PAGE, (after, limit))]

    def one(self, terminal: str) -> Standing | None:
        """Return how one terminal stands; None: there is none of that id."""
        row = self._db.row(_ONE, (terminal,))
        return None if row is None else _standing(row)

    def keep(self, terminal: str, report: str, now: UnixSeconds) -> None:
        """Keep how a terminal does, in the place of what it said before."""
        self._db.execute(_KEEP, (terminal, report, now))


def _standing(row: Row) -> Standing:
    terminal, status, epoch, acked, last_seen_at, told_at, report, told = row
    return Standing(
        terminal=terminal,
        state=TerminalState(status),
        epoch=epoch,
        acked=acked,
        known=max(acked, told or 0),
        last_seen_at=last_seen_at,
        told_at=told_at,
        health={} if report is None else json.loads(report),
    )
