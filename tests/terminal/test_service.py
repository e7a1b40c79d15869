"""The terminal as programs see it: a real desk and journal, lost answers, restarts."""

import asyncio
import threading
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import monotonic_ms
from offline_cache.care import Care
from offline_cache.errors import CacheFault, DiskFull
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.presenting import Outcome
from terminal.selling.requests import RequestState, RequestView, ScanRequest
from terminal.service import TerminalService
from tests.offline_cache.test_writer import Blocked
from tests.support.cards import issuer_part, text
from tests.support.counter import LANE, SHOP, Counter, asked, card, open_counter
from verifier.model import Verdict
from verifier.profile import Limits
from verifier.reasons import Reason

PATIENCE_S = 10.0
BACK = "back-000000000001"


@dataclass
class Served:
    """A lane as the service sees it."""

    name: str = LANE
    profile_name: str = SHOP.name
    state: LaneState = LaneState.IDLE
    trouble: str = ""
    can_hold: bool = True
    can_print: bool = True
    told: list[bool] = field(default_factory=list)
    looked: int = 0
    printed: list[Outcome] = field(default_factory=list)
    copied: list[Outcome] = field(default_factory=list)

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        (self.copied if is_copy else self.printed).append(outcome)

    def look_again(self) -> None:
        self.looked += 1

    def hold_open(self, *, is_open: bool) -> None:
        self.told.append(is_open)
        self.state = LaneState.HELD_OPEN if is_open else LaneState.IDLE


