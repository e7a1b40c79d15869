from collections.abc import Mapping
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Shown
from protocol.use import Cause, NoteKind
from terminal.lanes.effects import (
    Annul,
    Answer,
    AskAttendant,
    CloseGate,
    Decide,
    Effect,
    ExpectPassage,
    HoldGate,
    Note,
    OpenGate,
    Show,
)
from terminal.lanes.events import (
    CodeScanned,
    EmergencyBegan,
    EmergencyEnded,
    Ended,
    Event,
    Failed,
    Granted,
    GrantedLate,
    GrantedToPass,
    OverrideRefused,
    PassageMade,
    Referred,
    Refused,
    RefusedLate,
    Restored,
    StillReferred,
    TimedOut,
)
from terminal.lanes.machine import (
    CONTACT_TELLS_MS,
    HOLD_AGAIN_MS,
    TRANSITIONS,
    LaneMachine,
    LaneState,
    Timings,
)
from terminal.presenting import Outcome
from verifier.model import Verdict
from verifier.reasons import Reason

EVENTS: tuple[type[Event], ...] = get_args(Event)
IDLE, DECIDING, OPEN = LaneState.IDLE, LaneState.DECIDING, LaneState.OPEN
AWAITING, REFERRED, ATTENDING = LaneState.AWAITING, LaneState.REFERRED, LaneState.ATTENDING
SHOWING, HELD, OUT = LaneState.SHOWING, LaneState.HELD_OPEN, LaneState.OUT_OF_SERVICE

TIMINGS = Timings(pulse_ms=500, open_ms=3_000, show_ms=1_500, override_ms=30_000)
WAY_MS, NOW_MS = 7, 10  # when a machine was brought into its state, and when it is told more

FIRST = Outcome(verdict=Verdict.REFER, reason=Reason.STATIC_CODE, seq=1, ms=5)
GRANT = Outcome(verdict=Verdict.GRANT, reason=None, seq=2, ms=5)
DENY = Outcome(verdict=Verdict.DENY, reason=Reason.REPLAYED, seq=3, ms=5)
REFER = Outcome(verdict=Verdict.REFER, reason=Reason.STATIC_CODE, seq=4, ms=5)
JUNK = Outcome(verdict=Verdict.DENY, reason=Reason.FORM_MALFORMED, seq=None, ms=5)

# One of each, in the order of `Event`.
TOLD: Mapping[type[Event], Event] = {
    CodeScanned: CodeScanned(),
    Granted: Granted(outcome=GRANT),
    GrantedToPass: GrantedToPass(outcome=GRANT),
    Refused: Refused(outcome=DENY),
    Referred: Referred(outcome=REFER),
    StillReferred: StillReferred(outcome=JUNK),
    OverrideRefused: OverrideRefused(outcome=JUNK),
    GrantedLate: GrantedLate(outcome=GRANT),
    RefusedLate: RefusedLate(outcome=DENY),
    PassageMade: PassageMade(),
    TimedOut: TimedOut(),
    EmergencyBegan: EmergencyBegan(),
    EmergencyEnded: EmergencyEnded(),
    Failed: Failed(),
    Restored: Restored(),
}
# How a machine comes into each state, the first REFER and the first grant being waited for.
WAY: Mapping[LaneState, tuple[Event, ...]] = {
    OUT: (),
    IDLE: (Restored(),),
    DECIDING: (Restored(), CodeScanned()),
    OPEN: (Restored(), CodeScanned(), Granted(outcome=GRANT)),
    AWAITING: (Restored(), CodeScanned(), GrantedToPass(outcome=FIRST)),
    REFERRED: (Restored(), CodeScanned(), Referred(outcome=FIRST)),
    ATTENDING: (Restored(), CodeScanned(), Referred(outcome=FIRST), CodeScanned()),
    SHOWING: (Restored(), CodeScanned(), Refused(outcome=DENY)),
    HELD: (EmergencyBegan(),),
}

READY, OUT_SHOWN = Show(shown=Shown.READY), Show(shown=Shown.OUT_OF_SERVICE)
Ends = Mapping[type[Event], tuple[LaneState, tuple[Effect, ...]]]


def let_in(until_ms: int = NOW_MS + 3_000) -> tuple[Effect, ...]:
    return (
        OpenGate(pulse_ms=500),
        Answer(outcome=GRANT),
        ExpectPassage(until_ms=until_ms),
        Show(shown=Shown.OK, outcome=GRANT),
    )


