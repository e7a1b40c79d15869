"""The upload half of a sync: the terminal tells how far it is, then its journal goes out."""

import time

from offline_cache.entries import Standing
from offline_cache.errors import HistoryParted
from offline_cache.journal import Journal
from protocol.acknowledgement import Acknowledgement, read_acknowledgement
from protocol.batch import Batch
from protocol.checkpoint import Checkpoint, checkpoint_octets
from protocol.health import Health, Telling, read_checkpoint_answer
from protocol.problems import Problem, ProblemCode
from protocol.quarantine import Quarantined, read_quarantined
from terminal.centre.signed_client import SignedClient, Signer
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.sync.learning import take_acknowledgement
from terminal.sync.links import Links
from terminal.sync.machine import (
    Answer,
    Parted,
    Reached,
    Refused,
    SyncMachine,
    Unreachable,
)
from terminal.sync.news import tell_after_s
from terminal.sync.trust import FAILURES, TrustSync
from verifier.errors import TrustError
from verifier.model import KeyTable

# A checkpoint that an older centre knows nothing of, or takes for malformed, holds up no upload.
_PASSED_OVER = {
    ProblemCode.NOT_FOUND,
    ProblemCode.MALFORMED,
    ProblemCode.TOO_LARGE,
    ProblemCode.ENCODING,
}


