"""The journal on disk: gapless, chained, durable before anybody acts on it.

Everything here runs on one connection, in the writer's thread (`writer.py`). An entry and its
replay claim stand or fall in one transaction.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offline_cache import database
from offline_cache.ballast import ballast_beside
from offline_cache.care import Care
from offline_cache.commits import Commits
from offline_cache.entries import Entries, Standing
from offline_cache.errors import CacheError, CacheFault, HistoryParted, ReferenceRefused
from offline_cache.ledger import FoundUse, KeyUsed, UseClaim
from offline_cache.own_checkpoints import OwnCheckpoints, is_due
from offline_cache.recollection import Recollection, recollect
from offline_cache.recovery import remove_replaced, write_anew
from offline_cache.replay import Claim, DynamicClaim, part_due
from offline_cache.ruling import Ruling
from offline_cache.schema import open_for_writing
from offline_cache.upkeep import Erasure, Upkeep
from protocol.acknowledgement import Acknowledgement
from protocol.batch import BATCH_ENTRIES_MAX, Batch
from protocol.journal import Draft, extend, line_of
from protocol.snapshot_entry import SnapshotRecord
from verifier.clock import ClockQuality
from verifier.limits import CardStanding
from verifier.model import UnixSeconds

# The log is worked off while nobody waits: after so many commits, or SQLite does it within one,
# after 1,000 pages, while somebody stands before the gate.
COMMITS_UNCHECKED_MAX = 200

_WRITE_ENTRY = "INSERT INTO journal VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """An entry to write; where its claim is lost, it is written as the refusal it became."""

    draft: Draft
    claim: Claim | None
    use: UseClaim | None = None  # what the ledger must hold; None: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An entry that is durable."""

    seq: int
    draft: Draft  # as written: DENY or REFER where a claim was lost


NotAppended = KeyUsed | ReferenceRefused
"""Why an entry was not written while others were: nothing of it was noted."""


