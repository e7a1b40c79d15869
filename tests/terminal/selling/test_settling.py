"""Sales at a counter with a real journal: limits, the centre, requests, faults in between."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from drivers.clock import monotonic_ms
from offline_cache.errors import CacheError, CacheFault
from protocol.approval import (
    Approval,
    ApprovalRequest,
    approval_octets,
)
from protocol.sealed import open_details, read_sealed
from terminal.errors import CentreUnreachable
from terminal.selling.requests import RequestState
from tests.support.approver import COMMAND_KEY, word_on
from tests.support.cards import NOW, issuer_part, text
from tests.support.counter import LANE, OPENING, SHOP, Counter, asked, card, open_counter
from tests.support.desks import published
from verifier.model import Verdict
from verifier.profile import (
    AmountFrom,
    Capability,
    Direction,
    EntryType,
    Fund,
    Limits,
    Money,
    Online,
    Passback,
    Profile,
    Tariff,
)
from verifier.reasons import Reason

PATIENCE_S = 10.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def counter(path: Path) -> Iterator[Counter]:
    with open_counter(path) as opened:
        yield opened


def told(word: Any = None) -> Any:
    """Return a way to a centre that approves, or declines for `word`."""
    heard = list[ApprovalRequest]()

    def ask(request: ApprovalRequest) -> bytes:
        heard.append(request)
        return approval_octets(word_on(request, request.octets(), word), COMMAND_KEY)

    ask.heard = heard  # type: ignore[attr-defined]  # for the test to look at
    return ask


def unreachable(_: ApprovalRequest) -> bytes:
    raise CentreUnreachable("no connection")


def state(counter: Counter, key: str) -> RequestState:
    view = counter.desk.requests.get("till-1", key, 0)
    assert view is not None
    return view.state


# Who is served, and what is written of it.


def test_a_lane_that_sells_serves_nobody_while_nothing_is_asked(counter: Counter) -> None:
    outcome = asyncio.run(counter.shown(card()))
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.NOTHING_ASKED)
    assert counter.entries() == [], "it names nobody"


def test_a_sale_is_in_the_journal_when_it_is_told(counter: Counter) -> None:
    request = asked()
    outcome = asyncio.run(counter.sell(request))
    assert (outcome.verdict, outcome.amount_minor, outcome.currency) == (
        *(Verdict.GRANT, 1_250),
        "CNY",
    )
    assert outcome.remaining_minor == 5_000 - 1_250
    (entry,) = counter.entries()
    assert (entry["type"], entry["amount_minor"], entry["currency"]) == ("sale", 1_250, "CNY")
    assert (entry["fund"], entry["client"], entry["key"]) == (
        *("insured-account", "till-1"),
        request.key,
    )
    assert entry["asked"] == request.asked
    assert "approval" not in entry
    assert state(counter, request.key) is RequestState.COMPLETED


def test_the_answer_names_amount_and_key_and_never_the_card(counter: Counter) -> None:
    outcome = counter.sold()
    line = outcome.answer(lane=LANE, epoch=1)
    assert b'"amount_minor":1250,"currency":"CNY","remaining_minor":3750,"key":"sale-' in line
    assert outcome.record is not None
    assert outcome.record.pseudonym.encode() not in line
    assert outcome.record.pseudonym not in repr(outcome)


def test_junk_leaves_the_request_open_and_a_refused_card_ends_it(counter: Counter) -> None:
    request = asked()
    counter.desk.requests.arm(request, 0)
    junk = asyncio.run(counter.shown(b"https://menu.example", request))
    assert junk.seq is None
    assert state(counter, request.key) is RequestState.PENDING
    ended = asyncio.run(counter.shown(card(exp=NOW), request))
    assert (ended.verdict, ended.reason) == (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)
    assert state(counter, request.key) is RequestState.COMPLETED
    (entry,) = counter.entries()
    assert (entry["verdict"], entry["key"]) == ("deny", request.key)
    assert entry["amount_minor"] == 1_250


def test_a_request_serves_one_card(counter: Counter) -> None:
    request = asked()
    asyncio.run(counter.sell(request))
    again = asyncio.run(counter.shown(card(1), request))
    assert (again.reason, again.seq) == (Reason.NOTHING_ASKED, None)
    assert len(counter.entries()) == 1


def test_a_photograph_of_the_code_buys_nothing(counter: Counter) -> None:
    for expected in (Verdict.GRANT, Verdict.DENY):
        request = asked()
        counter.desk.requests.arm(request, 0)
        outcome = asyncio.run(counter.shown(card(), request))
        assert outcome.verdict is expected
    assert outcome.reason is Reason.REPLAYED


def test_a_card_without_what_the_program_asks_for_is_refused(counter: Counter) -> None:
    request = asked(capability=Capability.LIBRARY)
    counter.desk.requests.arm(request, 0)
    outcome = asyncio.run(counter.shown(card(capabilities=int(Capability.SHOP)), request))
    assert outcome.reason is Reason.CAPABILITY_MISSING


def test_what_is_personal_stands_sealed_in_the_entry(counter: Counter) -> None:
    counter.sold(reference="receipt 17", details={"item": "tablets"})
    (entry,) = counter.entries()
    details = open_details(read_sealed(entry["sealed"]), OPENING)
    assert details == {"reference": "receipt 17", "details": {"item": "tablets"}}
    assert "tablets" not in str(entry)
    assert "receipt" not in str(entry)


def test_a_seal_key_that_goes_meanwhile_ends_the_request_and_nothing_is_written(
    counter: Counter,
) -> None:
    request = asked(reference="receipt 17")
    counter.desk.requests.arm(request, 0)
    counter.desk.trust = published()
    outcome = asyncio.run(counter.shown(card(), request))
    assert (outcome.reason, outcome.seq) == (Reason.NOTHING_ASKED, None)
    assert state(counter, request.key) is RequestState.CANCELED
    assert counter.entries() == []


def test_a_disk_that_was_copied_moves_no_money(counter: Counter) -> None:
    class Parted:
        what = "the journal parted from the centre's"

    counter.desk.parting = Parted()  # type: ignore[assignment]  # only what is read of it
    outcome = counter.sold()
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.VALUE_STOPPED)
    assert outcome.seq == 1, "who was refused so is in the journal"


# Limits.


def test_a_card_pays_up_to_its_sum_and_then_no_more(counter: Counter) -> None:
    outcomes = [counter.sold(2_000), counter.sold(2_000), counter.sold(1_000), counter.sold(1)]
    assert [each.verdict for each in outcomes] == [Verdict.GRANT] * 3 + [Verdict.DENY]
    assert [each.remaining_minor for each in outcomes] == [3_000, 1_000, 0, None]
    assert outcomes[-1].reason is Reason.CARD_SUM_LIMIT
    assert counter.sold(2_000, number=1).verdict is Verdict.GRANT, "another card"


def test_a_card_pays_so_often_and_then_no_more(counter: Counter) -> None:
    outcomes = [counter.sold(1) for _ in range(5)]
    assert [each.verdict for each in outcomes] == [Verdict.GRANT] * 4 + [Verdict.DENY]
    assert outcomes[-1].reason is Reason.CARD_COUNT_LIMIT


def test_above_the_floor_nothing_is_granted_without_the_centre(counter: Counter) -> None:
    assert counter.sold(2_000).verdict is Verdict.GRANT
    outcome = counter.sold(2_001, number=1)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.FLOOR_LIMIT)
    (_, entry) = counter.entries()
    assert (entry["verdict"], entry["amount_minor"]) == ("deny", 2_001)


def test_two_lanes_can_not_both_have_the_last_of_it(counter: Counter) -> None:
    """Both were weighed before either was written; the journal holds the limit once more."""
    counter.profile = replace(SHOP, limits=Limits(floor_minor=2_000, upper_sum_minor=2_000))

    async def both() -> list[Verdict]:
        requests = [asked(1_500), asked(1_500, lane="counter-2")]
        for request in requests:
            counter.desk.requests.arm(request, 0)
        outcomes = await asyncio.gather(
            *(
                counter.shown(card(drawn_at=NOW + number), request)
                for number, request in enumerate(requests)
            )
        )
        return sorted((each.verdict for each in outcomes), key=lambda each: each.value)

    assert asyncio.run(both()) == [Verdict.DENY, Verdict.GRANT]


def test_a_tariff_says_what_is_due_up_to_the_most_that_the_profile_allows(counter: Counter) -> None:
    counter.profile = Profile(
        name="ride",
        entry_type=SHOP.entry_type,
        money=Money(
            currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=1_000
        ),
        tariff=Tariff(base_minor=200),
        limits=SHOP.limits,
    )
    paid = asyncio.run(counter.shown(card(drawn_at=NOW)))
    assert (paid.verdict, paid.amount_minor, paid.key) == (Verdict.GRANT, 200, "")
    counter.profile = replace(counter.profile, tariff=Tariff(base_minor=2_000), limits=SHOP.limits)
    dear = asyncio.run(counter.shown(card(drawn_at=NOW + 1)))
    assert dear.verdict is Verdict.DENY, "no lane takes more than its profile says"


# The centre.


def test_the_centre_approves_what_the_terminal_alone_may_not(path: Path) -> None:
    ask = told()
    with open_counter(path, ask=ask) as counter:
        outcome = counter.sold(50_000)
        (entry,) = counter.entries()
    assert (outcome.verdict, outcome.is_online) == (Verdict.GRANT, True)
    assert outcome.remaining_minor == 5_000
    (request,) = ask.heard
    assert entry["approval"] == request.key
    assert (request.amount_minor, request.currency, request.lane) == (50_000, "CNY", LANE)
    assert (request.pseudonym, request.presentation) == (
        entry["pseudonym"],
        entry["presentation"],
    )


def test_an_approval_begins_the_cards_limits_anew(path: Path) -> None:
    with open_counter(path, ask=told()) as counter:
        for amount in (2_000, 2_000, 5_000, 2_000):
            outcome = counter.sold(amount)
            assert outcome.verdict is Verdict.GRANT
    assert outcome.remaining_minor == 3_000


def test_below_the_limits_the_centre_is_not_asked(path: Path) -> None:
    ask = told()
    with open_counter(path, ask=ask) as counter:
        assert counter.sold(2_000).verdict is Verdict.GRANT
    assert ask.heard == []


@pytest.mark.parametrize(("drawn", "is_asked"), [(9, True), (10, False)])
def test_chance_asks_about_a_sale_now_and_then(path: Path, drawn: int, *, is_asked: bool) -> None:
    ask = told()
    limits = Limits(floor_minor=2_000, random_per_mille=10)
    with open_counter(path, ask=ask) as counter:
        counter.desk.till._draw = lambda: drawn
        counter.profile = replace(SHOP, limits=limits)
        assert counter.sold(1).verdict is Verdict.GRANT
    assert bool(ask.heard) is is_asked


def test_what_the_centre_declines_is_refused_and_its_reason_stays_out_of_the_journal(
    path: Path,
) -> None:
    with open_counter(path, ask=told("card-revoked")) as counter:
        outcome = counter.sold(50_000)
        (entry,) = counter.entries()
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.DECLINED_ONLINE)
    assert outcome.declined == "card-revoked"
    assert (entry["reason"], "card-revoked" in str(entry)) == ("P.DCL", False)
    assert "approval" not in entry


def test_a_card_that_was_declined_gets_nothing_without_the_centre(path: Path) -> None:
    ways = [told("card-revoked"), unreachable, told(), unreachable]  # the yes ends that
    outcomes = []
    with open_counter(path, ask=lambda request: ways[len(outcomes)](request)) as counter:  # noqa: PLW0108  # another way at each call
        for amount in (50_000, 1, 1, 1):
            outcomes.append(counter.sold(amount))  # noqa: PERF401  # each finds the next way
    assert [(each.verdict, each.reason) for each in outcomes] == [
        (Verdict.DENY, Reason.DECLINED_ONLINE),
        (Verdict.DENY, Reason.DECLINED_ONLINE),
        (Verdict.GRANT, None),
        (Verdict.GRANT, None),
    ]
    assert [each.is_online for each in outcomes] == [False, False, True, False]


@pytest.mark.parametrize(
    ("limits", "amount", "verdict", "reason"),
    [
        (SHOP.limits, 2_001, Verdict.DENY, Reason.FLOOR_LIMIT),
        (SHOP.limits, 5_001, Verdict.DENY, Reason.CARD_SUM_LIMIT),
        (
            Limits(floor_minor=2_000, unreachable=Verdict.REFER),
            2_001,
            Verdict.REFER,
            Reason.FLOOR_LIMIT,
        ),
        (Limits(floor_minor=2_000, lower_sum_minor=1_000), 1_500, Verdict.GRANT, None),
        (
            Limits(floor_minor=2_000, online=Online.ALWAYS),
            1,
            Verdict.DENY,
            Reason.FLOOR_LIMIT,
        ),
    ],
)
def test_where_the_centre_gives_no_word_the_offline_rules_decide(
    path: Path, limits: Limits, amount: int, verdict: Verdict, reason: Reason | None
) -> None:
    with open_counter(path, ask=unreachable) as counter:
        counter.profile = replace(SHOP, limits=limits)
        outcome = counter.sold(amount)
    assert (outcome.verdict, outcome.reason, outcome.is_online) == (verdict, reason, False)


def test_a_request_waits_on_where_what_the_card_used_can_not_be_read(counter: Counter) -> None:
    counter.desk.writer.call(lambda j: j._connection.execute("DROP TABLE uses").close()).result()
    request = asked()
    with pytest.raises(CacheError, match="no such table: uses"):
        asyncio.run(counter.sell(request))
    assert state(counter, request.key) is RequestState.PENDING


def test_a_word_that_comes_after_the_lane_gave_up_changes_nothing(path: Path) -> None:
    """Its thread is held up; the lane waits for as long as its profile says, and no longer."""
    is_free = Event()
    approve = told()

    def held(request: ApprovalRequest) -> bytes:
        is_free.wait(PATIENCE_S)
        return bytes(approve(request))

    with open_counter(path, ask=held) as counter:
        counter.profile = replace(SHOP, limits=replace(_limits(), approval_ms=1))
        outcome = counter.sold(2_001)
        is_free.set()
        (entry,) = counter.entries()
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.FLOOR_LIMIT)
    assert "approval" not in entry


def _limits() -> Limits:
    assert SHOP.limits is not None
    return SHOP.limits


def test_an_approval_whose_presentation_lost_its_replay_is_told_to_nobody_else(path: Path) -> None:
    """The centre sees by the entry, a refusal, that nothing came of its word."""
    ask = told()
    with open_counter(path, ask=ask) as counter:
        for amount in (1_000, 50_000):
            request = asked(amount)
            counter.desk.requests.arm(request, 0)
            outcome = asyncio.run(counter.shown(card(), request))
        entry = counter.entries()[-1]
    assert (outcome.verdict, outcome.reason, outcome.is_online) == (
        *(Verdict.DENY, Reason.REPLAYED),
        False,
    )
    assert (entry["verdict"], entry["approval"]) == ("deny", ask.heard[0].key)


def test_an_abort_while_the_centre_is_asked_leaves_nothing_behind(path: Path) -> None:
    request = asked(50_000)
    approve = told()

    def aborting(question: ApprovalRequest) -> bytes:
        loop.call_soon_threadsafe(counter.desk.requests.abort, "till-1", request.key, 0)
        return bytes(approve(question))

    with open_counter(path, ask=aborting) as counter, asyncio.Runner() as runner:
        loop = runner.get_loop()
        outcome = runner.run(counter.sell(request))
        assert counter.entries() == []
    assert (outcome.reason, outcome.seq) == (Reason.NOTHING_ASKED, None)
    assert state(counter, request.key) is RequestState.CANCELED


# What fails in between.


def poison(counter: Counter) -> None:
    """Let nothing be written any more."""
    counter.desk.writer.call(
        lambda journal: journal._connection.execute("PRAGMA query_only = 1").close()
    ).result(PATIENCE_S)


def test_a_failing_disk_leaves_the_request_in_doubt(counter: Counter) -> None:
    request = asked()
    poison(counter)
    with pytest.raises(CacheFault):
        asyncio.run(counter.sell(request))
    assert state(counter, request.key) is RequestState.IN_PROGRESS
    assert counter.desk.requests.doubtful() == (request,)


def test_a_printed_card_is_referred_and_its_request_waits_for_the_attendant(
    counter: Counter,
) -> None:
    request = asked()
    counter.profile = replace(SHOP, attendants=("aa" * 16,), override_s=30)
    counter.desk.requests.arm(request, 0)
    outcome = asyncio.run(counter.shown(text(issuer_part()), request))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFER, Reason.STATIC_CODE)
    assert outcome.amount_minor == 1_250
    assert state(counter, request.key) is RequestState.IN_PROGRESS


@pytest.mark.parametrize(
    "changes", [{"attendants": ()}, {"attendants": ("aa" * 16,), "attended": False}]
)
def test_where_nobody_may_override_a_referral_is_the_end(
    counter: Counter, changes: dict[str, Any]
) -> None:
    request = asked()
    counter.profile = replace(SHOP, **changes)
    counter.desk.requests.arm(request, 0)
    asyncio.run(counter.shown(text(issuer_part()), request))
    assert state(counter, request.key) is RequestState.COMPLETED


def test_a_signed_word_is_believed_as_it_came(path: Path) -> None:
    """What is signed for another terminal is none, even on a question of ours."""

    def lie(request: ApprovalRequest) -> bytes:
        word: Approval = word_on(request, request.octets())
        assert word.asked == sha256(request.octets()).digest()
        return approval_octets(replace(word, terminal="gate-8"), COMMAND_KEY)

    with open_counter(path, ask=lie) as counter:
        assert counter.sold(50_000).verdict is Verdict.DENY


def test_a_key_whose_sale_is_in_the_journal_sells_nothing_again(path: Path) -> None:
    """Armed behind the service's back, as when two arms of one key meet a restart."""
    request = asked()
    with open_counter(path) as counter:
        first = asyncio.run(counter.sell(request))
    with open_counter(path) as counter:
        counter.desk.requests.arm(request, monotonic_ms())
        again = asyncio.run(counter.shown(card(1), request))
        assert (again.reason, again.seq) == (Reason.NOTHING_ASKED, None)
        view = counter.desk.requests.get(request.client, request.key, monotonic_ms())
        assert view is not None
        assert view.outcome is not None
        assert (view.state, view.outcome.place) == (RequestState.COMPLETED, first.place)
        assert len(counter.entries()) == 1


