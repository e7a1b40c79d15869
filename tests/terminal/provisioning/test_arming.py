import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from terminal.provisioning.arming import (
    MINUTES_MAX,
    RETRY_MS,
    WRONG_TRIES_MAX,
    Arming,
    ArmState,
    Ended,
)
from terminal.provisioning.why import Why

CODE = "STE1:SECRET"
MINUTE_MS = 60_000


@pytest.fixture
def arming() -> Arming:
    return Arming()


def test_a_machine_that_was_not_armed_takes_no_code(arming: Arming) -> None:
    assert not arming.offer(CODE, 0)
    assert arming.state is ArmState.UNARMED
    assert arming.standing(0).why is None  # and tells nothing of it


@pytest.mark.parametrize("minutes", [0, -1, MINUTES_MAX + 1])
def test_nobody_arms_it_for_longer_than_a_quarter_of_an_hour(arming: Arming, minutes: int) -> None:
    assert not arming.arm(0, minutes)
    assert not arming.offer(CODE, 0)


def test_a_code_is_taken_to_the_last_millisecond_and_not_at_the_end(arming: Arming) -> None:
    arming.arm(0, MINUTES_MAX)
    end_ms = MINUTES_MAX * MINUTE_MS
    arming.tick(end_ms - 1)
    assert arming.standing(end_ms - 1).ends_in_s == 1
    assert arming.offer(CODE, end_ms - 1)
    late = Arming()
    late.arm(0, MINUTES_MAX)
    assert not late.offer(CODE, end_ms)
    assert late.standing(end_ms).ended is Ended.TIME


def test_the_fifth_wrong_code_disarms_it_and_the_fourth_does_not(arming: Arming) -> None:
    arming.arm(0, 1)
    for left in range(WRONG_TRIES_MAX - 1, 0, -1):
        assert arming.offer(CODE, 0)
        arming.failed(Why.FOREIGN, 0)
        assert (arming.state, arming.standing(0).tries_left) == (ArmState.ARMED, left)
    assert arming.offer(CODE, 0)
    arming.failed(Why.WRONG_ROOT, 0)
    assert (arming.state, arming.standing(0).ended) == (ArmState.UNARMED, Ended.TRIES)
    assert not arming.offer(CODE, 0)
    assert arming.standing(0).why is Why.WRONG_ROOT


def test_while_the_centre_is_asked_no_other_code_is_taken(arming: Arming) -> None:
    arming.arm(0, 1)
    assert arming.offer(CODE, 0)
    assert not arming.offer("another", 1)


def test_a_centre_out_of_reach_is_asked_again_with_the_same_code_and_costs_no_try(
    arming: Arming,
) -> None:
    arming.arm(0, 1)
    arming.offer(CODE, 0)
    arming.failed(Why.UNREACHABLE, 100)
    assert arming.tick(100 + RETRY_MS - 1) is None
    assert arming.tick(100 + RETRY_MS) == CODE
    assert arming.tick(100 + RETRY_MS + 1) is None  # once, until it is answered
    assert arming.standing(200).tries_left == WRONG_TRIES_MAX


def test_the_code_in_hand_seen_again_takes_no_retry_away(arming: Arming) -> None:
    """The slip is held before the scanner all the while, and is read just when a retry is due."""
    arming.arm(0, MINUTES_MAX)
    assert arming.offer(CODE, 0)
    arming.failed(Why.UNREACHABLE, 0)
    assert not arming.offer(CODE, RETRY_MS)
    assert arming.tick(RETRY_MS) == CODE


def test_another_code_takes_the_place_of_one_whose_centre_is_nowhere(arming: Arming) -> None:
    arming.arm(0, MINUTES_MAX)
    assert arming.offer("STE1:NOWHERE", 0)
    arming.failed(Why.UNREACHABLE, 0)
    assert arming.offer(CODE, 1)
    assert arming.standing(1).tries_left == WRONG_TRIES_MAX - 1
    assert arming.tick(RETRY_MS) is None, "the first is asked with no more"
    arming.failed(Why.UNREACHABLE, RETRY_MS)
    assert arming.tick(2 * RETRY_MS) == CODE


def test_no_more_codes_whose_centre_is_nowhere_are_taken_than_wrong_ones(arming: Arming) -> None:
    arming.arm(0, MINUTES_MAX)
    taken = 0
    for number in range(2 * WRONG_TRIES_MAX):
        if arming.offer(f"STE1:{number}", number):
            taken += 1
            arming.failed(Why.UNREACHABLE, number)
    assert taken == WRONG_TRIES_MAX
    assert arming.standing(100).ended is Ended.TRIES


def test_it_is_not_asked_again_once_the_time_is_over(arming: Arming) -> None:
    arming.arm(0, 1)
    arming.offer(CODE, 0)
    arming.failed(Why.UNREACHABLE, MINUTE_MS - 1)
    assert arming.tick(MINUTE_MS + RETRY_MS) is None
    assert arming.state is ArmState.UNARMED


def test_what_was_asked_in_time_is_awaited_beyond_it(arming: Arming) -> None:
    arming.arm(0, 1)
    arming.offer(CODE, MINUTE_MS - 1)
    arming.tick(MINUTE_MS + 1)
    assert arming.state is ArmState.TRYING
    arming.enrolled()
    assert arming.standing(0).state is ArmState.ENROLLED
    assert not arming.arm(0, 1)


def test_to_disarm_ends_retries_but_not_the_request_in_hand(arming: Arming) -> None:
    arming.arm(0, 1)
    arming.offer(CODE, 0)
    arming.disarm()
    assert arming.state is ArmState.TRYING
    arming.failed(Why.UNREACHABLE, 1)
    assert (arming.state, arming.tick(1 + RETRY_MS)) == (ArmState.UNARMED, None)


def test_to_arm_anew_gives_time_and_tries_anew(arming: Arming) -> None:
    arming.arm(0, 1)
    arming.offer(CODE, 0)
    arming.failed(Why.USED, 0)
    arming.arm(MINUTE_MS - 1, 1)
    assert arming.standing(MINUTE_MS).tries_left == WRONG_TRIES_MAX
    assert arming.standing(MINUTE_MS).why is None


class Anything(RuleBasedStateMachine):
    """Whatever comes in whatever order, nothing is asked outside of the time that was armed."""

    def __init__(self) -> None:
        super().__init__()
        self.arming, self.now_ms, self.ends_ms = Arming(), 0, -1

    @rule(minutes=st.integers(0, MINUTES_MAX + 1))
    def arm(self, minutes: int) -> None:
        if self.arming.arm(self.now_ms, minutes):
            self.ends_ms = self.now_ms + minutes * MINUTE_MS

    @rule()
    def offer(self) -> None:
        if self.arming.offer(CODE, self.now_ms):
            assert self.now_ms < self.ends_ms

    @rule(why=st.sampled_from(Why))
    def fail(self, why: Why) -> None:
        if self.arming.is_asking:
            self.arming.failed(why, self.now_ms)

    @rule(passed_ms=st.integers(0, 2 * MINUTE_MS))
    def wait(self, passed_ms: int) -> None:
        self.now_ms += passed_ms
        if self.arming.tick(self.now_ms) is not None:
            assert self.now_ms < self.ends_ms

    @rule()
    def disarm(self) -> None:
        self.arming.disarm()

    @invariant()
    def holds_no_code_that_it_does_not_need(self) -> None:
        if self.arming.state is not ArmState.TRYING:
            assert self.arming._text == ""


Anything.TestCase.settings = settings(max_examples=40, stateful_step_count=20)
TestAnything = Anything.TestCase
