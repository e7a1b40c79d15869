"""The sync thread: trust comes in, the journal goes out, and nothing of it holds up a lane."""

import logging
import random
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from offline_cache.trust_store import Trust
from protocol.health import Health
from terminal.sync.links import Links
from terminal.sync.machine import Answer, Reached, SyncMachine, SyncState
from terminal.sync.pace import wait_s
from terminal.sync.trust import Imported, TrustSync
from terminal.sync.uploads import Uploads
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# Once its socket is shut, the thread ends within milliseconds; one that looks a name up or
# connects can't be called back, and ends with the process: what it holds is safe at any instant.
STOP_S_MAX = 1.0


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
        self.last_success_at = UnixSeconds(0)  # when a round ended well; 0: none since the start
        self._trust = TrustSync(links, trust=trust)
        self._uploads = Uploads(links, self.machine, self._trust)
        self._links, self._interval_s = links, interval_s
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._asked: list[Future[Round | None]] = []  # whoever waits for the next round
        self._imports: list[tuple[Path, Future[Imported | None]]] = []
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def tell_of(self, standing: Health) -> None:
        """Have the next checkpoint say how lanes and lists do; from any thread."""
        self._uploads.standing = standing

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

    def ask_import(self, folder: Path) -> Future[Imported | None]:
        """Take trust from `folder` as soon as can be; return what came of it, None if we ended."""
        asked: Future[Imported | None] = Future()
        asked.set_running_or_notify_cancel()
        with self._lock:
            self._imports.append((folder, asked))
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
            for folder, importing in self._take_imports():
                importing.set_result(self._trust.take_from(folder))
            asked, before = self._take_asked(), self._stand()
            is_due = bool(asked) or time.monotonic() >= self._trust.due_s
            delay_s = self.round(asks_trust=is_due)
            ended = self._stand()
            if delay_s == 0 and ended.state is SyncState.WORKING:
                self.last_success_at = self._links.timekeeper.read().now
            if ended != before:
                level = logging.INFO if ended.state is SyncState.WORKING else logging.WARNING
                log.log(level, "sync: %s %s", ended.state.value, ended.detail)
            for future in asked:
                future.set_result(None if self._stopping.is_set() else ended)
            self._wake.wait(self._pause_s() if delay_s == 0 else delay_s)
            self._wake.clear()

    def _pause_s(self) -> float:
        return wait_s(
            time.time(),
            terminal=self._links.identity.terminal,
            period_s=self._interval_s,
            random_unit=random.random(),  # noqa: S311  # spreads rounds, guards nothing
        )

    def _take_imports(self) -> list[tuple[Path, Future[Imported | None]]]:
        with self._lock:
            imports, self._imports = self._imports, []
        return imports

    def _take_asked(self) -> list[Future[Round | None]]:
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    def _dismiss(self) -> None:
        for future in self._take_asked():
            future.set_result(None)
        for _, importing in self._take_imports():
            importing.set_result(None)

    def _stand(self) -> Round:
        return Round(state=self.machine.state, detail=self.machine.detail)

    def round(self, *, asks_trust: bool = True) -> float:
        """Do one round; return the seconds to back off, 0 when all is done.

        Args:
            asks_trust: False while trust that could not be taken is backed off from.

        Trust that can't be taken holds up no upload: the journal must come home all the same.
        """
        trouble = self._trust.refresh() if asks_trust else self._trust.trouble
        while not self._stopping.is_set():
            answer = self._uploads.next()
            if answer is None:
                return self._received(Reached() if trouble is None else trouble)
            delay_s = self._received(answer)
            if delay_s > 0:
                return delay_s
            if isinstance(answer, Reached) and not self._uploads.has_moved:
                return RESEND_PAUSE_S
        return 0.0

    def _received(self, answer: Answer) -> float:
        if self._stopping.is_set():
            return 0.0  # it was we who ended the request
        return self.machine.receive(answer, random_unit=random.random())  # noqa: S311  # spreads retries, guards nothing
