from dataclasses import replace
from typing import Any

import pytest

from protocol.use import Place
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.presenting import Outcome
from terminal.selling.requests import (
    REQUEST_MS_MAX,
    Requests,
    RequestState,
    RequestView,
    ScanRequest,
)
from verifier.model import Verdict
from verifier.profile import Capability
from verifier.reasons import Reason

ASKED = ScanRequest(
    client="till-1",
    key="sale-000000000001",
    lane="counter-1",
    deadline_ms=60_000,
    amount_minor=1_250,
    currency="CNY",
)
GRANT = Outcome(verdict=Verdict.GRANT, reason=None, seq=7, ms=3, epoch=1)
REFER = Outcome(verdict=Verdict.REFER, reason=Reason.STATIC_CODE, seq=6, ms=3, epoch=1)


def state(book: Requests, request: ScanRequest = ASKED, *, at: int = 0) -> RequestState:
    view = book.get(request.client, request.key, at)
    assert view is not None
    return view.state


def armed(**changes: Any) -> Requests:
    book = Requests(**changes)
    book.arm(ASKED, 0)
    return book


def problem(book: Requests, request: ScanRequest, at: int = 0) -> LocalProblem:
    with pytest.raises(RequestRefused) as refused:
        book.arm(request, at)
    return refused.value.problem


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 1_251},
        {"amount_minor": None},
        {"currency": "EUR"},
        {"lane": "counter-2"},
        {"capability": Capability.SHOP},
        {"reference": "receipt 1"},
        {"details": {"item": "x"}},
    ],
)
def test_a_key_that_was_used_for_something_else_is_refused(change: dict[str, Any]) -> None:
    book = armed()
    assert problem(book, replace(ASKED, **change)) is LocalProblem.KEY_USED
    assert state(book) is RequestState.PENDING, "nothing came of the second"


def test_the_same_request_again_is_the_same_request_whatever_has_become_of_it() -> None:
    book = armed()
    assert book.arm(ASKED, 10).state is RequestState.PENDING
    assert book.arm(ASKED, 10).ends_in_ms == 59_990, "it does not begin anew"
    book.begin(ASKED)
    assert book.arm(ASKED, 20).state is RequestState.IN_PROGRESS
    book.commit(ASKED)
    book.complete(ASKED, GRANT)
    again = book.arm(ASKED, 30)
    assert (again.state, again.outcome) == (RequestState.COMPLETED, GRANT)


def test_a_lane_serves_one_request_at_a_time() -> None:
    book = armed()
    for other in (replace(ASKED, key="sale-000000000002"), replace(ASKED, client="till-2")):
        assert problem(book, other) is LocalProblem.LANE_TAKEN
    book.begin(ASKED)
    other = replace(ASKED, client="till-2")
    assert problem(book, other) is LocalProblem.LANE_TAKEN
    book.arm(replace(other, lane="counter-2"), 0)
    book.complete(ASKED, GRANT)
    book.arm(replace(other, key="sale-000000000003"), 0)


def test_keys_of_two_clients_never_meet() -> None:
    book = armed()
    book.abort(ASKED.client, ASKED.key, 0)
    other = replace(ASKED, client="till-2", amount_minor=1)
    assert book.arm(other, 0).state is RequestState.PENDING
    assert state(book) is RequestState.CANCELED
    assert book.get("till-3", ASKED.key, 0) is None


def test_a_request_ends_exactly_at_its_deadline() -> None:
    book = armed()
    assert book.open_for("counter-1", 59_999) == ASKED
    assert book.expire(59_999) == ()
    assert book.open_for("counter-1", 60_000) is None
    assert state(book, at=60_000) is RequestState.EXPIRED
    assert not book.begin(ASKED), "and no card is taken for it any more"


def test_what_is_being_decided_as_the_deadline_passes_is_decided() -> None:
    book = armed()
    book.begin(ASKED)
    assert book.expire(60_000) == ()
    assert book.commit(ASKED)
    book.complete(ASKED, GRANT)
    assert state(book, at=60_000) is RequestState.COMPLETED