class Journal:
    """One epoch of one terminal's journal, open for writing."""

    def __init__(self, path: Path, *, terminal: str, epoch: int, care: Care | None = None) -> None:
        """Open the journal, check the chain of its tail and remember what that says was shown.

        Args:
            path: what it is called; where it had to be written anew, another file stands for it.
            terminal: whose it is.
            epoch: the one that is written; those before it stay beside it.
            care: what the daemon gives its journal.

        Raises:
            CacheCorrupt: the database, or the chain of its last entries, is damaged.
            CacheError: it can't be opened, or its memory can't be written.
        """
        self._path, self.terminal, self.epoch = path, terminal, epoch
        self._care = Care() if care is None else care
        self._ballast = ballast_beside(path, octets=self._care.ballast_octets)
        self._connection = open_for_writing(path)
        try:
            self._attach()
            end = self._entries.end()
            self.seq, self.chain = end.seq, end.chain
            told = recollect(self._entries, epoch)
            self.trusted_at, self._last_at = told.trusted_at, told.last_at
            self._upkeep = self._upkeep_from(told.through or 0)
            self._remember(told)
            with contextlib.suppress(OSError):  # what is older is gone at the next opening
                remove_replaced(path, self._standing())
        except CacheError:
            self._connection.close()
            raise

    def _attach(self) -> None:
        """Work on the connection from here on."""
        key = self._care.key
        self._ruling = Ruling(self._connection, epoch=self.epoch)
        self._entries = Entries(
            self._connection,
            self._path,
            terminal=self.terminal,
            epoch=self.epoch,
            public=None if key is None else key.public,
        )
        self._own = (
            None
            if key is None
            else OwnCheckpoints(self._connection, terminal=self.terminal, key=key)
        )
        self._commits = Commits(self._connection, self._path, self._ballast)
        with contextlib.suppress(OSError):  # it is a little slower without
            if self._care.log_octets:
                database.calls.lengthen_log(database.newest(self._path), self._care.log_octets)

    @property
    def has_failed(self) -> bool:
        """Return whether a write failed: nothing more is written before `recover`."""
        return self._commits.has_failed

    def append_all(self, requests: Sequence[Append]) -> list[Appended]:
        """Write entries in one durable transaction; return them as written, in order.

        Raises:
            KeyUsed, ReferenceRefused: one is not to be written; the others are.
            CacheFault: as `append_each` says.
        """
        written = list[Appended]()
        for each in self.append_each(requests):
            if not isinstance(each, Appended):
                raise each
            written.append(each)
        return written

    def append_each(self, requests: Sequence[Append]) -> list[Appended | NotAppended]:
        """Write entries in one durable transaction; return them as written, or why not, in order.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            DiskFull: there is no room for them; nothing was written.
            CacheFault: the commit failed. Whether the entries are on disk is unknown: nothing
                may be acknowledged before `recover`, which leaves them out.
        """
        self._upkeep.require_size()
        return self._append_each(requests)

    def _append_each(self, requests: Sequence[Append]) -> list[Appended | NotAppended]:
        end, appended = self._commits.run(
            "an entry could not be made durable", lambda: self._write(requests)
        )
        self.seq, self.chain = end.seq, end.chain
        self._ruling.ledger.committed()
        for each in appended:
            if isinstance(each, Appended):
                self._last_at = each.draft.at
                if each.draft.clock is ClockQuality.TRUSTED:
                    self.trusted_at = each.draft.at
        return appended

    def _write(self, requests: Sequence[Append]) -> tuple[Standing, list[Appended | NotAppended]]:
        """Write entries within a transaction; return where the chain then stands."""
        seq, chain, appended = self.seq, self.chain, list[Appended | NotAppended]()
        self._ruling.ledger.begin()
        for request in requests:
            place = (self.epoch, seq + 1)
            try:
                draft = self._ruling.written(request.draft, request.claim, request.use, place)
            except (KeyUsed, ReferenceRefused) as refused:
                appended.append(refused)
                continue
            seq += 1
            line = line_of(draft, epoch=self.epoch, seq=seq)
            chain = extend(chain, line)
            self._connection.execute(_WRITE_ENTRY, (self.epoch, seq, line, chain))
            appended.append(Appended(seq=seq, draft=draft))
        end = Standing(epoch=self.epoch, seq=seq, chain=chain)
        if self._own is not None and is_due(self.seq, seq):
            self._own.keep(end)
        part = part_due(self.seq, seq)
        if part is not None:
            self._ruling.prune((self.epoch, seq), self.trusted_at, part=part)
        return end, appended

    def advance(self, claim: DynamicClaim) -> None:
        """Remember a later proof of a presentation that has its entry, durably, without another.

        A phone redraws while it is held up; what it drew last must not be worth a passage to
        whoever photographed it.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: it could not be made durable.
        """
        self._commits.run(
            "a proof could not be remembered",
            lambda: self._ruling.memory.advance(claim, self._last_at, (self.epoch, self.seq)),
        )

    def card_standing(
        self,
        pseudonym: str,
        *,
        currency: str,
        zone: str,
        profile: str,
        at: UnixSeconds,
        velocity_window_s: int = 0,
    ) -> CardStanding:
        """Return how a card stands here at the instant `at`, by what was used in the last month.

        Raises:
            CacheError: the database can't be read.
        """
        return self._entries.looked_up(
            lambda: self._ruling.ledger.card_standing(
                pseudonym,
                currency=currency,
                zone=zone,
                profile=profile,
                at=at,
                velocity_window_s=velocity_window_s,
            )
        )

    def find_use(self, client: str, key: str) -> FoundUse | None:
        """Return the last entry that was made for a client's key; None: none in the last month.

        Raises:
            CacheError: the database can't be read.
        """
        return self._entries.looked_up(lambda: self._ruling.ledger.find(client, key))

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
        lines = self._entries.batch(first, limit)
        if not lines:
            return None
        return Batch(epoch=self.epoch, first=first, prev=self._chain_at(first - 1), lines=lines)

    def acked(self) -> int:
        """Return the last entry of this epoch that the centre acknowledged; 0: none.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        return self._entries.acknowledged()[0]

    def kept_acknowledgement(self) -> bytes | None:
        """Return the document behind `acked`, as it came; its signature is not checked here.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        return self._entries.acknowledged()[1] or None

    def checkpoint(self) -> bytes | None:
        """Return the terminal's signed word on where the journal stands now; None: it has no key.

        What it says is durable: the centre may hold the terminal to it.
        """
        return None if self._own is None else self._own.sign(self._standing())

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
        if self.contradicts(ack.acked, ack.head):
            raise HistoryParted(
                f"the centre acknowledges {ack.acked} entries of a history this journal lacks"
            )
        if ack.acked <= self.acked():
            return False
        self._commits.run(
            "the checkpoint could not be kept", lambda: self._keep(ack.acked, document)
        )
        self._ruling.ledger.look_again()
        self._upkeep.ask()
        return True

    def contradicts(self, acked: int, head: bytes) -> bool:
        """Return whether a centre that holds `acked` entries up to `head` holds another history.

        Raises:
            CacheError: the database can't be read.
        """
        if acked < self._entries.base.seq:
            return False  # of entries that are gone, for a later acknowledgement was kept
        return acked > self.seq or head != self._chain_at(acked)

    def _keep(self, acked: int, document: bytes) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", (self.epoch, acked, document)
        )
        if self._own is not None:
            self._own.keep(self._standing())

    def rest(self) -> bool:
        """Do a little of what can wait while nobody does; return whether there is more.

        Raises:
            DiskFull: there is no room for another entry.
            CacheFault: the disk is failing, and nothing may be written before `recover`.
        """
        if not self._commits.is_short:
            self._commits.require_room()  # the ballast may be held again
        if self._commits.unchecked >= COMMITS_UNCHECKED_MAX:
            self._commits.checkpoint()
        has_more = self._own is not None and self._tidy(self._own)
        if not has_more:
            self._commits.require_room(spare_octets=self._upkeep.spare_octets())
            self._upkeep.require_size(exactly=True)
        return has_more

    def _upkeep_from(self, through: int) -> Upkeep:
        return Upkeep(self._connection, self._entries.read, self._care, through=through)

    def _tidy(self, own: OwnCheckpoints) -> bool:
        """Take a step of a snapshot, or erase a little; return whether there was anything."""
        if parts := self._upkeep.parts():
            self._take(parts)
            return True
        erasure = self._upkeep.erasure(self, is_short=self._commits.is_short)
        if erasure is not None:
            self._erase(erasure, own)
        return erasure is not None or self._upkeep.is_taking

    def _take(self, parts: list[SnapshotRecord]) -> None:
        """Write parts of a snapshot set; they are of the moment of the last entry."""
        clock = ClockQuality.UNTRUSTED
        drafts = [Draft(at=self._last_at, clock=clock, lane="", record=part) for part in parts]
        try:
            self._append_each([Append(draft=draft, claim=None) for draft in drafts])
        except CacheFault:
            self._upkeep.drop()
            raise
        self._upkeep.took(parts)

    def _erase(self, erasure: Erasure, own: OwnCheckpoints) -> None:
        base = self._commits.run(
            "entries could not be erased", lambda: self._upkeep.erase(erasure, own)
        )
        if base.epoch == self.epoch:
            self._entries.base = base

    def recover(self) -> None:
        """Write the journal anew after a failed commit or sync, and go on in the new file.

        Raises:
            CacheError: it could not be; everything is as it was before.
        """
        write_anew(self._path, base=self._entries.base, end=self._standing())
        doubtful, self._connection = self._connection, open_for_writing(self._path)
        self._attach()
        self._upkeep = self._upkeep_from(self._upkeep.through)
        with contextlib.suppress(sqlite3.Error, OSError):  # nothing of the old files counts now
            doubtful.close()
            database.remove_older(self._path)

    def close(self) -> None:
        """Keep a checkpoint of where the journal ends, and give the database back."""
        with contextlib.suppress(CacheFault, sqlite3.Error):
            self._keep_last()
        self._connection.close()

    def _keep_last(self) -> None:
        own, end = self._own, self._standing()
        if own is not None and own.last(self.epoch) < end.seq:
            self._commits.run("the last checkpoint could not be kept", lambda: own.keep(end))

    def _standing(self) -> Standing:
        return Standing(epoch=self.epoch, seq=self.seq, chain=self.chain)

    def _remember(self, told: Recollection) -> None:
        """Bring the memory up to what the journal says.

        Raises:
            JournalBusy: another process holds the database; nothing was written.
            CacheFault: it could not be written.
        """
        self._commits.run(
            "what was shown could not be remembered",
            lambda: self._ruling.merge(told, (self.epoch, self.seq)),
        )

    def _chain_at(self, seq: int) -> bytes:
        return self._entries.chain_at(seq)
