from typing import Any

import pytest

from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.catalogue import FEW_SIGNS_MAX, FEW_WORDS_MAX
from terminal.screens.composing import (
    OFFLINE_S_MIN,
    SHOWN_MS_MAX,
    SHOWN_MS_MIN,
    TOLD,
    compose,
)
from terminal.screens.moment import Moment, Standing
from terminal.screens.screen import NOTHING, Amount, BadgeKind, Bilingual, View
from terminal.wording.words import words_for
from verifier.model import Freshness, Verdict
from verifier.profile import AmountFrom, Direction, EntryType, Fund, Money, Phrase, Profile, Texts
from verifier.reasons import Reason

GATE = Profile(name="gate", entry_type=EntryType.PASSAGE, direction=Direction.IN)
MONEY = Money(
    currency="CNY",
    fund=Fund.PURSE,
    amount_from=AmountFrom.REQUEST,
    amount_max_minor=100_000,
)
SHOP = Profile(name="shop", entry_type=EntryType.SALE, money=MONEY)
WELL = Standing()


def ended(verdict: Verdict, reason: Reason | None = None, **more: Any) -> Outcome:
    return Outcome(verdict=verdict, reason=reason, seq=1, ms=12, **more)


def moment(
    state: LaneState, outcome: Outcome | None = None, profile: Profile | None = GATE, **more: Any
) -> Moment:
    return Moment(lane="gate-1", state=state, outcome=outcome, profile=profile, **more)


GRANTED, REFERRED = ended(Verdict.GRANT), ended(Verdict.REFER, Reason.STATIC_CODE)
DENIED = ended(Verdict.DENY, Reason.PROOF_TOO_OLD)


# What must not be told comes first.


def test_reason_that_would_help_a_forger_is_never_told() -> None:
    hidden = {
        reason
        for reason in Reason
        if reason.value[0] in "SR" or reason in (Reason.FORM_MALFORMED, Reason.HOLDER_PROOF_MISSING)
    } | {Reason.REPLAYED, Reason.SHOWN_AGAIN, Reason.PROOF_TOO_OLD, Reason.PROOF_FROM_THE_FUTURE}
    assert not hidden & TOLD
    for reason in Reason:
        screen = compose(moment(LaneState.SHOWING, ended(Verdict.DENY, reason)), WELL)
        assert screen.code == (reason.value if reason in TOLD else "")


def test_forged_and_broken_cards_look_alike() -> None:
    alike = (
        *(Reason.FORM_MALFORMED, Reason.HOLDER_PROOF_MISSING, Reason.KEY_UNKNOWN),
        *(Reason.ISSUER_SIGNATURE_WRONG, Reason.HOLDER_SIGNATURE_WRONG),
        Reason.CAPABILITIES_EXCEED_KEY,
    )
    shown = {
        str(compose(moment(LaneState.SHOWING, ended(Verdict.DENY, reason)), WELL).members())
        for reason in alike
    }
    assert len(shown) == 1


def test_grant_that_came_too_late_welcomes_nobody() -> None:
    screen = compose(moment(LaneState.SHOWING, None), WELL)
    assert screen.view is View.REFUSED
    assert screen.text.zh


@pytest.mark.parametrize(
    ("state", "outcome", "view"),
    [
        (LaneState.IDLE, None, View.IDLE),
        (LaneState.IDLE, GRANTED, View.IDLE),
        (LaneState.DECIDING, None, View.READING),
        (LaneState.OPEN, GRANTED, View.GRANTED),
        (LaneState.AWAITING, GRANTED, View.GRANTED),
        (LaneState.REFERRED, REFERRED, View.HELP),
        (LaneState.ATTENDING, REFERRED, View.HELP),
        (LaneState.SHOWING, GRANTED, View.GRANTED),
        (LaneState.SHOWING, REFERRED, View.HELP),
        (LaneState.SHOWING, DENIED, View.REFUSED),
        (LaneState.HELD_OPEN, GRANTED, View.HELD_OPEN),
        (LaneState.OUT_OF_SERVICE, None, View.OUT_OF_SERVICE),
    ],
)
def test_state_of_the_lane_is_shown_as_one_thing(
    state: LaneState, outcome: Outcome | None, view: View
) -> None:
    screen = compose(moment(state, outcome), WELL)
    assert screen.view is view
    assert screen.title.zh
    assert screen.title.en