def stay(direction: Direction, **changes: Any) -> Profile:
    """Return one side of a place where the stay is paid for."""
    money = Money(
        currency="CNY", fund=Fund.PAY_LATER, amount_from=AmountFrom.TARIFF, amount_max_minor=9_000
    )
    leaving: dict[str, Any] = {
        "money": money,
        "tariff": Tariff(base_minor=0, unit_s=3_600, unit_minor=300),
        "limits": Limits(floor_minor=100),
    }
    own = leaving if direction is Direction.OUT else {}
    return Profile(
        name=f"yard-{direction.value}",
        entry_type=EntryType.PARKING_OUT if own else EntryType.PARKING_IN,
        zone="yard",
        direction=direction,
        **{**own, **changes},
    )


def test_who_leaves_pays_for_his_stay_and_who_never_came_asks_nobody(path: Path) -> None:
    ask = told()
    with open_counter(path, ask=ask) as counter:
        counter.profile = stay(Direction.OUT)
        unknown = asyncio.run(counter.shown(card(1, drawn_at=NOW)))
        assert (unknown.verdict, unknown.reason) == (Verdict.REFER, Reason.ENTRY_UNKNOWN)
        assert ask.heard == []
        counter.profile = stay(Direction.IN)
        came = asyncio.run(counter.shown(card(2, drawn_at=NOW)))
        assert (came.verdict, came.amount_minor) == (Verdict.GRANT, None)
        counter.profile = stay(Direction.OUT)
        left = asyncio.run(counter.shown(card(2, drawn_at=NOW + 1)))
        assert (left.verdict, left.reason, left.amount_minor) == (Verdict.GRANT, None, 0)


