"""The sync thread: trust comes in, the journal goes out, and nothing of it holds up a lane."""

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass

from offline_cache.errors import CacheError, HistoryParted
from offline_cache.identity import Identity
from offline_cache.journal import Journal
from offline_cache.trust_store import Trust, TrustStore
from offline_cache.writer import JournalWriter
from protocol.acknowledgement import read_acknowledgement
from protocol.batch import Batch
from terminal.centre_client import CentreClient, Signer
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.learning import is_to_be_judged_anew, load_trust, take_acknowledgement
from terminal.sync_machine import (
    BACKOFF_S_FIRST,
    BACKOFF_S_MAX,
    Answer,
    Parted,
    Reached,
    Refused,
    SyncMachine,
    SyncState,
    Unreachable,
)
from terminal.timekeeping import Timekeeper
from verifier.errors import TrustError
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# Once its socket is shut, the thread ends within milliseconds; one that looks a name up or
# connects can't be called back, and ends with the process: what it holds is safe at any instant.
STOP_S_MAX = 1.0

_FAILURES = (CentreUnreachable, CentreRefused, TrustError, CacheError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What the sync works with."""

    identity: Identity
    client: CentreClient
    store: TrustStore
    writer: JournalWriter
    timekeeper: Timekeeper
    on_trust: Callable[[Trust], None]  # called in the sync's thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a round ended."""

    state: SyncState
    detail: str


# A centre that lost its end is sent old entries again, 500 a second; whoever only says that it
# did gets no more out of us.
RESEND_PAUSE_S = 1.0


class Sync:
    """Runs one round after the other: trust first, then all that is not acknowledged."""

    def __init__(self, links: Links, *, trust: Trust | None, interval_s: float) -> None:
        self.machine = SyncMachine()
        self._trust = trust
        self._is_unsure = trust is None  # the store may hold newer trust than the lanes
        self._trouble: Unreachable | None = None  # what hindered trust when it was last asked for
        self._trust_failures, self._trust_due_s = 0, 0.0
        self._has_moved = True  # the last acknowledgement said something new
        self._links, self._interval_s = links, interval_s
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._asked: list[Future[Round | None]] = []  # whoever waits for the next round
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def ask_round(self) -> Future[Round | None]:
        """Begin a round as soon as can be; return how it ended, None if the sync did before."""
        asked: Future[Round | None] = Future()
        asked.set_running_or_notify_cancel()  # nobody can cancel it who waits no longer
        with self._lock:
            self._asked.append(asked)
        if self._stopping.is_set():
            self._dismiss()
        self._wake.set()
        return asked

    def stop(self) -> None:
        """End the request in hand and the thread; the client can't be used any more."""
        self._stopping.set()
        self._wake.set()
        self._links.client.close()
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)
        self._dismiss()

    def _run(self) -> None:
        while not self._stopping.is_set():
            asked, before = self._take_asked(), self._stand()
            is_due = bool(asked) or time.monotonic() >= self._trust_due_s
            delay_s = self.round(asks_trust=is_due)
            ended = self._stand()
            if ended != before:
                level = logging.INFO if ended.state is SyncState.WORKING else logging.WARNING
                log.log(level, "sync: %s %s", ended.state.value, ended.detail)
            for future in asked:
                future.set_result(None if self._stopping.is_set() else ended)
            self._wake.wait(self._interval_s if delay_s == 0 else delay_s)
            self._wake.clear()

    def _take_asked(self) -> list[Future[Round | None]]:
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    def _dismiss(self) -> None:
        for future in self._take_asked():
            future.set_result(None)

    def _stand(self) -> Round:
        return Round(state=self.machine.state, detail=self.machine.detail)

    def round(self, *, asks_trust: bool = True) -> float:
        """Do one round; return the seconds to back off, 0 when all is done.

        Args:
            asks_trust: False while trust that could not be taken is backed off from.

        Trust that can't be taken holds up no upload: the journal must come home all the same.
        """
        trouble = self._trust_trouble() if asks_trust else self._trouble
        while not self._stopping.is_set():
            answer = self._upload_answer()
            if answer is None:
                return self._received(Reached() if trouble is None else trouble)
            delay_s = self._received(answer)
            if delay_s > 0:
                return delay_s
            if isinstance(answer, Reached) and not self._has_moved:
                return RESEND_PAUSE_S
        return 0.0

    def _upload_answer(self) -> Answer | None:
        """Send one batch and return what came of it; None: nothing was left to send."""
        try:
            return Reached() if self._upload_next() else None
        except _FAILURES as error:
            return _answer_of(error)

    def _trust_trouble(self) -> Unreachable | None:
        """Refresh trust; return what hinders it. Nobody's refusal of trust speaks of the journal."""
        try:
            with ExitStack() as then:  # each is done whatever becomes of the others
                then.callback(self._links.timekeeper.keep)
                then.callback(self._judge_anew)
                self._refresh_trust()
        except _FAILURES as error:
            self._links.client.forget_index()
            self._trouble = Unreachable(what=str(error), retry_after_s=_retry_after_s(error))
            self._put_trust_off()
        else:
            self._trouble, self._trust_failures, self._trust_due_s = None, 0, 0.0
        return self._trouble

    def _put_trust_off(self) -> None:
        """Ask for trust again after a back-off of its own: entries that flow must not reset it."""
        self._trust_failures += 1
        ceiling_s = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2.0 ** min(self._trust_failures, 10))
        self._trust_due_s = time.monotonic() + ceiling_s * random.random()  # noqa: S311  # spreads retries

    def _received(self, answer: Answer) -> float:
        if self._stopping.is_set():
            return 0.0  # it was we who ended the request
        return self.machine.receive(answer, random_unit=random.random())  # noqa: S311  # spreads retries, guards nothing

    def _refresh_trust(self) -> None:
        """Take what the centre published since the last round.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: what was held stays.
        """
        links, now = self._links, self._links.timekeeper.read().now
        octets = links.client.trust_index()
        if octets is None:
            return
        try:
            is_new = links.store.accept(octets, links.client.trust_file, now=now)
            if not is_new and not self._is_unsure:
                return
            self._swap(now)
        except _FAILURES:
            self._is_unsure = True
            raise
        self._is_unsure = False

    def _judge_anew(self) -> None:
        """Hand the lanes lists that were left out while the clock was wrong.

        Raises:
            CacheError: what was held stays.
        """
        now = self._links.timekeeper.read().now
        if self._trust is not None and is_to_be_judged_anew(self._trust, now):
            self._swap(now)

    def _swap(self, now: UnixSeconds) -> None:
        """Let clock and lanes know of the trust that is held now."""
        links = self._links
        trust = load_trust(links.store, links.timekeeper, links.writer, now=now)
        if trust is not None:
            self._trust = trust
            links.on_trust(trust)

    def _upload_next(self) -> bool:
        """Send the next batch and keep its acknowledgement; return whether there was one.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: nothing is acknowledged.
        """
        links = self._links
        batch = links.writer.call(self._next_batch).result()
        if batch is None:
            if self.machine.resend_from is not None:
                what = f"the centre wants entry {self.machine.resend_from}, which is not here"
                raise HistoryParted(what)
            return False
        signer = Signer(
            key=links.identity.signing,
            key_id=links.identity.terminal,
            now=lambda: links.timekeeper.read().now,
        )
        self._keep(links.client.upload(batch, signer), batch)
        return True

    def _next_batch(self, journal: Journal) -> Batch | None:
        limit, place = self.machine.batch_entries, self.machine.resend_from
        if place is None:
            return journal.unacknowledged(limit)
        return journal.batch_from(place, limit)

    def _keep(self, document: bytes, batch: Batch) -> None:
        links = self._links
        if self._trust is None:
            raise TrustError("an acknowledgement came before any trust list")
        now = links.timekeeper.read().now
        ack = read_acknowledgement(document, self._trust.trusted.keys, now=now)
        if ack.acked < batch.last:
            raise TrustError(f"the acknowledgement ends at {ack.acked}, before what was sent")
        keeping = links.writer.call(lambda journal: journal.acknowledge(ack, document))
        self._has_moved = keeping.result()
        take_acknowledgement(ack, links.timekeeper)


def _retry_after_s(error: Exception) -> float:
    match error:
        case CentreUnreachable(retry_after_s=asked_s) | CentreRefused(retry_after_s=asked_s):
            return asked_s
        case _:
            return 0.0


def _answer_of(error: Exception) -> Answer:
    match error:
        case CentreUnreachable(retry_after_s=retry_after_s):
            return Unreachable(what=str(error), retry_after_s=retry_after_s)
        case CentreRefused(problem=problem, retry_after_s=retry_after_s):
            return Refused(problem=problem, retry_after_s=retry_after_s)
        case HistoryParted():
            return Parted(what=str(error))
        case _:
            return Unreachable(what=str(error))