SCAN: Ends = {CodeScanned: (DECIDING, (Decide(),))}
OVER: Ends = {TimedOut: (IDLE, (READY,))}
RELEASE: Ends = {
    EmergencyBegan: (
        HELD,
        (HoldGate(), Note(kind=NoteKind.EMERGENCY_BEGAN), Show(shown=Shown.HELD_OPEN)),
    )
}
ANYTIME: Ends = {**RELEASE, Failed: (OUT, (OUT_SHOWN,))}
PASSED: Ends = {PassageMade: (IDLE, (CloseGate(), READY))}
DECIDED: Ends = {
    Granted: (OPEN, let_in()),
    GrantedToPass: (AWAITING, let_in(NOW_MS + 3_000 + CONTACT_TELLS_MS)),
    Refused: (SHOWING, (Answer(outcome=DENY), Show(shown=Shown.DENY, outcome=DENY))),
    Referred: (
        REFERRED,
        (
            Answer(outcome=REFER),
            AskAttendant(outcome=REFER, until_ms=NOW_MS + 30_000),
            Show(shown=Shown.REFER, outcome=REFER),
        ),
    ),
    GrantedLate: (SHOWING, (Annul(outcome=GRANT, cause=Cause.LATE),)),
    RefusedLate: (SHOWING, ()),
}
# What docs and attendants expect, written down a second time; everything else changes nothing.
EXPECTED: Mapping[LaneState, Ends] = {
    IDLE: {**SCAN, **ANYTIME},
    DECIDING: {**DECIDED, **ANYTIME},
    OPEN: {**SCAN, **OVER, **PASSED, **ANYTIME},
    AWAITING: {
        **PASSED,
        **ANYTIME,
        TimedOut: (IDLE, (CloseGate(), Annul(outcome=FIRST, cause=Cause.NOT_PASSED), READY)),
    },
    REFERRED: {**OVER, **ANYTIME, CodeScanned: (ATTENDING, (Decide(),))},
    ATTENDING: {
        **DECIDED,
        **ANYTIME,
        StillReferred: (
            REFERRED,
            (Answer(outcome=JUNK), Show(shown=Shown.REFER, outcome=FIRST)),
        ),
        OverrideRefused: (
            REFERRED,
            (
                Answer(outcome=JUNK),
                Note(kind=NoteKind.OVERRIDE_REFUSED),
                Show(shown=Shown.REFER, outcome=FIRST),
            ),
        ),
    },
    SHOWING: {**SCAN, **OVER, **ANYTIME},
    HELD: {
        TimedOut: (HELD, (HoldGate(),)),
        Granted: (HELD, (Answer(outcome=GRANT),)),
        GrantedToPass: (HELD, (Answer(outcome=GRANT),)),
        Refused: (HELD, (Answer(outcome=DENY),)),
        Referred: (HELD, (Answer(outcome=REFER),)),
        StillReferred: (HELD, (Answer(outcome=JUNK),)),
        OverrideRefused: (HELD, (Answer(outcome=JUNK),)),
        GrantedLate: (HELD, (Annul(outcome=GRANT, cause=Cause.LATE),)),
        EmergencyEnded: (
            OUT,
            (CloseGate(), Note(kind=NoteKind.EMERGENCY_ENDED), OUT_SHOWN),
        ),
    },
    OUT: {
        **RELEASE,
        Restored: (IDLE, (READY,)),
        Granted: (OUT, (Annul(outcome=GRANT, cause=Cause.LATE),)),
        GrantedToPass: (OUT, (Annul(outcome=GRANT, cause=Cause.LATE),)),
        GrantedLate: (OUT, (Annul(outcome=GRANT, cause=Cause.LATE),)),
    },
}


def machine_in(state: LaneState) -> LaneMachine:
    machine = LaneMachine()
    machine.set_timings(TIMINGS)
    for event in WAY[state]:
        machine.receive(event, WAY_MS)
    assert machine.state is state
    return machine


def test_one_of_each_event_is_told_here() -> None:
    assert set(TOLD) == set(EVENTS)
    assert set(EXPECTED) == set(LaneState) == set(TRANSITIONS) == set(WAY)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", LaneState, ids=lambda state: state.value)
def test_every_state_meets_every_event(state: LaneState, event: type[Event]) -> None:
    machine = machine_in(state)
    before = (machine.deadline_ms, machine.pending)
    following, effects = EXPECTED[state].get(event, (state, ()))
    assert machine.receive(TOLD[event], NOW_MS) == effects
    assert machine.state is following
    assert machine_in(state).takes(event) is (event in EXPECTED[state])
    if event not in EXPECTED[state]:
        assert (machine.deadline_ms, machine.pending) == before, "what does not fit changes nothing"