def test_what_nobody_came_for_while_nobody_was_decided_expires_at_once() -> None:
    book = armed()
    book.begin(ASKED)
    book.release(ASKED)
    assert [view.state for view in book.expire(60_000)] == [RequestState.EXPIRED]


@pytest.mark.parametrize("deadline_ms", [0, -1, REQUEST_MS_MAX + 1])
def test_a_deadline_out_of_place_is_a_bug_of_the_door(deadline_ms: int) -> None:
    with pytest.raises(ValueError, match="deadline"):
        Requests().arm(replace(ASKED, deadline_ms=deadline_ms), 0)


@pytest.mark.parametrize("deadline_ms", [1, REQUEST_MS_MAX])
def test_the_longest_and_shortest_deadlines_are_taken(deadline_ms: int) -> None:
    assert Requests().arm(replace(ASKED, deadline_ms=deadline_ms), 0).ends_in_ms == deadline_ms


def test_an_abort_before_the_entry_is_written_ends_it_and_nothing_is_written() -> None:
    for is_begun in (False, True):
        book = armed()
        if is_begun:
            book.begin(ASKED)
        view = book.abort(ASKED.client, ASKED.key, 0)
        assert view is not None
        assert view.state is RequestState.CANCELED
        assert not book.commit(ASKED)
        assert book.open_for("counter-1", 0) is None


def test_an_abort_while_the_entry_is_written_says_so_and_does_nothing() -> None:
    book = armed()
    book.begin(ASKED)
    assert book.commit(ASKED)
    view = book.abort(ASKED.client, ASKED.key, 0)
    assert view is not None
    assert view.state is RequestState.IN_PROGRESS
    book.complete(ASKED, GRANT)
    view = book.abort(ASKED.client, ASKED.key, 0)
    assert view is not None
    assert view.state is RequestState.COMPLETED


def test_an_abort_of_what_is_unknown_is_unknown() -> None:
    assert Requests().abort("till-1", ASKED.key, 0) is None


def test_a_card_of_nobodys_leaves_it_open() -> None:
    book = armed()
    assert book.begin(ASKED)
    assert book.open_for("counter-1", 0) is None, "one card at a time"
    book.release(ASKED)
    assert book.open_for("counter-1", 0) == ASKED


def test_what_was_referred_waits_for_its_attendant_and_then_stays_as_it_is() -> None:
    book = armed()
    book.begin(ASKED)
    book.commit(ASKED)
    book.refer(ASKED, REFER, ends_ms=30_000)
    assert state(book, at=29_999) is RequestState.IN_PROGRESS
    assert book.open_for("counter-1", 0) is None
    view = book.get(ASKED.client, ASKED.key, 30_000)
    assert view is not None
    assert (view.state, view.outcome) == (RequestState.COMPLETED, REFER)
    assert not book.commit(ASKED), "an attendant comes too late"


def test_what_was_referred_is_granted_by_the_attendant() -> None:
    book = armed()
    book.begin(ASKED)
    book.commit(ASKED)
    book.refer(ASKED, REFER, ends_ms=30_000)
    assert book.commit(ASKED)
    book.complete(ASKED, GRANT)
    assert book.arm(ASKED, 40_000).outcome == GRANT


def test_what_was_referred_stays_so_where_the_attendants_entry_was_not_written() -> None:
    book = armed()
    book.begin(ASKED)
    book.commit(ASKED)
    book.refer(ASKED, REFER, ends_ms=30_000)
    book.commit(ASKED)
    book.release(ASKED)
    assert state(book) is RequestState.IN_PROGRESS
    assert book.commit(ASKED)


def test_what_was_referred_may_be_aborted_and_no_attendant_grants_it_then() -> None:
    book = armed()
    book.begin(ASKED)
    book.commit(ASKED)
    book.refer(ASKED, REFER, ends_ms=30_000)
    book.abort(ASKED.client, ASKED.key, 0)
    assert state(book) is RequestState.CANCELED
    assert not book.commit(ASKED)


