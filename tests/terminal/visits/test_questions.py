import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from protocol.query import ANSWER_MS_MAX, SubsidyQuery, query_answer_octets
from terminal.errors import CentreUnreachable
from terminal.visits.questions import WAITING_MAX, Paid, Questions
from tests.protocol.test_query import KEYS, NOW, PAYMENT, QUERY, SECRET
from verifier.model import UnixSeconds

PATIENCE_S = 10.0


class Peer:
    """The centre, and the clock by which it is late."""

    def __init__(self) -> None:
        self.asked: list[SubsidyQuery] = []
        self.now_ms, self.answers_for, self.may_answer = 0, "gate-7", threading.Event()
        self.may_answer.set()
        self.is_up = True

    def ask(self, query: SubsidyQuery) -> bytes:
        assert self.may_answer.wait(PATIENCE_S)
        self.asked.append(query)
        if not self.is_up:
            raise CentreUnreachable("the network is down")
        return query_answer_octets(
            self.answers_for, query.octets(), (PAYMENT,), date=UnixSeconds(NOW), key=SECRET
        )


Ask = Callable[[], Future[Paid | None]]


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def ask(peer: Peer) -> Iterator[Ask]:
    questions = Questions(lambda: peer.ask, terminal="gate-7", monotonic_ms=lambda: peer.now_ms)
    questions.start()
    yield lambda: questions.ask(QUERY, keys=KEYS, now=UnixSeconds(NOW))
    peer.may_answer.set()
    questions.stop()


def test_answer_counts_that_is_proven(ask: Ask, peer: Peer) -> None:
    assert ask().result(PATIENCE_S) == (PAYMENT,)
    peer.answers_for = "gate-8"
    assert ask().result(PATIENCE_S) is None
    peer.answers_for, peer.is_up = "gate-7", False
    assert ask().result(PATIENCE_S) is None
    peer.is_up = True
    assert ask().result(PATIENCE_S) == (PAYMENT,)


def test_question_that_nobody_waits_for_any_more_is_not_asked(ask: Ask, peer: Peer) -> None:
    peer.may_answer.clear()
    first, second = ask(), ask()
    peer.now_ms = ANSWER_MS_MAX
    peer.may_answer.set()
    first.result(PATIENCE_S)
    assert second.result(PATIENCE_S) is None
    assert len(peer.asked) <= 1


def test_too_many_at_once_are_told_at_once_that_there_is_no_answer(ask: Ask, peer: Peer) -> None:
    peer.may_answer.clear()
    waiting = [ask() for _ in range(WAITING_MAX + 2)]
    assert ask().result(0) is None
    peer.may_answer.set()
    assert waiting[0].result(PATIENCE_S) == (PAYMENT,)