@pytest.mark.parametrize("state", list(LaneState))
def test_every_state_of_a_lane_without_a_profile_can_be_shown(state: LaneState) -> None:
    assert compose(moment(state, DENIED, profile=None), WELL).title.zh


def test_lane_that_has_just_begun_is_starting_and_later_out_of_service() -> None:
    starting = Standing(is_starting=True)
    assert compose(moment(LaneState.OUT_OF_SERVICE), starting).view is View.STARTING
    assert compose(moment(LaneState.IDLE), starting).view is View.IDLE


def test_lane_outside_its_hours_is_closed_until_somebody_is_served() -> None:
    shut = Standing(is_open=False)
    assert compose(moment(LaneState.IDLE), shut).view is View.CLOSED
    assert compose(moment(LaneState.SHOWING, DENIED), shut).view is View.REFUSED


@pytest.mark.parametrize(
    ("show_ms", "shown_ms"),
    [(0, SHOWN_MS_MIN), (1_999, SHOWN_MS_MIN), (3_000, 3_000), (9_000, SHOWN_MS_MAX)],
)
def test_answer_stays_as_long_as_it_is_read(show_ms: int, shown_ms: int) -> None:
    profile = Profile(name="gate", entry_type=EntryType.PASSAGE, show_ms=show_ms)
    assert compose(moment(LaneState.SHOWING, DENIED, profile), WELL).shown_ms == shown_ms
    assert compose(moment(LaneState.IDLE, None, profile), WELL).shown_ms == 0


def test_way_is_shown_as_the_lane_leads() -> None:
    assert compose(moment(LaneState.OPEN, GRANTED), WELL).direction == "in"
    out = Profile(name="gate", entry_type=EntryType.PASSAGE, direction=Direction.OUT)
    told = compose(moment(LaneState.OPEN, GRANTED, out), WELL)
    assert (told.direction, told.title.en) == ("out", "Goodbye")
    assert compose(moment(LaneState.OPEN, GRANTED, SHOP), WELL).direction == ""


def test_what_is_due_is_shown_before_and_what_was_paid_after() -> None:
    due = Amount(amount_minor=1_250, currency="CNY")
    before = compose(moment(LaneState.IDLE, None, SHOP, due=due, is_asked=True), WELL)
    assert before.money == due
    paid = ended(Verdict.GRANT, amount_minor=1_250, currency="CNY", remaining_minor=50)
    after = compose(moment(LaneState.OPEN, paid, SHOP), WELL)
    assert after.money == Amount(amount_minor=1_250, currency="CNY", remaining_minor=50)
    assert after.title.en == "Paid"
    refused = ended(Verdict.DENY, Reason.FLOOR_LIMIT, amount_minor=1_250, currency="CNY")
    assert compose(moment(LaneState.SHOWING, refused, SHOP), WELL).money is None


def test_counter_where_nothing_is_asked_greets_and_asks_for_no_code() -> None:
    assert compose(moment(LaneState.IDLE, None, SHOP), WELL).title.en == "Welcome"
    asked = compose(moment(LaneState.IDLE, None, SHOP, is_asked=True), WELL)
    assert asked.title.en == "Show your citizen code"


