"""What a lane does next: states, a table of transitions, and effects as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class LaneState(Enum):
    """Where one lane stands."""

    IDLE = "idle"
    DECIDING = "deciding"
    OPEN = "open"
    SHOWING = "showing"
    OUT_OF_SERVICE = "out-of-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScanned:
    """A scanner delivered a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The entry of a GRANT is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGranted:
    """A REFER or DENY is to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The time of the present state is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Something the lane can't do without is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """It is back."""


Event = CodeScanned | Granted | NotGranted | TimedOut | Failed | Restored


class Effect(Enum):
    """What the lane's wires must do now, in this order."""

    DECIDE = "decide"
    OPEN_GATE = "open-gate"
    ANSWER = "answer"
    SHOW_READY = "show-ready"
    SHOW_OUT_OF_SERVICE = "show-out-of-service"


_Moves = dict[type[Event], LaneState]

_BROKEN: _Moves = {Failed: LaneState.OUT_OF_SERVICE}
_SCAN: _Moves = {CodeScanned: LaneState.DECIDING}
_OVER: _Moves = {TimedOut: LaneState.IDLE}
_DECIDED: _Moves = {Granted: LaneState.OPEN, NotGranted: LaneState.SHOWING}

TRANSITIONS: Mapping[LaneState, Mapping[type[Event], LaneState]] = {
    LaneState.IDLE: _SCAN | _BROKEN,
    LaneState.DECIDING: _DECIDED | _BROKEN,
    LaneState.OPEN: _SCAN | _OVER | _BROKEN,  # the next in line need not wait for the arm
    LaneState.SHOWING: _SCAN | _OVER | _BROKEN,
    LaneState.OUT_OF_SERVICE: {Restored: LaneState.IDLE},
}

_EFFECTS: Mapping[LaneState, tuple[Effect, ...]] = {
    LaneState.IDLE: (Effect.SHOW_READY,),
    LaneState.DECIDING: (Effect.DECIDE,),
    LaneState.OPEN: (Effect.OPEN_GATE, Effect.ANSWER),
    LaneState.SHOWING: (Effect.ANSWER,),
    LaneState.OUT_OF_SERVICE: (Effect.SHOW_OUT_OF_SERVICE,),
}


class LaneMachine:
    """One lane's state; it starts out of service, for nothing is known to work yet."""

    def __init__(self) -> None:
        self.state = LaneState.OUT_OF_SERVICE
        self.deadline_ms: int | None = None  # monotonic: when TimedOut is due
        self._durations_ms = {LaneState.OPEN: 0, LaneState.SHOWING: 0}

    def set_durations(self, *, open_ms: int, show_ms: int) -> None:
        """Take a profile's timings; a state that has begun keeps its end."""
        self._durations_ms = {LaneState.OPEN: open_ms, LaneState.SHOWING: show_ms}

    def receive(self, event: Event, now_ms: int) -> tuple[Effect, ...]:
        """Return what to do about `event`; one that does not fit the state does nothing."""
        following = TRANSITIONS[self.state].get(type(event))
        if following is None:
            return ()
        self.state = following
        duration_ms = self._durations_ms.get(following)
        self.deadline_ms = None if duration_ms is None else now_ms + duration_ms
        return _EFFECTS[following]