@pytest.mark.parametrize("passback", [Passback.DENY, Passback.REFER])
def test_who_is_in_already_asks_nobody_to_come_in_again(path: Path, passback: Passback) -> None:
    ask = told()
    fare = Money(
        currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=9_000
    )
    changes = {"money": fare, "tariff": Tariff(base_minor=900), "limits": Limits(floor_minor=0)}
    with open_counter(path, ask=ask) as counter:
        counter.profile = stay(Direction.IN, passback=passback, **changes)
        came = asyncio.run(counter.shown(card(1, drawn_at=NOW)))
        assert came.verdict is Verdict.GRANT
        again = asyncio.run(counter.shown(card(1, drawn_at=NOW + 1)))
    assert (again.verdict.value, again.reason) == (passback.value, Reason.PASSBACK)
    assert len(ask.heard) == 1


def test_who_taps_twice_asks_nobody(path: Path) -> None:
    ask = told()
    with open_counter(path, ask=ask) as counter:
        counter.profile = replace(SHOP, again_s=60)
        assert counter.sold(50_000).verdict is Verdict.GRANT
        again = counter.sold(50_000)
    assert (again.verdict, again.reason) == (Verdict.DENY, Reason.TAPPED_AGAIN)
    assert len(ask.heard) == 1


def test_a_request_that_a_new_profile_does_not_take_is_given_up(counter: Counter) -> None:
    """What was armed under the old one must move no amount under rules that know of none."""
    request = asked()
    counter.desk.requests.arm(request, 0)
    counter.profile = Profile(name="counter", entry_type=SHOP.entry_type)
    outcome = asyncio.run(counter.shown(card(), request))
    assert (outcome.reason, outcome.seq) == (Reason.NOTHING_ASKED, None)
    assert state(counter, request.key) is RequestState.CANCELED


def test_a_clock_that_stepped_back_a_second_makes_nobody_tap_twice(path: Path) -> None:
    """As does a sale that waited for the centre, and is written behind one that came later."""
    for now, number in ((NOW + 1, 0), (NOW, 1)):
        with open_counter(path, now=now) as counter:
            request = asked()
            counter.desk.requests.arm(request, monotonic_ms())
            outcome = asyncio.run(counter.shown(card(drawn_at=NOW + number), request))
            assert (outcome.verdict, outcome.reason) == (Verdict.GRANT, None)
