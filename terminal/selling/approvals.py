"""The centre's word on a sale before it happens, or none: nobody waits longer than was agreed.

Whoever asks gets a future and never an exception. What comes late, is not proven or is on something
else is no word; the offline rules decide then, and nobody tells it otherwise later.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from drivers.clock import monotonic_ms as machine_monotonic_ms
from protocol.approval import ANSWER_MS_MAX, Approval, ApprovalRequest, read_approval
from terminal.errors import CentreUnreachable, TerminalError
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds

log = logging.getLogger(__name__)

# Lanes that ask at once: one that waits for a dead centre must not take the time of another's.
# Sixteen lanes that all sell above the floor meet three at a time at most.
THREADS = 4
# As many misses in a row are no chance: of 8 in 1,000 on a poor line, three together come once in
# two million sales.
MISSES_MAX = 3
# So long nobody is made to wait for a centre that does not answer; then one sale tries again, so
# in an outage one citizen in half a minute waits the 800 ms.
OPEN_MS = 30_000

Ask = Callable[[ApprovalRequest], bytes]
"""Sends the question and returns the answer's octets; raises CentreUnreachable, CentreRefused."""


class Breaker:
    """Says whether it is worth while to ask. Pure; not for two threads at once."""

    def __init__(self) -> None:
        self._misses, self._asks_from_ms = 0, 0

    def may_ask(self, now_ms: int) -> bool:
        """Return whether to ask now; who is told so after misses is the only one for a while."""
        if self._misses < MISSES_MAX:
            return True
        if now_ms < self._asks_from_ms:
            return False
        self._asks_from_ms = now_ms + OPEN_MS
        return True

    def hit(self) -> None:
        """Note a word that came in time."""
        self._misses = 0

    def miss(self, now_ms: int) -> None:
        """Note that none came."""
        self._misses += 1
        self._asks_from_ms = now_ms + OPEN_MS

    @property
    def is_open(self) -> bool:
        """Return whether nobody is asked for the time being."""
        return self._misses >= MISSES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    request: ApprovalRequest
    keys: KeyTable
    now: UnixSeconds
    until_ms: int
    answer: Future[Approval | None]


class Approvals:
    """Asks in threads of its own; `ask` is for the daemon's loop."""

    def __init__(
        self,
        make_ask: Callable[[], Ask],
        *,
        terminal: str,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        """Connect to nothing yet.

        Args:
            make_ask: returns the way to the centre of one thread.
            terminal: whom the answers must be for.
            monotonic_ms: the clock by which an answer is late.
        """
        self._make_ask, self._terminal, self._monotonic_ms = make_ask, terminal, monotonic_ms
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._lock, self._breaker = threading.Lock(), Breaker()
        self._waiting = 0  # questions that no thread is free for would be late anyhow
        self._told = ""
        self._threads = [
            threading.Thread(target=self._run, name=f"approvals-{number}", daemon=True)
            for number in range(THREADS)
        ]
        self._is_started = False
        # Is told, from any thread, what came of each question (docs/metrics.md).
        self.on_word: Callable[[str], None] = _unheard

    @property
    def is_out(self) -> bool:
        """Return whether the centre has not answered for a while, so that nobody is asked."""
        with self._lock:
            return self._breaker.is_open

    def start(self) -> None:
        """Be ready to ask."""
        self._is_started = True
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; one that waits for an answer ends with it, and holds up nobody."""
        for _ in self._threads if self._is_started else ():
            self._questions.put(None)

    def ask(
        self,
        request: ApprovalRequest,
        *,
        keys: KeyTable,
        now: UnixSeconds,
        patience_ms: int = ANSWER_MS_MAX,
    ) -> Future[Approval | None]:
        """Return the centre's proven word on `request`, to come; None: there is none.

        Whoever waits gives up after `patience_ms` himself: a thread may be held up longer, by a
        name that is looked up, say.

        Args:
            request: the event, before anything of it has happened.
            keys: the trust list's, for the answer's signature.
            now: by which those keys are in their window.
            patience_ms: in which it must have come, from here.
        """
        begun_ms = self._monotonic_ms()
        answer: Future[Approval | None] = Future()
        answer.set_running_or_notify_cancel()
        with self._lock:
            may_ask = self._waiting < THREADS and self._breaker.may_ask(begun_ms)
            self._waiting += may_ask
        if not may_ask:
            self.on_word("not-asked")
            answer.set_result(None)
            return answer
        self._questions.put(
            _Question(
                request=request,
                keys=keys,
                now=now,
                until_ms=begun_ms + min(patience_ms, ANSWER_MS_MAX),
                answer=answer,
            )
        )
        return answer

    def _run(self) -> None:
        ask: Ask | None = None  # most terminals move no money, and never need it
        while (question := self._questions.get()) is not None:
            ask = self._make_ask() if ask is None else ask
            word, trouble = self._word(ask, question)
            now_ms = self._monotonic_ms()
            if word is not None and now_ms > question.until_ms:
                word, trouble = None, "the answer came late"
            self._note(trouble, now_ms)
            self.on_word(_kind_of(word))
            question.answer.set_result(word)

    def _word(self, ask: Ask, question: _Question) -> tuple[Approval | None, str]:
        """Return the proven word, or why there is none."""
        try:
            octets = self._asked(ask, question)
            word = read_approval(
                octets,
                question.keys,
                terminal=self._terminal,
                request=question.request,
                now=question.now,
            )
        except (TerminalError, TrustError) as error:
            return None, str(error)
        return word, ""

    def _asked(self, ask: Ask, question: _Question) -> bytes:
        """Ask, and once more where a connection that was kept turned out to be closed.

        The key makes it the same question, however often it comes.
        """
        try:
            return ask(question.request)
        except CentreUnreachable as error:
            left_ms = question.until_ms - self._monotonic_ms()
            if error.is_answer or left_ms < ANSWER_MS_MAX // 2:
                raise  # it was no such connection, or there is no time for another
            return ask(question.request)

    def _note(self, trouble: str, now_ms: int) -> None:
        """Count what came of a question; say what is wrong once, until it is well again."""
        with self._lock:
            self._waiting -= 1
            if trouble:
                self._breaker.miss(now_ms)
            else:
                self._breaker.hit()
            is_news, self._told = trouble != self._told, trouble
        if is_news and trouble:
            log.warning("approvals: no word from the centre, offline rules decide: %s", trouble)
        elif is_news:
            log.info("approvals: the centre answers again")


def _kind_of(word: Approval | None) -> str:
    if word is None:
        return "no-word"
    return "approved" if word.reason is None else "declined"


def _unheard(_: str) -> None:
    """Count nothing: nobody wants to know."""
