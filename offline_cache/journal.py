"""The journal on disk: gapless, chained, durable before anybody acts on it.

Everything here runs on one connection, in the writer's thread (`writer.py`). An entry and its
replay claim stand or fall in one transaction.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from offline_cache.errors import CacheCorrupt, CacheError, CacheFault, HistoryParted, JournalBusy
from offline_cache.replay import (
    Claim,
    DynamicClaim,
    Recollection,
    ReplayMemory,
    part_due,
)
from offline_cache.schema import damaged, open_for_writing
from protocol.acknowledgement import Acknowledgement
from protocol.batch import BATCH_ENTRIES_MAX, Batch
from protocol.journal import (
    Draft,
    LineMalformed,
    PresentationRecord,
    extend,
    extend_all,
    genesis,
    line_of,
)
from verifier.clock import ClockQuality
from verifier.model import Verdict

# The tail is read at each opening until all is older than any replay is refused for, and at most so
# far: three days of a busy gate, in 0.8 s (one day: 0.3 s). What is read is checked against the
# chain; `scan-terminal journal verify` checks all of it.
READ_AT_OPENING_MAX = 100_000
# Rows held at once while reading back: 2 MB.
_PAGE_ENTRIES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """An entry to write; where its claim is lost, it is written as the refusal it became."""

    draft: Draft
    claim: Claim | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An entry that is durable."""

    seq: int
    draft: Draft  # as written: DENY where the claim was lost


