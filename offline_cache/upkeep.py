"""What a journal does while nobody waits: snapshots of its memory, and erasing what may go.

An entry is erased only below a signed acknowledgement, below the newest complete snapshot set,
behind the last KEPT_ENTRIES, and when it is old. Every step is small: whoever comes to a lane
meanwhile waits for one of them.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Protocol

from offline_cache.care import Care
from offline_cache.entries import Standing
from offline_cache.errors import DiskFull
from offline_cache.own_checkpoints import OwnCheckpoints
from offline_cache.replay import HORIZON_S, KEPT_ENTRIES, STATIC_HORIZON_S
from offline_cache.snapshot_taking import MARKED, Read, SnapshotTaker
from protocol.snapshot_entry import SnapshotRecord
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds

# 15 ms on a slow card: looked at, and erased, at once.
STEP_ENTRIES = 500
# Commits cost more than what they carry: so many parts of a set share one.
PARTS_PER_STEP = 8
# A mark is a fifth of an entry, so a set costs a tenth of what it lets go, at most.
SNAPSHOT_EVERY_ENTRIES = KEPT_ENTRIES
# Groups of at most 64 entries: 6 MB between two looks, of 15 us each.
GROUPS_UNLOOKED_MAX = 256
# Of the room that entries may take: above it the age does not count any more. What is left takes
# a day of the busiest gate.
PRESSED_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The entries of an epoch to erase, from its first to `last`."""

    epoch: int
    last: int


class Kept(Protocol):
    """What a journal knows of itself."""

    epoch: int
    seq: int

    trusted_at: UnixSeconds | None  # of the last entry whose clock was trusted