class Uploads:
    """Does the next thing that is due, one request or two at a time."""

    def __init__(self, links: Links, machine: SyncMachine, trust: TrustSync) -> None:
        self.has_moved = True  # the last acknowledgement said something new
        self.standing: Health = {}  # of lanes and lists, as the daemon's loop saw them last
        self._told_standing: Health = {}  # the same, as the centre was told
        self._links, self._machine, self._trust = links, machine, trust
        self._centre = _signed_client(links)
        self._is_to_tell, self._told_s = True, 0.0  # of the monotonic clock

    def next(self) -> Answer | None:
        """Do what is due and return what came of it; None: nothing was."""
        try:
            after_s = tell_after_s(self._told_standing, self.standing)
            if self._is_to_tell or time.monotonic() >= self._told_s + after_s:
                self._tell()
            # The journal first: what is owed may be damaged, or refused for ever.
            return Reached() if self._bring_journal() or self._bring_owed() else None
        except FAILURES as error:
            self._is_to_tell = True
            return self._answer_of(error)

    def _tell(self) -> None:
        """Tell how far the journal is before any of it is sent: a fork is found out at once.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: as they say.
        """
        position = self._links.writer.call(_position).result()
        self._told_standing = self.standing
        try:
            held = self._told(Standing(epoch=position[0], seq=position[1], chain=position[2]))
        except CentreRefused as error:
            if error.problem.code not in _PASSED_OVER:
                raise
            held = None
        self._is_to_tell, self._told_s = False, time.monotonic()
        if held is not None and held.acked > position[3]:
            # It holds more than we know of: an answer was lost, or the disk is not what it was.
            self._keep(self._centre.head())

    def _told(self, standing: Standing) -> Acknowledgement:
        """Return how far the centre holds the journal, after telling it where that stands."""
        links = self._links
        note = Checkpoint(
            terminal=links.identity.terminal,
            epoch=standing.epoch,
            seq=standing.seq,
            head=standing.chain,
        )
        telling = Telling(
            checkpoint=checkpoint_octets(note, links.identity.signing), health=self._health()
        )
        octets = self._centre.tell(telling)
        now = links.timekeeper.read().now
        answer = read_checkpoint_answer(octets, self._keys(), now=now)
        held = self._own(answer.held)
        if answer.wipe is not None:
            links.orders.take(answer.wipe, self._keys(), now=now)
        return held

    def _health(self) -> Health:
        links = self._links
        clock, trust = links.timekeeper.read(), self._trust.held
        fault = links.writer.fault
        return {
            **self._told_standing,
            "clock": clock.quality.value,
            "trust": None if trust is None else trust.version,
            "journal_fault": None if fault is None else str(fault)[:200],
            "sync": self._machine.state.value,
            "parted": bool(links.parting.what),
        }

    def _bring_owed(self) -> bool:
        """Bring the next of what is owed of ended epochs; return whether there was any.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: it is still owed.
        """
        parting = self._links.parting
        owed = parting.owed(self._machine.batch_entries)
        match owed:
            case None:
                return False
            case Batch():
                self._bring_aside(owed)
            case Standing():
                self._told(owed)
                parting.closed(owed)
        self.has_moved = True
        return True

    def _bring_aside(self, batch: Batch) -> None:
        """Bring a batch of an ended epoch; from its first entry where the centre has lost some.

        Raises:
            HistoryParted: the centre wants entries that are not here any more.
            CentreUnreachable, CentreRefused, TrustError, CacheError: it is still owed.
        """
        parting = self._links.parting
        try:
            parting.brought(self._quarantined(batch))
        except CentreRefused as error:
            # Of another epoch than the machine's: it must not take that for the journal's gap.
            if error.problem.code is not ProblemCode.GAP:
                raise
            if not parting.begin_again(batch):
                what = f"the centre wants entries of epoch {batch.epoch} that are not here"
                raise HistoryParted(what) from error

    def _quarantined(self, batch: Batch) -> Quarantined:
        now = self._links.timekeeper.read().now
        kept = read_quarantined(self._centre.quarantine(batch), self._keys(), now=now)
        place = (kept.terminal, kept.epoch, kept.first, kept.last)
        sent = (self._links.identity.terminal, batch.epoch, batch.first, batch.last)
        if place != sent or kept.head != batch.head:
            raise TrustError("the quarantine's answer is for other entries than were sent")
        return kept

    def _bring_journal(self) -> bool:
        """Send the next batch and keep its acknowledgement; return whether there was one.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: nothing is acknowledged.
        """
        batch, waiting = self._links.writer.call(self._next_batch).result()
        if batch is None:
            if self._machine.resend_from is not None:
                what = f"the centre wants entry {self._machine.resend_from}, which is not here"
                raise HistoryParted(what)
            return False
        if self._keep(self._centre.upload(batch, waiting=waiting)).acked < batch.last:
            raise TrustError("the acknowledgement ends before what was sent")
        return True

    def _next_batch(self, journal: Journal) -> tuple[Batch | None, int]:
        """Return what to send next, and how many entries there are to send."""
        place = self._machine.resend_from
        first = journal.acked() + 1 if place is None else place
        return journal.batch_from(first, self._machine.batch_entries), journal.seq - first + 1

    def _keep(self, document: bytes) -> Acknowledgement:
        """Keep an acknowledgement, if it moves the checkpoint; return it.

        Raises:
            TrustError: nobody trusted has signed it, or it is another terminal's or epoch's.
            HistoryParted: it proves that this journal is not the one that the centre holds.
            CacheError: as `Journal.acknowledge` says.
        """
        links = self._links
        now = links.timekeeper.read().now
        ack = self._own(read_acknowledgement(document, self._keys(), now=now))
        try:
            self.has_moved = links.writer.call(
                lambda journal: journal.acknowledge(ack, document)
            ).result()
        except HistoryParted:
            links.parting.prove(ack, document)
            raise
        take_acknowledgement(ack, links.timekeeper)
        return ack

    def _own(self, ack: Acknowledgement) -> Acknowledgement:
        """Return `ack` if it speaks of this journal: another's, however true, proves nothing."""
        identity = self._links.identity
        if (ack.terminal, ack.epoch) != (identity.terminal, identity.epoch):
            raise TrustError("the acknowledgement is for another terminal or epoch")
        return ack

    def _keys(self) -> KeyTable:
        if self._trust.held is None:
            raise TrustError("an answer of the centre came before any trust list")
        return self._trust.held.trusted.keys

    def _answer_of(self, error: Exception) -> Answer:
        match error:
            case CentreUnreachable(retry_after_s=retry_after_s):
                return Unreachable(what=str(error), retry_after_s=retry_after_s)
            case CentreRefused(problem=problem, retry_after_s=retry_after_s):
                proven = self._proven(problem)
                return proven or Refused(problem=problem, retry_after_s=retry_after_s)
            case HistoryParted():
                return Parted(what=str(error))
            case _:
                return Unreachable(what=str(error))

    def _proven(self, problem: Problem) -> Parted | None:
        """Return what a fork's evidence proves; None: the refusal is nobody's word so far."""
        evidence = dict(problem.members).get("evidence")
        if problem.code is not ProblemCode.FORK or not isinstance(evidence, str):
            return None
        try:
            self._keep(evidence.encode())
        except HistoryParted as error:
            return Parted(what=f"{problem.code.value}: {error}")
        except FAILURES:
            return None
        return None


def _position(journal: Journal) -> tuple[int, int, bytes, int]:
    return journal.epoch, journal.seq, journal.chain, journal.acked()


def tell_obeying(links: Links, order_id: str) -> None:
    """Say that this terminal begins to erase itself, and how far its journal went.

    Raises:
        CentreUnreachable, CentreRefused, CacheError: it is not told.
    """
    epoch, seq, chain, _ = links.writer.call(_position).result()
    note = Checkpoint(terminal=links.identity.terminal, epoch=epoch, seq=seq, head=chain)
    octets = checkpoint_octets(note, links.identity.signing)
    _signed_client(links).tell(Telling(checkpoint=octets, health={"wiping": order_id}))


def _signed_client(links: Links) -> SignedClient:
    signer = Signer(
        key=links.identity.signing,
        key_id=links.identity.terminal,
        now=lambda: links.timekeeper.read().now,
    )
    return SignedClient(links.client, signer)