class Till:
    """A program at the counter: everything it asks runs in one loop, as in the daemon."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.lane, self.feed = counter, Served(), EventFeed()

        async def diagnose() -> Mapping[str, object]:
            return {"terminal": "gate-7"}

        self.service = TerminalService(counter.desk, [self.lane], self.feed, diagnose)

    def arm(self, request: ScanRequest) -> RequestView:
        return asyncio.run(self.service.arm(request))

    def sell(self, request: ScanRequest, payload: bytes | None = None) -> Outcome:
        """Arm the lane and show a card."""
        self.arm(request)
        code = card(drawn_at=next(self.counter.drawn)) if payload is None else payload
        return asyncio.run(self.counter.shown(code, request))

    def show(self, payload: bytes, request: ScanRequest | None) -> Outcome:
        """Show a card at the lane, whatever it is asked."""
        return asyncio.run(self.counter.shown(payload, request))

    def get(self, request: ScanRequest) -> RequestView:
        return asyncio.run(self.service.request(request.client, request.key))

    def abort(self, request: ScanRequest, *, not_handed_over: bool = False) -> RequestView:
        return asyncio.run(
            self.service.abort(request.client, request.key, not_handed_over=not_handed_over)
        )

    def print_again(self, request: ScanRequest) -> RequestView:
        return asyncio.run(self.service.print_receipt(request.client, request.key))

    def reverse(self, request: ScanRequest, key: str = BACK, client: str = "") -> RequestView:
        return asyncio.run(self.service.reverse(client or request.client, request.key, key))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@contextmanager
def open_till(path: Path) -> Iterator[Till]:
    with open_counter(path) as counter:
        yield Till(counter)


@pytest.fixture
def till(path: Path) -> Iterator[Till]:
    with open_till(path) as opened:
        yield opened


def problem(call: Callable[[], object]) -> LocalProblem:
    with pytest.raises(RequestRefused) as refused:
        call()
    return refused.value.problem


# What is refused before anything happens.


def test_what_nobody_asked_for_is_unknown(till: Till) -> None:
    for call in (till.get, till.abort, till.reverse):
        assert problem(lambda call=call: call(asked())) is LocalProblem.REQUEST_UNKNOWN  # type: ignore[misc]  # bound


@pytest.mark.parametrize("state", [LaneState.OUT_OF_SERVICE, LaneState.HELD_OPEN])
def test_a_lane_that_serves_nobody_takes_no_request(till: Till, state: LaneState) -> None:
    till.lane.state = state
    assert problem(lambda: till.arm(asked())) is LocalProblem.LANE_OUT_OF_SERVICE


def test_a_lane_without_its_profile_takes_none(till: Till) -> None:
    till.lane.profile_name = "elsewhere"
    assert problem(lambda: till.arm(asked())) is LocalProblem.LANE_OUT_OF_SERVICE


def test_no_lane_of_that_name(till: Till) -> None:
    assert problem(lambda: till.arm(asked(lane="counter-9"))) is LocalProblem.LANE_UNKNOWN


def test_an_amount_that_the_lane_never_takes(till: Till) -> None:
    assert problem(lambda: till.arm(asked(None))) is LocalProblem.REQUEST_MALFORMED


def test_a_copied_disk_takes_no_money_and_gives_none_back(till: Till) -> None:
    class Parted:
        what = "the journal parted from the centre's"

    request = asked()
    till.sell(request)
    till.counter.desk.parting = Parted()  # type: ignore[assignment]  # only what is read of it
    assert problem(lambda: till.arm(asked())) is LocalProblem.VALUE_STOPPED
    assert problem(lambda: till.reverse(request)) is LocalProblem.VALUE_STOPPED


def test_a_lane_looks_again_at_who_came_early_once_it_is_asked(till: Till) -> None:
    request = asked()
    with pytest.raises(RequestRefused):
        till.arm(replace(request, amount_minor=-1))
    assert till.lane.looked == 0
    till.sell(request)
    assert till.lane.looked == 1
    till.arm(request)
    assert till.lane.looked == 1, "it has ended: the next in line is not its own"


def test_another_programs_key_is_unknown(till: Till) -> None:
    request = asked()
    till.sell(request)
    other = replace(request, client="till-2")
    for call in (till.get, till.abort, till.reverse):
        assert problem(lambda call=call: call(other)) is LocalProblem.REQUEST_UNKNOWN  # type: ignore[misc]  # bound


# One answer to one key.


def test_a_lost_answer_is_asked_for_again(till: Till) -> None:
    request = asked()
    outcome = till.sell(request)
    for view in (till.get(request), till.arm(request)):
        assert (view.state, view.outcome) == (RequestState.COMPLETED, outcome)
    assert len(till.counter.entries()) == 1


@pytest.mark.parametrize(
    ("then", "state"),
    [("request", RequestState.PENDING), ("abort", RequestState.CANCELED)],
)
def test_a_request_that_came_before_is_not_called_unknown(
    till: Till, then: str, state: RequestState
) -> None:
    """The connection broke behind it, and its program asks at once; the journal is slower."""
    request = asked()

    async def asked_at_once() -> RequestView:
        ask = getattr(till.service, then)
        _, told = await asyncio.gather(till.service.arm(request), ask(request.client, request.key))
        return told

    assert asyncio.run(asked_at_once()).state is state
    assert till.get(request).state is state


def test_after_a_restart_the_same_key_has_the_same_answer(path: Path) -> None:
    request = asked()
    with open_till(path) as till:
        outcome = till.sell(request)
    with open_till(path) as till:
        for view in (till.get(request), till.arm(request)):
            told = view.outcome
            assert told is not None
            assert (view.state, view.lane, told.verdict, told.place) == (
                *(RequestState.COMPLETED, LANE),
                *(outcome.verdict, outcome.place),
            )
            assert (told.amount_minor, told.currency) == (1_250, "CNY")
        assert problem(lambda: till.arm(replace(request, amount_minor=1))) is LocalProblem.KEY_USED
        assert len(till.counter.entries()) == 1


def test_what_died_before_its_entry_was_written_never_happened(path: Path) -> None:
    """The program asks, hears that nothing is known, and sends it again."""
    request = asked()
    with open_till(path) as till:
        till.arm(request)
    with open_till(path) as till:
        assert problem(lambda: till.get(request)) is LocalProblem.REQUEST_UNKNOWN
        assert till.sell(request).verdict is Verdict.GRANT


async def once_on_the_disk(till: Till, entries: int, begun: Awaitable[Any]) -> Future[Any]:
    """Begin something, and return as soon as its entry is on the disk: nobody has heard of it."""
    task = asyncio.ensure_future(begun)
    while till.counter.desk.writer.call(lambda journal: journal.seq).result(PATIENCE_S) < entries:  # noqa: ASYNC110  # an Event would let the loop hear of it
        await asyncio.sleep(0)
    assert not task.done()
    return task


def test_what_died_between_the_commit_and_the_answer_did_happen(path: Path) -> None:
    request = asked()
    with open_till(path) as till:
        till.arm(request)
        asyncio.run(once_on_the_disk(till, 1, till.counter.shown(card(), request)))
    with open_till(path) as till:
        view = till.get(request)
        assert view.outcome is not None
        assert (view.state, view.outcome.verdict) == (RequestState.COMPLETED, Verdict.GRANT)
        assert till.arm(request).outcome == view.outcome
        assert len(till.counter.entries()) == 1


def test_what_a_failing_disk_left_in_doubt_is_known_once_it_is_mended(till: Till) -> None:
    request = asked()
    till.arm(request)
    writer = till.counter.desk.writer
    writer.call(
        lambda journal: journal._connection.execute("PRAGMA query_only = 1").close()
    ).result(PATIENCE_S)
    with pytest.raises(CacheFault):
        asyncio.run(till.counter.shown(card(), request))
    assert problem_or_state(till, request) is RequestState.IN_PROGRESS
    pause = threading.Event()
    while writer.fault is not None:
        pause.wait(0.01)
    assert till.get(request).state is RequestState.CANCELED
    assert till.counter.entries() == []


def test_a_journal_that_is_mended_and_full_leaves_nothing_in_doubt(
    till: Till, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offline_cache.writer.AGAIN_AFTER_S", 0.01)
    request, writer = asked(), till.counter.desk.writer
    till.sell(asked(), card(1))
    till.arm(request)
    blocked = Blocked(path)
    writer.call(
        lambda journal: journal._connection.execute("PRAGMA query_only = 1").close()
    ).result(PATIENCE_S)
    with pytest.raises(CacheFault):
        asyncio.run(till.counter.shown(card(), request))
    assert till.get(request).state is RequestState.IN_PROGRESS
    writer.call(lambda journal: setattr(journal, "_care", Care(octets_max=1))).result(PATIENCE_S)
    blocked.let_go()
    pause = threading.Event()
    while not isinstance(writer.fault, DiskFull):
        pause.wait(0.01)
    assert till.get(request).state is RequestState.CANCELED


def problem_or_state(till: Till, request: ScanRequest) -> RequestState:
    view = till.counter.desk.requests.get(request.client, request.key, 0)
    assert view is not None
    return view.state


def test_a_refusal_too_has_the_same_answer_after_a_restart(path: Path) -> None:
    request = asked(2_001)
    with open_till(path) as till:
        assert till.sell(request).reason is Reason.FLOOR_LIMIT
    with open_till(path) as till:
        view = till.arm(request)
        assert view.outcome is not None
        assert (view.state, view.outcome.reason) == (RequestState.COMPLETED, Reason.FLOOR_LIMIT)


# Taking back.


def test_a_sale_is_taken_back_once_and_its_card_may_pay_again(till: Till) -> None:
    till.counter.profile = replace(SHOP, limits=Limits(floor_minor=2_000, upper_sum_minor=2_000))
    request = asked(2_000)
    till.sell(request)
    assert till.sell(asked(1)).reason is Reason.CARD_SUM_LIMIT
    views = [till.reverse(request), till.reverse(request), till.get(request)]
    places = {view.outcome.annulled for view in views if view.outcome is not None}
    assert len(places) == 1
    assert [outcome.annulled for outcome in till.lane.printed] == list(places)  # once
    sale, _, annul = till.counter.entries()
    assert (annul["type"], annul["cause"]) == ("annul", "reversed")
    assert annul["reference"] == {"epoch": sale["epoch"], "seq": sale["seq"]}
    assert (annul["amount_minor"], annul["client"], annul["key"]) == (2_000, "till-1", BACK)
    assert till.sell(asked(2_000)).verdict is Verdict.GRANT


def test_a_sale_that_only_the_journal_knew_of_is_taken_back(path: Path) -> None:
    """The book learned of it by its key alone, when the same was asked once more."""
    request = asked()
    with open_till(path) as till:
        till.sell(request)
    with open_till(path) as till:
        till.counter.desk.requests.arm(request, monotonic_ms())
        asyncio.run(till.counter.shown(card(1), request))
        view = till.reverse(request)
        assert view.outcome is not None
        assert view.outcome.annulled is not None
        assert till.get(request).outcome == view.outcome


def test_another_key_finds_it_taken_back_already(till: Till) -> None:
    request = asked()
    till.sell(request)
    till.reverse(request)
    again = "back-000000000002"
    assert problem(lambda: till.reverse(request, again)) is LocalProblem.REVERSED_ALREADY


def test_a_reversals_key_that_was_used_for_something_else_is_refused(till: Till) -> None:
    first, second = asked(), asked()
    till.sell(first)
    till.sell(second, card(1))
    till.reverse(first)
    assert problem(lambda: till.reverse(second)) is LocalProblem.KEY_USED
    assert problem(lambda: till.reverse(second, first.key)) is LocalProblem.KEY_USED
    assert problem(lambda: till.reverse(second, second.key)) is LocalProblem.KEY_USED
    assert problem(lambda: till.arm(asked(key=BACK))) is LocalProblem.KEY_USED


def test_a_sale_is_taken_back_after_a_restart_and_the_reversal_has_the_same_answer(
    path: Path,
) -> None:
    request = asked()
    with open_till(path) as till:
        till.sell(request)
    with open_till(path) as till:
        first = till.reverse(request)
    with open_till(path) as till:
        again = till.reverse(request)
        assert again.outcome is not None
        assert first.outcome is not None
        assert again.outcome.annulled == first.outcome.annulled
        assert again.outcome.annulled is not None
        assert problem(lambda: till.reverse(request, "back-000000000002")) is (
            LocalProblem.REVERSED_ALREADY
        )
        assert len(till.counter.entries()) == 2


def test_what_was_not_granted_is_not_taken_back(till: Till) -> None:
    refused, waiting = asked(2_001), asked()
    till.sell(refused)
    till.arm(waiting)
    for request in (refused, waiting):
        assert problem(lambda request=request: till.reverse(request)) is (  # type: ignore[misc]  # bound
            LocalProblem.NOT_GRANTED
        )


def test_two_reversals_at_once_take_it_back_once(till: Till) -> None:
    request = asked()
    till.sell(request)

    async def both(keys: tuple[str, str]) -> list[Any]:
        return await asyncio.gather(
            *(till.service.reverse(request.client, request.key, key) for key in keys),
            return_exceptions=True,
        )

    views = asyncio.run(both((BACK, BACK)))
    assert len({view.outcome.annulled for view in views}) == 1
    assert len(till.counter.entries()) == 2


def test_two_reversals_by_two_keys_take_it_back_once(till: Till) -> None:
    request = asked()
    till.sell(request)

    async def both() -> list[Any]:
        return await asyncio.gather(
            *(till.service.reverse(request.client, request.key, BACK + end) for end in "ab"),
            return_exceptions=True,
        )

    outcomes = asyncio.run(both())
    refused = [each for each in outcomes if isinstance(each, RequestRefused)]
    assert [each.problem for each in refused] == [LocalProblem.REVERSED_ALREADY]
    assert len(till.counter.entries()) == 2


def test_a_reversal_whose_answer_was_lost_is_told_as_it_stands_in_the_journal(till: Till) -> None:
    request = asked()
    till.sell(request)

    async def again() -> list[RequestView]:
        def back() -> Awaitable[RequestView]:
            return till.service.reverse(request.client, request.key, BACK)

        first = await once_on_the_disk(till, 2, back())
        return [await back(), await first]

    again_told, first_told = asyncio.run(again())
    assert again_told == first_told
    assert first_told.outcome is not None
    assert first_told.outcome.annulled is not None


def test_a_key_that_is_a_reversals_by_the_time_its_card_comes_holds_no_lane(till: Till) -> None:
    sold, request = asked(), asked(key=BACK)
    till.sell(sold)

    async def both() -> None:
        back = asyncio.ensure_future(till.service.reverse(sold.client, sold.key, BACK))
        await asyncio.gather(till.service.arm(request), back)

    asyncio.run(both())
    assert till.show(card(1), request).reason is Reason.NOTHING_ASKED
    assert not till.counter.desk.requests.is_open_at(LANE)


# Aborting.


def test_an_abort_in_time_ends_it(till: Till) -> None:
    request = asked()
    till.arm(request)
    assert till.abort(request).state is RequestState.CANCELED
    assert till.abort(request).state is RequestState.CANCELED
    assert asyncio.run(till.counter.shown(card(), request)).reason is Reason.NOTHING_ASKED


def test_an_abort_that_comes_too_late_says_so_and_leaves_it_granted(till: Till) -> None:
    request = asked()
    outcome = till.sell(request)
    view = till.abort(request)
    assert (view.state, view.outcome) == (RequestState.COMPLETED, outcome)
    assert len(till.counter.entries()) == 1


def test_goods_that_were_not_handed_over_are_not_paid(path: Path) -> None:
    request = asked()
    with open_till(path) as till:
        till.sell(request)
        first = till.abort(request, not_handed_over=True)
        again = till.abort(request, not_handed_over=True)
        assert first.outcome is not None
        assert again.outcome == first.outcome
        (_, annul) = till.counter.entries()
        assert (annul["cause"], "key" in annul) == ("aborted", False)
    with open_till(path) as till:
        last = till.abort(request, not_handed_over=True)
        assert last.outcome is not None
        assert last.outcome.annulled == first.outcome.annulled
        assert problem(lambda: till.reverse(request)) is LocalProblem.REVERSED_ALREADY


@pytest.mark.parametrize("not_handed_over", [False, True])
def test_an_abort_that_meets_the_entry_on_its_way_says_how_it_ended(
    till: Till, *, not_handed_over: bool
) -> None:
    request = asked()
    till.arm(request)

    async def meets() -> RequestView:
        shown = await once_on_the_disk(till, 1, till.counter.shown(card(), request))
        told = await till.service.abort(
            request.client, request.key, not_handed_over=not_handed_over
        )
        await shown
        return told

    view = asyncio.run(meets())
    assert view.state is RequestState.COMPLETED
    assert view.outcome is not None
    assert (view.outcome.annulled is not None) == not_handed_over


def test_an_abort_of_what_was_refused_annuls_nothing(till: Till) -> None:
    request = asked(2_001)
    till.sell(request)
    view = till.abort(request, not_handed_over=True)
    assert view.outcome is not None
    assert (view.outcome.verdict, view.outcome.annulled) == (Verdict.DENY, None)


# What programs watch.


def test_every_step_of_a_request_is_told_and_nothing_of_its_holder(till: Till) -> None:
    request = asked()
    outcome = till.sell(request)
    till.reverse(request)
    events = till.feed.read(0, most=10).events
    assert [event.data["state"] for event in events] == [
        *("pending", "in-progress", "completed", "completed")
    ]
    assert events[2].data["entry"] == events[3].data["entry"] == {"epoch": 1, "seq": 1}
    assert events[2].data["annulled"] is None
    assert events[3].data["annulled"] == {"epoch": 1, "seq": 2}, "else it would read as paid again"
    assert (events[2].data["client"], events[2].data["amount_minor"]) == ("till-1", 1_250)
    assert outcome.record is not None
    assert outcome.record.pseudonym not in str(events)


def test_lanes_say_where_they_stand_and_whether_they_are_asked(till: Till) -> None:
    (lane,) = asyncio.run(till.service.lanes())
    assert (lane.name, lane.state, lane.currency, lane.is_asked) == (LANE, "idle", "CNY", False)
    till.arm(asked())
    (lane,) = asyncio.run(till.service.lanes())
    assert lane.is_asked


def test_an_emergency_holds_the_gate_of_a_lane_that_has_one(till: Till) -> None:
    view = asyncio.run(till.service.emergency("till-1", LANE, is_open=True))
    assert (view.is_held_open, till.lane.told) == (True, [True])
    assert problem(lambda: asyncio.run(till.service.emergency("t", "x", is_open=True))) is (
        LocalProblem.LANE_UNKNOWN
    )
    till.lane.can_hold = False
    assert problem(lambda: asyncio.run(till.service.emergency("t", LANE, is_open=True))) is (
        LocalProblem.NO_GATE_TO_HOLD
    )


def test_diagnosis_is_the_daemons_report(till: Till) -> None:
    assert asyncio.run(till.service.diagnosis()) == {"terminal": "gate-7"}


def test_a_request_that_nobody_came_for_expires_while_the_terminal_looks_after_it(
    till: Till,
) -> None:
    request = asked()
    till.counter.desk.requests.arm(request, monotonic_ms() - request.deadline_ms)
    asyncio.run(till.service.look_after())
    assert till.get(request).state is RequestState.EXPIRED


def test_a_printed_card_that_was_referred_can_be_aborted(till: Till) -> None:
    request = asked()
    till.counter.profile = replace(SHOP, attendants=("aa" * 16,))
    till.sell(request, text(issuer_part()))
    assert till.get(request).state is RequestState.IN_PROGRESS
    assert till.abort(request).state is RequestState.CANCELED


# Receipts again, and the day's totals.


def test_receipt_is_printed_again_also_after_a_restart_and_after_a_reversal(path: Path) -> None:
    request = asked()
    with open_till(path) as till:
        sale = till.sell(request)
        assert till.print_again(request).key == request.key
        assert till.lane.copied == [sale]
    with open_till(path) as till:
        till.print_again(request)
        till.reverse(request)
        till.print_again(request)
        first, second = till.lane.copied
        assert (first.amount_minor, first.fund, first.at) == (1_250, "insured-account", sale.at)
        assert (first.annulled, second.annulled is None) == (None, False)


def test_nobody_prints_the_receipt_of_another_or_of_what_was_not_paid(till: Till) -> None:
    request, waiting = asked(), asked()
    till.sell(request)
    till.arm(waiting)
    other = replace(request, client="till-2")
    assert problem(lambda: till.print_again(other)) is LocalProblem.REQUEST_UNKNOWN
    assert problem(lambda: till.print_again(waiting)) is LocalProblem.NOT_GRANTED
    assert till.lane.copied == []


def test_lane_without_a_printer_says_so(till: Till) -> None:
    request = asked()
    till.sell(request)
    till.lane.can_print = False
    assert problem(lambda: till.print_again(request)) is LocalProblem.NO_PRINTER


def test_totals_are_of_one_lane_and_all_its_tills(till: Till) -> None:
    request = asked(900)
    till.sell(request)
    till.sell(asked(client="till-2"), card(1, drawn_at=next(till.counter.drawn)))
    till.reverse(request)
    totals = asyncio.run(till.service.totals(LANE))
    (day,) = totals.days
    assert (totals.lane, totals.today) == (LANE, day.day)
    assert (day.sales, day.sum_minor) == (2, 2_150)
    assert (day.reversals, day.reversed_minor) == (1, 900)
    assert problem(lambda: asyncio.run(till.service.totals("gate-9"))) is LocalProblem.LANE_UNKNOWN


def test_lane_says_what_a_till_must_know(till: Till) -> None:
    (lane,) = asyncio.run(till.service.lanes())
    assert (lane.currency, lane.decimals, lane.fund) == ("CNY", 2, "insured-account")
    assert (lane.amount_max_minor, lane.can_print) == (100_000, True)
