"""Asking the centre over real HTTP, where it answers well, badly, late or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

import pytest

from protocol.approval import Approval, ApprovalRequest, Word
from protocol.http_signature import Request, read_signature
from terminal.centre.client import CentreClient
from terminal.centre.signed_client import SignedClient, Signer
from terminal.errors import CentreUnreachable
from terminal.selling.approvals import MISSES_MAX, OPEN_MS, THREADS, Approvals, Ask, Breaker
from tests.support.approver import COMMAND_KEY, STRANGER_KEY, says, says_of_another
from tests.support.cards import NOW
from tests.support.middleman import Answer, Asked, Middleman, Told
from tests.support.trust import COMMAND_KEY as TRUSTED
from tests.support.trust import table
from verifier.model import UnixSeconds
from verifier.profile import EntryType

SIGNER = Signer(key=STRANGER_KEY, key_id="gate-7", now=lambda: UnixSeconds(NOW))
REQUEST = ApprovalRequest(
    key="k" * 22,
    at=UnixSeconds(NOW),
    lane="counter-1",
    entry_type=EntryType.SALE,
    sector="s-1",
    pseudonym="aa" * 16,
    presentation="bb" * 16,
    amount_minor=1_250,
    currency="CNY",
)
PATIENCE_S = 10.0


@dataclass
class Bench:
    """A centre, a terminal that asks it, and a clock that stands until it is moved."""

    man: Middleman
    approvals: Approvals
    now_ms: int = 1_000_000

    def ask(self, request: ApprovalRequest = REQUEST, *, patience_ms: int = 800) -> Approval | None:
        answer = self.approvals.ask(
            request, keys=table(TRUSTED), now=UnixSeconds(NOW), patience_ms=patience_ms
        )
        return answer.result(PATIENCE_S)

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms


@pytest.fixture
def bench() -> Iterator[Bench]:
    clients = list[CentreClient]()

    def make_ask() -> Ask:
        clients.append(CentreClient(man.url, request_s_max=PATIENCE_S))
        return SignedClient(clients[-1], SIGNER).approve

    with Middleman(says()) as man:
        approvals = Approvals(make_ask, terminal="gate-7", monotonic_ms=lambda: made.now_ms)
        made = Bench(man, approvals)
        approvals.start()
        yield made
        approvals.stop()
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    "answer",
    [
        says(key=STRANGER_KEY),
        says_of_another(terminal="gate-8"),
        says_of_another(key="x" * 22),
        says_of_another(asked=bytes(32)),
        lambda _: Told(body=b'{"word":"approve"}'),
        lambda _: Told(body=b"yes"),
        lambda _: Told(status=503),
        lambda _: Told(status=401, body=b"who?"),
        lambda _: None,
    ],
)
def test_what_is_not_proven_to_be_the_centres_word_on_this_is_no_word(
    bench: Bench, answer: Answer
) -> None:
    bench.man.answer = answer
    assert bench.ask() is None


@pytest.mark.parametrize("status", [503, 429, 500])
def test_a_centre_that_has_too_much_to_do_is_not_asked_at_once_again(
    bench: Bench, status: int
) -> None:
    bench.man.answer = lambda _: Told(status=status, headers={"retry-after": "5"})
    assert bench.ask() is None
    assert len(bench.man.asked) == 1


def test_a_centre_that_does_not_listen_gives_no_word(bench: Bench) -> None:
    bench.man._server.server_close()
    assert bench.ask() is None


def test_the_question_is_signed_and_the_word_is_taken(bench: Bench) -> None:
    word = bench.ask()
    assert word is not None
    assert (word.word, word.key) == (Word.APPROVE, REQUEST.key)
    (asked,) = bench.man.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/v1/approvals", REQUEST.octets())
    signed = read_signature(
        Request(method=asked.method, path=asked.path, headers=asked.headers, body=asked.body)
    )
    assert signed.key_id == "gate-7"


def test_a_decline_says_why(bench: Bench) -> None:
    bench.man.answer = says("day-limit")
    word = bench.ask()
    assert word is not None
    assert (word.word, word.reason) == (Word.DECLINE, "day-limit")


def test_what_came_of_each_question_is_told_to_who_counts(bench: Bench) -> None:
    told = list[str]()
    bench.approvals.on_word = told.append
    for answer in (says(), says("day-limit"), says(key=STRANGER_KEY)):
        bench.man.answer = answer
        bench.ask()
    for _ in range(MISSES_MAX):
        bench.ask()
    assert told == ["approved", "declined", *["no-word"] * MISSES_MAX, "not-asked"]


@pytest.mark.parametrize(("took_ms", "is_taken"), [(0, True), (800, True), (801, False)])
def test_an_answer_counts_until_800_ms_are_over(
    bench: Bench, took_ms: int, *, is_taken: bool
) -> None:
    bench.man.answer = says(first=lambda: bench.pass_ms(took_ms))
    assert (bench.ask() is not None) is is_taken


def test_a_profile_may_be_less_patient_and_never_more(bench: Bench) -> None:
    bench.man.answer = says(first=lambda: bench.pass_ms(301))
    assert bench.ask(patience_ms=300) is None
    bench.man.answer = says(first=lambda: bench.pass_ms(801))
    assert bench.ask(patience_ms=5_000) is None


def test_a_connection_that_broke_off_is_tried_once_more_with_the_same_question(
    bench: Bench,
) -> None:
    def break_off(_: Asked) -> None:
        bench.man.answer = says()

    bench.man.answer = break_off
    assert bench.ask() is not None
    assert [asked.body for asked in bench.man.asked] == [REQUEST.octets()] * 2


def test_it_is_not_tried_again_when_half_of_the_time_is_over(bench: Bench) -> None:
    bench.man.answer = lambda _: bench.pass_ms(401)  # and breaks off
    assert bench.ask() is None
    assert len(bench.man.asked) == 1


def test_who_waits_for_a_dead_centre_holds_up_no_other_lane(bench: Bench) -> None:
    held, is_free = Event(), Event()

    def hold() -> None:
        held.set()
        is_free.wait(PATIENCE_S)

    bench.man.answer = says(first=hold)
    keys, now = table(TRUSTED), UnixSeconds(NOW)
    first = bench.approvals.ask(REQUEST, keys=keys, now=now)
    held.wait(PATIENCE_S)
    bench.man.answer = says()
    assert bench.ask(replace(REQUEST, key="l" * 22)) is not None
    assert not first.done()
    is_free.set()
    assert first.result(PATIENCE_S) is not None


def test_when_every_thread_waits_the_next_is_told_at_once(bench: Bench) -> None:
    is_free = Event()
    bench.man.answer = says(first=lambda: is_free.wait(PATIENCE_S))
    keys, now = table(TRUSTED), UnixSeconds(NOW)
    waiting = [bench.approvals.ask(REQUEST, keys=keys, now=now) for _ in range(THREADS)]
    assert bench.approvals.ask(REQUEST, keys=keys, now=now).result(0) is None
    is_free.set()
    assert all(each.result(PATIENCE_S) for each in waiting)


def test_a_centre_that_is_down_is_not_waited_for_by_everybody(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.man.answer = lambda _: Told(status=503)
    for _ in range(MISSES_MAX):
        assert bench.ask() is None
    asked = len(bench.man.asked)
    bench.man.answer = says()
    bench.pass_ms(OPEN_MS - 1)
    assert bench.ask() is None
    assert len(bench.man.asked) == asked, "nobody was asked"
    assert bench.approvals.is_out
    bench.pass_ms(1)
    assert bench.ask() is not None
    assert not bench.approvals.is_out
    warnings = [each for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 1, "said once"


def test_breaker_lets_one_try_in_each_span() -> None:
    breaker = Breaker()
    for _ in range(MISSES_MAX - 1):
        breaker.miss(0)
    assert breaker.may_ask(0)
    assert breaker.may_ask(0)
    breaker.miss(0)
    assert [breaker.may_ask(at) for at in (0, OPEN_MS - 1, OPEN_MS, OPEN_MS)] == [
        *(False, False, True, False)
    ]
    breaker.hit()
    assert breaker.may_ask(OPEN_MS)


def test_a_decline_is_a_word_and_no_miss(bench: Bench) -> None:
    bench.man.answer = says("day-limit")
    for _ in range(MISSES_MAX + 1):
        assert bench.ask() is not None
    assert not bench.approvals.is_out


def test_stopping_what_was_never_started_does_nothing() -> None:
    Approvals(lambda: lambda _: COMMAND_KEY.public, terminal="gate-7").stop()


def test_each_thread_has_a_way_of_its_own_when_it_first_asks() -> None:
    """A client of the centre is not for two threads at once."""
    made, is_free = list[Ask](), Event()

    def make_ask() -> Ask:
        def ask(_: ApprovalRequest) -> bytes:
            is_free.wait(PATIENCE_S)
            raise CentreUnreachable("no connection")

        made.append(ask)
        return ask

    other = Approvals(make_ask, terminal="gate-7")
    other.start()
    assert made == []
    keys, now = table(TRUSTED), UnixSeconds(NOW)
    answers = [other.ask(REQUEST, keys=keys, now=now) for _ in range(THREADS)]
    is_free.set()
    assert [answer.result(PATIENCE_S) for answer in answers] == [None] * THREADS
    other.stop()
    for thread in other._threads:
        thread.join(PATIENCE_S)
    assert len(set(made)) == len(made) > 0
