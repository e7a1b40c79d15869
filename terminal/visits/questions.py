"""What the centre is asked for a holder who stands before a screen: answered soon, or not at all.

Whoever asks gets a future and never an exception. One thread asks, one question after the other:
a holder reads for a minute what was answered in a second.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from drivers.clock import monotonic_ms as machine_monotonic_ms
from protocol.query import ANSWER_MS_MAX, Payment, SubsidyQuery, read_query_answer
from terminal.errors import TerminalError
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds

log = logging.getLogger(__name__)

# Sixteen lanes at most have a screen; who comes behind so many waits longer than he is told.
WAITING_MAX = 4

Ask = Callable[[SubsidyQuery], bytes]
"""Sends the question and returns the answer's octets; raises CentreUnreachable, CentreRefused."""

Paid = tuple[Payment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    query: SubsidyQuery
    keys: KeyTable
    now: UnixSeconds
    until_ms: int
    answer: "Future[Paid | None]"


class Questions:
    """Asks in a thread of its own; `ask` is for the daemon's loop."""

    def __init__(
        self,
        make_ask: Callable[[], Ask],
        *,
        terminal: str,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        """Connect to nothing yet.

        Args:
            make_ask: returns the way to the centre, for the thread.
            terminal: whom the answers must be for.
            monotonic_ms: the clock by which a question is too old to be asked.
        """
        self._make_ask, self._terminal, self._monotonic_ms = make_ask, terminal, monotonic_ms
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="queries", daemon=True)
        self._told = ""

    def start(self) -> None:
        """Be ready to ask."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; one that waits for an answer ends with it, and holds up nobody."""
        self._questions.put(None)

    def ask(
        self, query: SubsidyQuery, *, keys: KeyTable, now: UnixSeconds
    ) -> "Future[Paid | None]":
        """Return what was paid, to come; None: there is no proven answer.

        Whoever waits gives up after ANSWER_MS_MAX himself: the thread may be held up longer, by a
        name that is looked up, say.

        Args:
            query: for a card that was shown and granted.
            keys: the trust list's, for the answer's signature.
            now: by which those keys are in their window.
        """
        answer: Future[Paid | None] = Future()
        answer.set_running_or_notify_cancel()
        if self._questions.qsize() >= WAITING_MAX:
            answer.set_result(None)
            return answer
        until_ms = self._monotonic_ms() + ANSWER_MS_MAX
        self._questions.put(
            _Question(query=query, keys=keys, now=now, until_ms=until_ms, answer=answer)
        )
        return answer

    def _run(self) -> None:
        ask: Ask | None = None  # most terminals are asked nothing
        while (question := self._questions.get()) is not None:
            if self._monotonic_ms() >= question.until_ms:
                question.answer.set_result(None)  # nobody waits for it any more
                continue
            ask = self._make_ask() if ask is None else ask
            paid, trouble = self._answered(ask, question)
            self._tell(trouble)
            question.answer.set_result(paid)

    def _answered(self, ask: Ask, question: _Question) -> tuple[Paid | None, str]:
        """Return the proven answer, or why there is none."""
        try:
            paid = read_query_answer(
                ask(question.query),
                question.keys,
                terminal=self._terminal,
                query=question.query,
                now=question.now,
            )
        except (TerminalError, TrustError) as error:
            return None, str(error)
        return paid, ""

    def _tell(self, trouble: str) -> None:
        """Say what is wrong once, until it is well again."""
        if trouble and trouble != self._told:
            log.warning("queries: no answer from the centre: %s", trouble)
        self._told = trouble