def test_a_failing_disk_leaves_it_in_doubt_until_somebody_knows() -> None:
    book = armed()
    book.begin(ASKED)
    book.commit(ASKED)
    book.doubt(ASKED)
    assert state(book, at=REQUEST_MS_MAX) is RequestState.IN_PROGRESS
    assert book.doubtful() == (ASKED,)
    view = book.abort(ASKED.client, ASKED.key, 0)
    assert view is not None
    assert view.state is RequestState.IN_PROGRESS, "nobody may say that nothing was granted"
    book.fail(ASKED)
    assert state(book) is RequestState.CANCELED
    assert book.doubtful() == ()


def test_what_has_ended_stays_ended() -> None:
    book = armed()
    book.begin(ASKED)
    book.complete(ASKED, GRANT)
    book.fail(ASKED)
    book.release(ASKED)
    assert state(book, at=REQUEST_MS_MAX) is RequestState.COMPLETED


def test_an_annulment_stands_in_the_answer() -> None:
    book = armed()
    book.begin(ASKED)
    book.complete(ASKED, GRANT)
    book.annul(ASKED.client, ASKED.key, Place(epoch=1, seq=9))
    view = book.arm(ASKED, 0)
    assert view.outcome is not None
    assert view.outcome.annulled == Place(epoch=1, seq=9)
    book.annul("till-9", ASKED.key, Place(epoch=1, seq=10))


def test_the_book_forgets_the_oldest_that_has_ended_and_none_that_is_open() -> None:
    book = armed(kept_max=2)
    second = replace(ASKED, key="sale-000000000002", lane="counter-2")
    third = replace(ASKED, key="sale-000000000003", lane="counter-3")
    book.arm(second, 0)
    assert problem(book, third) is LocalProblem.TOO_MANY
    book.abort(second.client, second.key, 0)
    book.arm(third, 0)
    assert book.get(second.client, second.key, 0) is None
    assert state(book) is RequestState.PENDING


def test_each_new_state_is_told_once() -> None:
    told = list[RequestView]()
    book = Requests()
    book.on_change = told.append
    book.arm(ASKED, 0)
    book.arm(ASKED, 1)
    book.begin(ASKED)
    book.commit(ASKED)
    book.refer(ASKED, REFER, ends_ms=30_000)
    book.commit(ASKED)
    book.complete(ASKED, GRANT)
    assert [(view.state.value, view.outcome) for view in told] == [
        ("pending", None),
        ("in-progress", None),
        ("in-progress", REFER),
        ("completed", GRANT),
    ]


def test_the_digest_is_the_same_for_the_same_content_alone() -> None:
    assert ASKED.asked == replace(ASKED, client="till-2", key="another-key-00000").asked
    assert len(ASKED.asked) == 16
    assert ASKED.asked != replace(ASKED, amount_minor=0).asked


def test_who_guesses_at_what_is_sealed_learns_two_digits_of_it() -> None:
    guesses = {replace(ASKED, details={"account": number}).asked for number in range(5_000)}
    assert len({asked[:14] for asked in guesses}) == 1
    assert len(guesses) == 256


def test_other_sealed_content_is_other_content_whatever_its_digits() -> None:
    first = replace(ASKED, details={"account": 0})
    number = next(n for n in range(1, 5_000) if _for_account(n).asked == first.asked)
    book = Requests()
    book.arm(first, 0)
    with pytest.raises(RequestRefused):
        book.arm(_for_account(number), 0)


def test_who_asks_again_with_less_time_left_asks_for_the_same() -> None:
    book = Requests()
    armed = book.arm(ASKED, 0)
    again = book.arm(replace(ASKED, deadline_ms=ASKED.deadline_ms - 1_000), 1_000)
    assert (armed.ends_in_ms, again.ends_in_ms) == (60_000, 59_000)


def _for_account(number: int) -> ScanRequest:
    return replace(ASKED, details={"account": number})


def test_members_of_details_have_no_order() -> None:
    """A till that starts anew may name them in another one: told key-used, it would sell twice."""
    details = {"items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "till": 1}
    other = {"till": 1, "items": [{"n": 1, "sku": "a"}, {"n": 2, "sku": "b"}]}
    swapped = {**details, "items": [{"sku": "b", "n": 2}, {"sku": "a", "n": 1}]}
    asked = [replace(ASKED, details=each).asked for each in (details, other, swapped)]
    assert asked[0] == asked[1] != asked[2]