def test_own_words_of_a_profile_take_the_place_of_ours() -> None:
    own = Phrase(zh="请上二楼。", en="Please go upstairs.")
    texts = Texts(idle=own, granted=own, refused=own, referred=own)
    profile = Profile(name="gate", entry_type=EntryType.PASSAGE, texts=texts)
    for state, outcome in (
        (LaneState.IDLE, None),
        (LaneState.OPEN, GRANTED),
        (LaneState.SHOWING, DENIED),
        (LaneState.REFERRED, REFERRED),
    ):
        said = compose(moment(state, outcome, profile), WELL).text
        assert said == Bilingual(zh=own.zh, en=own.en)


@pytest.mark.parametrize("reason", list(Reason))
def test_senior_mode_says_few_words_of_every_reason(reason: Reason) -> None:
    screen = compose(moment(LaneState.SHOWING, ended(Verdict.DENY, reason)), WELL)
    assert screen.text.zh == words_for(reason).holder_zh
    assert 0 < len(screen.few.en.split()) <= FEW_WORDS_MAX
    assert 0 < len(screen.few.zh) <= FEW_SIGNS_MAX


@pytest.mark.parametrize("state", list(LaneState))
def test_senior_mode_says_few_words_of_every_state(state: LaneState) -> None:
    few = compose(moment(state), WELL).few
    assert len(few.en.split()) <= FEW_WORDS_MAX
    assert len(few.zh) <= FEW_SIGNS_MAX


@pytest.mark.parametrize("signs", [FEW_SIGNS_MAX, FEW_SIGNS_MAX + 1])
def test_own_words_of_a_grant_are_left_out_of_senior_mode_where_they_are_many(signs: int) -> None:
    own = Phrase(zh="请" * signs, en="Please walk on")
    profile = Profile(name="gate", entry_type=EntryType.PASSAGE, texts=Texts(granted=own))
    screen = compose(moment(LaneState.OPEN, GRANTED, profile), WELL)
    assert screen.text.zh == own.zh
    assert screen.few == (screen.text if signs == FEW_SIGNS_MAX else NOTHING)


def test_lane_that_is_well_has_no_badges() -> None:
    assert compose(moment(LaneState.IDLE), WELL).badges == ()


@pytest.mark.parametrize(
    ("standing", "kind", "since_s"),
    [
        (Standing(offline_s=OFFLINE_S_MIN), BadgeKind.OFFLINE, OFFLINE_S_MIN),
        (Standing(lists=Freshness.STALE, lists_age_s=9_000), BadgeKind.STALE, 9_000),
        (Standing(lists=Freshness.EXPIRED, lists_age_s=9_000), BadgeKind.STALE, 9_000),
        (Standing(is_clock_trusted=False), BadgeKind.CLOCK, 0),
        (Standing(down=("printer",)), BadgeKind.DEGRADED, 0),
    ],
)
def test_what_is_not_well_is_not_hidden(standing: Standing, kind: BadgeKind, since_s: int) -> None:
    (badge,) = compose(moment(LaneState.IDLE), standing).badges
    assert (badge.kind, badge.since_s) == (kind, since_s)
    assert badge.text.zh
    assert badge.text != NOTHING


def test_centre_that_is_away_for_a_moment_is_not_told() -> None:
    assert compose(moment(LaneState.IDLE), Standing(offline_s=OFFLINE_S_MIN - 1)).badges == ()


def test_stopped_value_is_told_where_money_moves_and_nowhere_else() -> None:
    stopped = Standing(is_value_stopped=True)
    (badge,) = compose(moment(LaneState.IDLE, None, SHOP), stopped).badges
    assert badge.kind is BadgeKind.NO_MONEY
    assert compose(moment(LaneState.IDLE), stopped).badges == ()


def test_members_say_everything_and_nothing_of_the_holder() -> None:
    told = compose(moment(LaneState.OPEN, GRANTED, number=7), WELL).members()
    assert set(told) == {
        *("lane", "view", "title", "text", "few", "code", "direction", "shown_ms", "badges"),
        *("money", "spoken", "number"),
    }
    assert told["number"] == 7