def test_a_gate_opens_for_a_person_only_from_a_grant_that_was_being_decided() -> None:
    opening = {
        (state, event)
        for state, ends in EXPECTED.items()
        for event, (_, effects) in ends.items()
        if any(isinstance(effect, OpenGate) for effect in effects)
    }
    assert opening == {(s, e) for s in (DECIDING, ATTENDING) for e in (Granted, GrantedToPass)}


def test_a_gate_stands_open_for_everybody_only_in_an_emergency() -> None:
    for ends in EXPECTED.values():
        for following, effects in ends.values():
            assert not any(isinstance(each, HoldGate) for each in effects) or following is HELD


def test_the_gate_opens_and_the_counter_hears_of_it_before_anything_else() -> None:
    for ends in EXPECTED.values():
        for _, effects in ends.values():
            if effects and isinstance(effects[0], OpenGate):
                assert isinstance(effects[1], Answer)


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    reached, ends = {OUT}, [OUT]
    while ends:
        for move in TRANSITIONS[ends.pop()].values():
            if move.to not in reached:
                reached.add(move.to)
                ends.append(move.to)
    assert reached == set(LaneState)
    for state in LaneState:
        assert any(move.to is not state for move in TRANSITIONS[state].values())


def test_a_lane_begins_out_of_service() -> None:
    machine = LaneMachine()
    assert machine.state is OUT
    assert machine.receive(CodeScanned(), 0) == ()


@pytest.mark.parametrize(
    ("state", "lasts_ms"),
    [
        (OPEN, 3_000),
        (AWAITING, 3_000 + CONTACT_TELLS_MS),
        (SHOWING, 1_500),
        (REFERRED, 30_000),
        (HELD, HOLD_AGAIN_MS),
        (IDLE, None),
        (DECIDING, None),
        (ATTENDING, None),
        (OUT, None),
    ],
)
def test_what_lasts_a_while_has_a_deadline(state: LaneState, lasts_ms: int | None) -> None:
    ends_ms = None if lasts_ms is None else WAY_MS + lasts_ms
    assert machine_in(state).deadline_ms == ends_ms


def test_new_timings_do_not_move_the_end_of_what_has_begun() -> None:
    machine = machine_in(OPEN)
    machine.set_timings(Timings(pulse_ms=9, open_ms=9, show_ms=9, override_ms=9))
    assert machine.deadline_ms == WAY_MS + 3_000


@pytest.mark.parametrize("event", [StillReferred, OverrideRefused])
def test_a_referral_ends_when_it_would_have_whatever_is_tried_meanwhile(event: type[Event]) -> None:
    machine = machine_in(ATTENDING)
    machine.receive(TOLD[event], 20_000)
    assert machine.state is REFERRED
    assert machine.deadline_ms == WAY_MS + 30_000
    assert machine.pending is not None
    assert machine.pending.outcome is FIRST


@given(events=st.lists(st.sampled_from(list(TOLD.values())), max_size=40))
def test_whatever_happens_only_what_is_waited_for_is_pending(events: list[Event]) -> None:
    machine = LaneMachine()
    machine.set_timings(TIMINGS)
    for now_ms, event in enumerate(events):
        was, fits = machine.state, machine.takes(type(event))
        effects = machine.receive(event, now_ms)
        assert fits or (effects == () and machine.state is was)
        waits = machine.state in (AWAITING, REFERRED, ATTENDING)
        assert (machine.pending is not None) is waits
        lasts = machine.state not in (IDLE, DECIDING, ATTENDING, OUT)
        assert (machine.deadline_ms is not None) is lasts


@given(events=st.lists(st.sampled_from(list(TOLD.values())), max_size=40))
def test_whatever_happens_a_grant_is_taken_back_only_unused(events: list[Event]) -> None:
    """It was late, or its passage was waited for to the end; no other grant is touched."""
    machine = LaneMachine()
    machine.set_timings(TIMINGS)
    for now_ms, event in enumerate(events):
        was, pending = machine.state, machine.pending
        for effect in machine.receive(event, now_ms):
            if not isinstance(effect, Annul):
                continue
            if isinstance(event, Ended):
                assert isinstance(event, GrantedLate) or was is OUT
                assert effect == Annul(outcome=event.outcome, cause=Cause.LATE)
            else:
                assert was is AWAITING
                assert pending is not None
                assert effect == Annul(outcome=pending.outcome, cause=Cause.NOT_PASSED)