class Journal:
    """One epoch of one terminal's journal, open for writing."""

    def __init__(self, path: Path, *, terminal: str, epoch: int) -> None:
        """Open the journal, check the chain of its tail and remember what that says was shown.

        Raises:
            CacheCorrupt: the database, or the chain of its last entries, is damaged.
            CacheError: it can't be opened, or its memory can't be written.
        """
        self._path, self.terminal, self.epoch = path, terminal, epoch
        self._has_failed = False  # a write failed: only what was durable before may be read
        self._connection = open_for_writing(path)
        try:
            self._memory = ReplayMemory(self._connection)
            self.seq, self.chain = self._end()
            told = self._told()
            self._trusted_at, self._last_at = told.trusted_at, told.last_at
            self._remember(told)
        except CacheError:
            self.close()
            raise

    def append_all(self, requests: Sequence[Append]) -> list[Appended]:
        """Write entries in one durable transaction; return them as written, in order.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: the commit failed. Whether the entries are on disk is unknown: nothing
                may be acknowledged, and the journal must be opened anew.
        """
        seq, chain, appended = self.seq, self.chain, list[Appended]()
        with self._transaction("an entry could not be made durable"):
            for request in requests:
                seq += 1
                draft = self._claimed(request, seq)
                line = line_of(draft, epoch=self.epoch, seq=seq)
                chain = extend(chain, line)
                self._connection.execute(
                    "INSERT INTO journal VALUES (?, ?, ?, ?)", (self.epoch, seq, line, chain)
                )
                appended.append(Appended(seq=seq, draft=draft))
            part = part_due(self.seq, seq)
            if part is not None:
                self._memory.prune((self.epoch, seq), self._trusted_at, part=part)
        self.seq, self.chain = seq, chain
        for request in requests:
            self._last_at = request.draft.at
            if request.draft.clock is ClockQuality.TRUSTED:
                self._trusted_at = request.draft.at
        return appended

    def advance(self, claim: DynamicClaim) -> None:
        """Remember a later proof of a presentation that has its entry, durably, without another.

        A phone redraws while it is held up; what it drew last must not be worth a passage to
        whoever photographed it.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: it could not be made durable.
        """
        with self._transaction("a proof could not be remembered"):
            self._memory.advance(claim, self._last_at, (self.epoch, self.seq))

    @contextlib.contextmanager
    def _transaction(self, what: str) -> Iterator[None]:
        """Make what the block writes durable, all of it or nothing; after a failure no more.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: the commit failed, now or before.
        """
        if self._has_failed:
            raise CacheFault(f"{self._path}: a write failed before; restart the terminal")
        self._begin()
        try:
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise CacheFault(
                f"{self._path}: {what} ({error});"
                " look at the disk's space and health, then restart the terminal"
            ) from error

    def _begin(self) -> None:
        """Begin a transaction; where that fails nothing was written, and nothing is in doubt."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # with its extended codes
                raise JournalBusy(
                    f"{self._path}: {error}; another program has it open for writing: end that"
                ) from error
            self._roll_back()
            raise CacheFault(
                f"{self._path}: no entry can be written ({error});"
                " look at the disk's space and health, then restart the terminal"
            ) from error

    def _roll_back(self) -> None:
        """Forget a transaction that failed, so that nothing of it is read and uploaded."""
        self._has_failed = True
        with contextlib.suppress(sqlite3.Error):  # often SQLite has done it already
            self._connection.execute("ROLLBACK")

    def unacknowledged(self, limit: int = BATCH_ENTRIES_MAX) -> Batch | None:
        """Return the next entries that the centre has not acknowledged; None: it holds all.

        Raises:
            CacheError: the database can't be read.
        """
        return self.batch_from(self.acked() + 1, limit)

    def batch_from(self, first: int, limit: int = BATCH_ENTRIES_MAX) -> Batch | None:
        """Return up to `limit` entries from number `first` on; None where there are none.

        Raises:
            CacheError: the database can't be read.
        """
        rows = self._read(
            "SELECT line FROM journal WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?",
            (self.epoch, first, limit),
        )
        if not rows:
            return None
        lines = tuple(line for (line,) in rows)
        return Batch(epoch=self.epoch, first=first, prev=self._chain_at(first - 1), lines=lines)

    def acked(self) -> int:
        """Return the last entry of this epoch that the centre acknowledged; 0: none.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        rows = self._read("SELECT acked FROM checkpoint WHERE epoch = ?", (self.epoch,))
        match rows:
            case []:
                return 0
            case [(int() as acked,)]:
                return acked
            case _:
                raise self._broken("the checkpoint is no number")

    def kept_acknowledgement(self) -> bytes | None:
        """Return the document behind `acked`, as it came; its signature is not checked here.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        rows = self._read("SELECT document FROM checkpoint WHERE epoch = ?", (self.epoch,))
        return bytes(rows[0][0]) if rows else None

    def acknowledge(self, ack: Acknowledgement, document: bytes) -> bool:
        """Keep an acknowledgement that was proven; return whether the checkpoint moved.

        Raises:
            CacheError: the database can't be read.
            HistoryParted: it speaks of another terminal or epoch, of entries never written, or
                of another history.
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: it could not be made durable.
        """
        if (ack.terminal, ack.epoch) != (self.terminal, self.epoch):
            raise HistoryParted("the acknowledgement is for another terminal or epoch")
        if ack.acked > self.seq or ack.head != self._chain_at(ack.acked):
            raise HistoryParted(
                f"the centre acknowledges {ack.acked} entries of a history this journal lacks"
            )
        if ack.acked <= self.acked():
            return False
        with self._transaction("the checkpoint could not be kept"):
            self._connection.execute(
                "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)",
                (self.epoch, ack.acked, document),
            )
        return True

    def close(self) -> None:
        """Give the database back."""
        self._connection.close()

    def _claimed(self, request: Append, seq: int) -> Draft:
        """Return the draft if its claim is won, else the refusal that it becomes."""
        draft, claim = request.draft, request.claim
        if claim is None or not isinstance(draft.record, PresentationRecord):
            return draft
        reason = self._memory.claim(claim, draft, (self.epoch, seq))
        if reason is None:
            return draft
        return replace(draft, record=replace(draft.record, verdict=Verdict.DENY, reason=reason))

    def _remember(self, told: Recollection) -> None:
        """Bring the replay memory up to what the journal says, and no further back than needed.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: it could not be written.
        """
        with self._transaction("what was shown could not be remembered"):
            self._memory.merge(told, (self.epoch, self.seq))
            self._memory.prune((self.epoch, self.seq), told.trusted_at)

    def _chain_at(self, seq: int) -> bytes:
        rows = self._read(
            "SELECT chain FROM journal WHERE epoch = ? AND seq = ?", (self.epoch, seq)
        )
        return bytes(rows[0][0]) if rows else genesis(self.terminal, self.epoch)

    def _end(self) -> tuple[int, bytes]:
        """Return the last number and chain value."""
        rows = self._page(None, 1)
        last, chain = (rows[0][0], rows[0][2]) if rows else (0, genesis(self.terminal, self.epoch))
        if (acked := self.acked()) > last:
            raise self._broken(f"the centre acknowledged entry {acked}, the last here is {last}")
        return last, chain

    def _told(self) -> Recollection:
        """Return what the tail says was shown; every entry read is checked against the chain."""
        told, read, before = Recollection(self.epoch), 0, None
        while not told.is_over and read < READ_AT_OPENING_MAX:
            rows = self._page(before, _PAGE_ENTRIES)
            self._check_chain(rows, before)
            for seq, line, _ in rows:
                self._recall(told, seq, line)
            if len(rows) < _PAGE_ENTRIES:
                break
            read, before = read + len(rows), rows[-1][0]
        return told

    def _recall(self, told: Recollection, seq: int, line: bytes) -> None:
        try:
            told.take(seq, line)
        except LineMalformed as error:
            raise self._broken(f"entry {seq} is not in form: {error}") from error

    def _page(self, before: int | None, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return up to `limit` entries in front of number `before`, or the last; newest first."""
        bound, values = ("", ()) if before is None else ("AND seq < ?", (before,))
        rows = self._read(
            f"SELECT seq, line, chain FROM journal WHERE epoch = ? {bound}"  # noqa: S608  # our own words
            " ORDER BY seq DESC LIMIT ?",
            (self.epoch, *values, limit),
        )
        if not all(_is_in_form(*row) for row in rows):
            raise self._broken("an entry's number, line or chain value is no such thing")
        return rows

    def _check_chain(self, rows: list[tuple[int, bytes, bytes]], before: int | None) -> None:
        """Check that entries, newest first, are whole and end in front of `before`."""
        if not rows:
            return
        first, last = rows[-1][0], rows[0][0]
        is_whole = last - first + 1 == len(rows) and before in (None, last + 1)
        chain = extend_all(self._chain_at(first - 1), (line for _, line, _ in reversed(rows)))
        if not is_whole or chain != rows[0][2]:
            raise self._broken(f"the chain is broken between entries {first} and {last}")

    def _broken(self, what: str) -> CacheCorrupt:
        return CacheCorrupt(
            f"{self._path}: {what}; run `scan-terminal journal verify`, keep the file and enrol"
            " the terminal anew"
        )

    def _read(self, sql: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds.

        Raises:
            CacheCorrupt: the database is damaged.
            CacheError: it can't be read.
        """
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise damaged(self._path, error) from error


def _is_in_form(seq: object, line: object, chain: object) -> bool:
    """Return whether a row holds what was written, for a damaged page can hold anything."""
    return isinstance(seq, int) and isinstance(line, bytes) and isinstance(chain, bytes)
