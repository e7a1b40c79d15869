"""What was shown at this terminal, so that it is not taken twice: one memory for all its lanes.

Its tables are the quick form of what the journal says. They change in the transaction of the
entry, and at each opening the journal's tail is merged into them: tables that were lost, emptied
or rolled back forget nothing that the journal knows. Only a presentation that was proven and
accepted is ever noted here (terminal/presenting.py; docs/protocol.md, "Replay").
"""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offline_cache.tables import REPLAY_TABLES
from protocol.journal import Draft
from protocol.profile_file.reading import STATIC_WINDOW_S_MAX
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds
from verifier.reasons import Reason

if TYPE_CHECKING:
    from offline_cache.recollection import Recollection

# A phone's code is over 90 s after it was drawn, at the widest (docs/cc1.md, rules 6 and 8). A
# day is for clocks: one that is set back by less brings no old photograph back.
HORIZON_S = 86_400
# A printed card is asked for as long as a profile may name, and as long as clocks may err.
STATIC_HORIZON_S = STATIC_WINDOW_S_MAX + HORIZON_S
# However old the clock calls them, so many entries are never forgotten: sixteen lanes at two
# scans a second need ten minutes to write them, and a code lives for two. So no clock that
# leaps ahead, and no holder, can make the memory let go of what is still good.
KEPT_ENTRIES = 20_000
# More rows a table than the busiest terminal shows in a day (sixteen gates of 30,000): 40 MB.
ROWS_MAX = 500_000
# Often enough that the tables grow by one per cent; a part at a time, or whoever stands at a lane
# when it is due would wait 0.6 s for all rows of the largest tables (a part: 30 ms).
PRUNED_EVERY_ENTRIES = 5_000
# By the first digit of a pseudonym: they are digests, so the parts are as large as one another.
PARTS = tuple("0123456789abcdef")

# A clock that steps back by more was wrong before: a showing noted in its future must not refuse
# a printed card until that day comes.
CLOCK_STEP_S_MIN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicClaim:
    """Wanted: that no later proof of this card was accepted at this terminal."""

    pseudonym: str
    iat: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticClaim:
    """Wanted: that this printed card was not accepted here within the window."""

    pseudonym: str
    at: UnixSeconds
    window_s: int


Claim = DynamicClaim | StaticClaim

Place = tuple[int, int]  # epoch and number of an entry: they only grow

_NOTE_PHONE = (
    "INSERT INTO shown VALUES (?, ?, ?, ?, ?) ON CONFLICT (pseudonym) DO UPDATE SET"
    " iat = excluded.iat, at = excluded.at, epoch = excluded.epoch, seq = excluded.seq WHERE "
)
_NOTE_CARD = (
    "INSERT INTO shown_static (pseudonym, at, lane, epoch, seq) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (pseudonym) DO UPDATE SET at = excluded.at, lane = excluded.lane,"
    " epoch = excluded.epoch, seq = excluded.seq, "
)
_CLAIM_PHONE = _NOTE_PHONE + "excluded.iat > iat OR iat > excluded.at + ?"
_CLAIM_CARD = _NOTE_CARD + (
    "before_at = at, before_lane = lane, before_epoch = epoch, before_seq = seq"
    " WHERE excluded.at >= at + ? OR excluded.at < at - ?"
)
_MERGE_CARD = _NOTE_CARD + (
    "before_at = NULL, before_lane = NULL, before_epoch = NULL, before_seq = NULL WHERE "
)
# What an annulment may free: this very entry's claim, made at the same lane.
_BRING_BACK = (
    "UPDATE shown_static SET at = before_at, lane = before_lane, epoch = before_epoch,"
    " seq = before_seq, before_at = NULL, before_lane = NULL, before_epoch = NULL,"
    " before_seq = NULL WHERE pseudonym = ? AND epoch = ? AND seq = ? AND lane = ?"
    " AND before_at IS NOT NULL"
)
_FREE = "DELETE FROM shown_static WHERE pseudonym = ? AND epoch = ? AND seq = ? AND lane = ?"
# Number 0 is the centre's word on what came before an epoch (protocol/snapshot_entry.py): a disk that
# goes on under a new epoch may have seen more, so that raises marks and lowers none.
_IS_NEWER = "excluded.seq > 0 AND (excluded.epoch, excluded.seq) > (epoch, seq)"
_HORIZONS_S = {"shown": HORIZON_S, "shown_static": STATIC_HORIZON_S}


