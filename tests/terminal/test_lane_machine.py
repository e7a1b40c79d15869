from collections.abc import Mapping
from typing import get_args

import pytest

from terminal.lane_machine import (
    TRANSITIONS,
    CodeScanned,
    Effect,
    Event,
    Failed,
    Granted,
    LaneMachine,
    LaneState,
    NotGranted,
    Restored,
    TimedOut,
)

IDLE, DECIDING, OPEN = LaneState.IDLE, LaneState.DECIDING, LaneState.OPEN
SHOWING, OUT = LaneState.SHOWING, LaneState.OUT_OF_SERVICE

# What docs and attendants expect, written down a second time; everything else changes nothing.
EXPECTED: Mapping[tuple[LaneState, type[Event]], tuple[LaneState, tuple[Effect, ...]]] = {
    (IDLE, CodeScanned): (DECIDING, (Effect.DECIDE,)),
    (OPEN, CodeScanned): (DECIDING, (Effect.DECIDE,)),
    (SHOWING, CodeScanned): (DECIDING, (Effect.DECIDE,)),
    (DECIDING, Granted): (OPEN, (Effect.OPEN_GATE, Effect.ANSWER)),
    (DECIDING, NotGranted): (SHOWING, (Effect.ANSWER,)),
    (OPEN, TimedOut): (IDLE, (Effect.SHOW_READY,)),
    (SHOWING, TimedOut): (IDLE, (Effect.SHOW_READY,)),
    (IDLE, Failed): (OUT, (Effect.SHOW_OUT_OF_SERVICE,)),
    (DECIDING, Failed): (OUT, (Effect.SHOW_OUT_OF_SERVICE,)),
    (OPEN, Failed): (OUT, (Effect.SHOW_OUT_OF_SERVICE,)),
    (SHOWING, Failed): (OUT, (Effect.SHOW_OUT_OF_SERVICE,)),
    (OUT, Restored): (IDLE, (Effect.SHOW_READY,)),
}
EVENTS: tuple[type[Event], ...] = get_args(Event)
WAY: Mapping[LaneState, tuple[Event, ...]] = {
    OUT: (),
    IDLE: (Restored(),),
    DECIDING: (Restored(), CodeScanned()),
    OPEN: (Restored(), CodeScanned(), Granted()),
    SHOWING: (Restored(), CodeScanned(), NotGranted()),
}


def machine_in(state: LaneState) -> LaneMachine:
    machine = LaneMachine()
    machine.set_durations(open_ms=3_000, show_ms=1_500)
    for event in WAY[state]:
        machine.receive(event, 0)
    assert machine.state is state
    return machine


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", LaneState, ids=lambda state: state.value)
def test_every_state_meets_every_event(state: LaneState, event: type[Event]) -> None:
    machine = machine_in(state)
    deadline_ms = machine.deadline_ms
    following, effects = EXPECTED.get((state, event), (state, ()))
    assert machine.receive(event(), 10) == effects
    assert machine.state is following
    if (state, event) not in EXPECTED:
        assert machine.deadline_ms == deadline_ms, "what does not fit changes nothing"


def test_a_gate_opens_only_from_a_grant_that_was_being_decided() -> None:
    opening = {key for key, (_, effects) in EXPECTED.items() if Effect.OPEN_GATE in effects}
    assert opening == {(DECIDING, Granted)}


def test_the_table_names_every_state_and_each_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(LaneState)
    reached, ends = {OUT}, [OUT]
    while ends:
        for following in TRANSITIONS[ends.pop()].values():
            if following not in reached:
                reached.add(following)
                ends.append(following)
    assert reached == set(LaneState)
    assert all(TRANSITIONS[state] for state in LaneState), "no state is a dead end"


def test_a_lane_begins_out_of_service() -> None:
    machine = LaneMachine()
    assert machine.state is OUT
    assert machine.receive(CodeScanned(), 0) == ()


@pytest.mark.parametrize(
    ("state", "lasts_ms"), [(OPEN, 3_000), (SHOWING, 1_500), (IDLE, None), (DECIDING, None)]
)
def test_what_lasts_a_while_has_a_deadline(state: LaneState, lasts_ms: int | None) -> None:
    assert machine_in(state).deadline_ms == lasts_ms


def test_new_timings_do_not_move_the_end_of_what_has_begun() -> None:
    machine = machine_in(OPEN)
    machine.set_durations(open_ms=9, show_ms=9)
    assert machine.deadline_ms == 3_000