class Upkeep:
    """Plans the steps; it reads, and what writes stands within a transaction of the journal's."""

    def __init__(
        self, connection: sqlite3.Connection, read: Read, care: Care, *, through: int
    ) -> None:
        """Begin where the journal was opened.

        Args:
            connection: the journal's, for writing.
            read: runs a query on it; CacheError where the database can't be read.
            care: how long to keep, and how much.
            through: of the newest complete snapshot set; 0: there is none.
        """
        self._connection, self._read, self._care = connection, read, care
        self.through = through
        self._taker: SnapshotTaker | None = None
        self._is_due = True  # something may have come to go since it was looked at last
        self._unlooked, self._over = 0, self._too_large()

    @property
    def is_taking(self) -> bool:
        """Return whether a snapshot set is begun."""
        return self._taker is not None

    def ask(self) -> None:
        """Look again: something was acknowledged, or room is short."""
        self._is_due = True

    def parts(self) -> list[SnapshotRecord]:
        """Return the next parts of a set that is being taken; none where none is."""
        return [] if self._taker is None else self._taker.parts(PARTS_PER_STEP)

    def took(self, parts: list[SnapshotRecord]) -> None:
        """Note that parts are durable."""
        if parts[-1].is_last:
            self.through, self._taker = parts[-1].through, None
            self._is_due = True

    def drop(self) -> None:
        """Forget a set of which a part was not written: it can't be completed any more."""
        self._taker = None

    def erasure(self, kept: Kept, *, is_short: bool = False) -> Erasure | None:
        """Return what may be erased now; where only a snapshot is missing, begin one.

        Args:
            kept: the journal.
            is_short: the disk is full, so whatever may go at all does.
        """
        if not self._is_due and not is_short:
            return None
        is_pressed = is_short or self.used_octets() > PRESSED_SHARE * self._care.octets_max
        for epoch, acked in self._read(
            "SELECT epoch, acked FROM checkpoint WHERE epoch <= ? ORDER BY epoch", (kept.epoch,)
        ):
            bound = min(acked, self._behind(epoch, kept))
            last = self._outside(epoch, bound, kept.trusted_at, is_pressed=is_pressed)
            if epoch == kept.epoch and last > self.through:
                self._begin_snapshot(kept, is_pressed=is_pressed)
                last = min(last, self.through)
            if last and self._first(epoch) <= last:
                return Erasure(epoch=epoch, last=last)
        self._is_due = False
        return None

    def erase(self, erasure: Erasure, own: OwnCheckpoints) -> Standing:
        """Erase entries; return, and sign, where the chain goes on behind them."""
        here = (erasure.epoch, erasure.last)
        ((chain,),) = self._connection.execute(
            "SELECT chain FROM journal WHERE epoch = ? AND seq = ?", here
        ).fetchall()
        base = Standing(epoch=erasure.epoch, seq=erasure.last, chain=bytes(chain))
        self._connection.execute(
            "INSERT OR REPLACE INTO erased VALUES (?, ?, ?)", (*here, own.sign(base))
        )
        self._connection.execute("DELETE FROM journal WHERE epoch = ? AND seq <= ?", here)
        self._connection.execute("DELETE FROM own_checkpoint WHERE epoch = ? AND seq <= ?", here)
        self._connection.execute("DELETE FROM answered WHERE epoch = ? AND seq <= ?", here)
        return base

    def used_octets(self) -> int:
        """Return how much of the database is in use; what was erased is used again."""
        return self._told("page_count") * self._told("page_size") - self.spare_octets()

    def spare_octets(self) -> int:
        """Return how much erased entries have left in the database."""
        return self._told("freelist_count") * self._told("page_size")

    def _told(self, name: str) -> int:
        return int(self._read(f"PRAGMA {name}", ())[0][0])

    def require_size(self, *, exactly: bool = False) -> None:
        """Make sure that the journal may grow.

        Args:
            exactly: look now; else only where it has grown since it was looked at last.

        Raises:
            DiskFull: it may not.
        """
        self._unlooked += 1
        if not exactly and self._over is None and self._unlooked < GROUPS_UNLOOKED_MAX:
            return
        self._unlooked, self._over = 0, self._too_large()
        if self._over is not None:
            self._is_due = True
            raise self._over

    def _too_large(self) -> DiskFull | None:
        used, most = self.used_octets(), self._care.octets_max
        if used < most:
            return None
        return DiskFull(
            f"the journal holds {used // 1_000_000} MB of the {most // 1_000_000} that"
            " journal.size_mb_max allows, and nothing in it may go: the centre has not"
            " acknowledged it, or it is too young. Look at the sync; allow more if the disk has it"
        )

    def _begin_snapshot(self, kept: Kept, *, is_pressed: bool) -> None:
        if self._taker is not None:
            return
        behind = kept.seq - self.through
        if is_pressed or behind >= max(SNAPSHOT_EVERY_ENTRIES, self._marks()):
            self._taker = SnapshotTaker(self._read, epoch=kept.epoch, through=kept.seq)

    def _marks(self) -> int:
        counts = [self._read(f"SELECT count(*) FROM {table}", ()) for table in MARKED]  # noqa: S608  # names of ours
        return sum(int(count) for ((count,),) in counts)

    def _behind(self, epoch: int, kept: Kept) -> int:
        """Return the last entry that others do not stand for: of an old epoch all but its end."""
        if epoch == kept.epoch:
            return kept.seq - KEPT_ENTRIES
        ((last,),) = self._read(
            "SELECT coalesce(max(seq), 0) FROM journal WHERE epoch = ?", (epoch,)
        )
        return int(last) - 1

    def _first(self, epoch: int) -> int:
        """Return the first entry of an epoch that is still there; one behind all: none is."""
        ((first,),) = self._read(
            "SELECT coalesce(min(seq), 1 << 62) FROM journal WHERE epoch = ?", (epoch,)
        )
        return int(first)

    def _outside(
        self, epoch: int, bound: int, trusted_at: UnixSeconds | None, *, is_pressed: bool
    ) -> int:
        """Return the last of the oldest entries up to `bound` that are all old; 0: none is.

        An entry under an untrusted clock is as old as the next one that knows its time. Where
        room is short, printed cards of the last month are in the snapshot alone.
        """
        if trusted_at is None:
            return 0
        keep_s = HORIZON_S if is_pressed else max(self._care.keep_s, STATIC_HORIZON_S)
        last = 0
        for seq, line in self._read(
            "SELECT seq, line FROM journal WHERE epoch = ? AND seq <= ? ORDER BY seq LIMIT ?",
            (epoch, bound, STEP_ENTRIES),
        ):
            match _moment(line):
                case (at, True) if abs(trusted_at - at) > keep_s:
                    last = seq
                case (_, False):
                    continue
                case _:
                    break
        return last


def _moment(line: bytes) -> tuple[int, bool] | None:
    """Return when an entry was written, and whether its clock was trusted; None: it is damaged."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match entry:
        case {"at": int() as at, "clock": str() as clock}:
            return at, clock == ClockQuality.TRUSTED.value
        case _:
            return None