class ReplayMemory:
    """The two tables; every call stands within a transaction of the journal's."""

    def __init__(self, connection: sqlite3.Connection, *, rows_max: int = ROWS_MAX) -> None:
        self._connection, self._rows_max = connection, rows_max

    def claim(self, claim: Claim, draft: Draft, place: Place) -> Reason | None:
        """Note a presentation, or return why it may not be accepted: compare and set."""
        match claim:
            case DynamicClaim():
                is_timed = draft.clock is ClockQuality.TRUSTED
                is_won = self._note_phone(claim, draft.at, place, is_timed=is_timed)
                return None if is_won else Reason.REPLAYED
            case StaticClaim(pseudonym=pseudonym, at=at, window_s=window_s):
                won = self._connection.execute(
                    _CLAIM_CARD,
                    (pseudonym, at, draft.lane, *place, window_s, CLOCK_STEP_S_MIN),
                )
                return None if won.rowcount else Reason.SHOWN_AGAIN

    def advance(self, claim: DynamicClaim, at: UnixSeconds, place: Place) -> None:
        """Note a later proof of what was shown at `at`; an earlier one changes nothing."""
        self._note_phone(claim, at, place, is_timed=False)

    def free(self, pseudonym: str, place: Place, lane: str) -> None:
        """Give a printed card back what it was before its claim at `place`, if that still stands.

        A phone's proof is never free again: the phone redraws.
        """
        if not self._connection.execute(_BRING_BACK, (pseudonym, *place, lane)).rowcount:
            self._connection.execute(_FREE, (pseudonym, *place, lane))

    def _note_phone(
        self, claim: DynamicClaim, at: UnixSeconds, place: Place, *, is_timed: bool
    ) -> bool:
        """Return whether a proof is later than the last.

        A mark more than the horizon ahead of a trusted clock was made by a phone that stood far
        ahead while the terminal did not know the time; it gives way, or its holder would be
        refused for as long as his phone had been wrong.
        """
        given_way_s = HORIZON_S if is_timed else None
        won = self._connection.execute(
            _CLAIM_PHONE,
            (claim.pseudonym, claim.iat, at, *place, given_way_s),
        )
        return bool(won.rowcount)

    def merge(self, told: "Recollection", last: Place) -> None:
        """Take in what the journal says; what the tables know beyond it stays.

        Args:
            told: the journal's tail, read.
            last: its last entry. A row that names a later one, whose entry was cut off or that
                was damaged, stays and grows old from here.
        """
        for table in REPLAY_TABLES:
            self._connection.execute(REPLAY_TABLES[table])
            self._connection.execute(
                f"UPDATE {table} SET epoch = ?, seq = ? WHERE (epoch, seq) > (?, ?)",  # noqa: S608  # a name of ours
                (*last, *last),
            )
        for freed in told.freed:
            self.free(*freed)
        self._connection.executemany(
            _NOTE_PHONE + _IS_NEWER + " OR excluded.iat > iat", told.phones.values()
        )
        self._connection.executemany(
            _MERGE_CARD + _IS_NEWER + " OR excluded.at > at", told.cards.values()
        )

    def prune(self, last: Place, trusted_at: UnixSeconds | None, *, part: str = "") -> None:
        """Let go of what no lane will ask for any more.

        Args:
            last: the journal's last entry.
            trusted_at: the moment of the last entry whose clock was trusted; neither a phone nor
                an untrusted clock says what is old. None: nobody knows, so nothing is.
            part: one of PARTS, to look at that alone; empty: at all.
        """
        for table, horizon_s in _HORIZONS_S.items():
            pruning = Pruning(table=table, horizon_s=horizon_s, rows_max=self._rows_max)
            prune(self._connection, pruning, last, trusted_at, part=part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """How long a table keeps its rows; all have `at`, `epoch` and `seq`."""

    table: str
    horizon_s: int
    rows_max: int
    key: str = "pseudonym"  # the columns of its primary key; the first is a digest in hex
    order: str = "epoch, seq"  # of too many rows, which goes first


def prune(
    connection: sqlite3.Connection,
    of: Pruning,
    last: Place,
    trusted_at: UnixSeconds | None,
    *,
    part: str,
) -> None:
    """Let go of what is over in one table; the arguments are those of `ReplayMemory.prune`."""
    epoch, seq = last
    behind = (epoch, seq - KEPT_ENTRIES)
    here = (part, part + "~")  # which stands behind every digit
    digest = of.key.partition(",")[0]
    rows_max = of.rows_max // len(PARTS) if part else of.rows_max
    if trusted_at is not None:
        connection.execute(
            f"DELETE FROM {of.table} WHERE {digest} BETWEEN ? AND ?"  # noqa: S608  # a name of ours
            " AND (epoch, seq) <= (?, ?) AND at NOT BETWEEN ? AND ?",
            (*here, *behind, trusted_at - of.horizon_s, trusted_at + of.horizon_s),
        )
    ((rows,),) = connection.execute(
        f"SELECT count(*) FROM {of.table} WHERE {digest} BETWEEN ? AND ?",  # noqa: S608  # as above
        here,
    )
    if rows > rows_max:
        connection.execute(
            f"DELETE FROM {of.table} WHERE ({of.key}) IN (SELECT {of.key} FROM {of.table}"  # noqa: S608  # as above
            f" WHERE {digest} BETWEEN ? AND ? AND (epoch, seq) <= (?, ?)"
            f" ORDER BY {of.order} LIMIT ?)",
            (*here, *behind, rows - rows_max),
        )


def part_due(before: int, last: int) -> str | None:
    """Return which of PARTS to prune once the entries behind `before`, to `last`, were written."""
    every = PRUNED_EVERY_ENTRIES // len(PARTS)
    return PARTS[last // every % len(PARTS)] if last // every > before // every else None
