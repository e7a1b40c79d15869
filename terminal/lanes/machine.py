"""What a lane does next: states, a table of moves, and effects as values. Pure.

The diagram of docs/lanes.md is made from the table by terminal/lanes/diagram.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from terminal.lanes.doings import About, Doing, effect_of
from terminal.lanes.effects import Effect
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
from terminal.presenting import Outcome

# A gate that can't be held is opened again so often while it shall stand open, and one that came
# back hears of it as soon: each pulse is longer (terminal/lanes/actions.py).
HOLD_AGAIN_MS = 2_000
# Who went through at the last moment is heard of so late: 30 ms of bouncing, a poll of a slow bus,
# and a busy machine.
CONTACT_TELLS_MS = 200


class LaneState(Enum):
    """Where one lane stands."""

    IDLE = "idle"
    DECIDING = "deciding"
    OPEN = "open"  # for somebody whose grant counts already
    AWAITING = "awaiting-passage"  # for somebody whose grant counts once he went through
    REFERRED = "referred"  # an attendant may come and override
    ATTENDING = "attending"  # a code is being decided while an attendant is awaited
    SHOWING = "showing"
    HELD_OPEN = "held-open"  # an emergency: nothing is decided
    OUT_OF_SERVICE = "out-of-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where an event leads, and what is done, in this order."""

    to: LaneState
    does: tuple[Doing, ...] = ()
    keeps: bool = False  # what is waited for, and until when


_Moves = Mapping[type[Event], Move]

_S, _D = LaneState, Doing

_BROKEN: _Moves = {Failed: Move(to=_S.OUT_OF_SERVICE, does=(_D.SHOW_OUT_OF_SERVICE,))}
_RELEASE: _Moves = {
    EmergencyBegan: Move(
        to=_S.HELD_OPEN, does=(_D.HOLD_GATE, _D.NOTE_EMERGENCY_BEGAN, _D.SHOW_HELD_OPEN)
    )
}
_ANYTIME = {**_BROKEN, **_RELEASE}
_SCAN: _Moves = {CodeScanned: Move(to=_S.DECIDING, does=(_D.DECIDE,))}
_OVER: _Moves = {TimedOut: Move(to=_S.IDLE, does=(_D.SHOW_READY,))}
_GONE_THROUGH: _Moves = {PassageMade: Move(to=_S.IDLE, does=(_D.CLOSE_GATE, _D.SHOW_READY))}
_LET_IN = (_D.OPEN_GATE, _D.ANSWER, _D.EXPECT_PASSAGE, _D.SHOW_ANSWER)
_DECIDED: _Moves = {
    Granted: Move(to=_S.OPEN, does=_LET_IN),
    GrantedToPass: Move(to=_S.AWAITING, does=_LET_IN),
    Refused: Move(to=_S.SHOWING, does=(_D.ANSWER, _D.SHOW_ANSWER)),
    Referred: Move(to=_S.REFERRED, does=(_D.ANSWER, _D.ASK_ATTENDANT, _D.SHOW_REFERRED)),
    GrantedLate: Move(to=_S.SHOWING, does=(_D.ANNUL_LATE,)),
    RefusedLate: Move(to=_S.SHOWING),
}
# The one in hand ends as he would have; only that the gate stands open anyhow.
_ENDED_MEANWHILE = Move(to=_S.HELD_OPEN, does=(_D.ANSWER,))
_CLOSED_MEANWHILE = Move(to=_S.OUT_OF_SERVICE, does=(_D.ANNUL_LATE,))

TRANSITIONS: Mapping[LaneState, _Moves] = {
    _S.IDLE: {**_SCAN, **_ANYTIME},
    _S.DECIDING: {**_DECIDED, **_ANYTIME},
    # The next in line need not wait for the arm, where no grant depends on who went through.
    _S.OPEN: {**_SCAN, **_GONE_THROUGH, **_OVER, **_ANYTIME},
    _S.AWAITING: {
        **_GONE_THROUGH,
        TimedOut: Move(to=_S.IDLE, does=(_D.CLOSE_GATE, _D.ANNUL_NOT_PASSED, _D.SHOW_READY)),
        **_ANYTIME,
    },
    _S.REFERRED: {
        CodeScanned: Move(to=_S.ATTENDING, does=(_D.DECIDE,), keeps=True),
        **_OVER,
        **_ANYTIME,
    },
    _S.ATTENDING: {
        **_DECIDED,
        StillReferred: Move(to=_S.REFERRED, does=(_D.ANSWER, _D.SHOW_REFERRED), keeps=True),
        OverrideRefused: Move(
            to=_S.REFERRED,
            does=(_D.ANSWER, _D.NOTE_OVERRIDE_REFUSED, _D.SHOW_REFERRED),
            keeps=True,
        ),
        **_ANYTIME,
    },
    _S.SHOWING: {**_SCAN, **_OVER, **_ANYTIME},
    _S.HELD_OPEN: {
        TimedOut: Move(to=_S.HELD_OPEN, does=(_D.HOLD_GATE,)),
        Granted: _ENDED_MEANWHILE,
        GrantedToPass: _ENDED_MEANWHILE,
        Refused: _ENDED_MEANWHILE,
        Referred: _ENDED_MEANWHILE,
        StillReferred: _ENDED_MEANWHILE,
        OverrideRefused: _ENDED_MEANWHILE,
        GrantedLate: Move(to=_S.HELD_OPEN, does=(_D.ANNUL_LATE,)),
        EmergencyEnded: Move(
            to=_S.OUT_OF_SERVICE,
            does=(_D.CLOSE_GATE, _D.NOTE_EMERGENCY_ENDED, _D.SHOW_OUT_OF_SERVICE),
        ),
    },
    _S.OUT_OF_SERVICE: {
        Restored: Move(to=_S.IDLE, does=(_D.SHOW_READY,)),
        # An emergency began and ended while they were decided: the gate is closed to them.
        Granted: _CLOSED_MEANWHILE,
        GrantedToPass: _CLOSED_MEANWHILE,
        GrantedLate: _CLOSED_MEANWHILE,
        **_RELEASE,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """A profile's, in milliseconds."""

    pulse_ms: int = 0
    open_ms: int = 0
    show_ms: int = 0
    override_ms: int = 0

    def of(self, state: LaneState) -> int | None:
        """Return how long `state` lasts by itself; None: until something happens."""
        match state:
            case LaneState.OPEN:
                return self.open_ms
            case LaneState.AWAITING:
                return self.open_ms + CONTACT_TELLS_MS
            case LaneState.SHOWING:
                return self.show_ms
            case LaneState.REFERRED:
                return self.override_ms
            case LaneState.HELD_OPEN:
                return HOLD_AGAIN_MS
            case (
                LaneState.IDLE | LaneState.DECIDING | LaneState.ATTENDING | LaneState.OUT_OF_SERVICE
            ):
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a lane waits for: the outcome that is not yet the last word, and until when."""

    outcome: Outcome
    until_ms: int  # monotonic


class LaneMachine:
    """One lane's state; it starts out of service, for nothing is known to work yet."""

    def __init__(self) -> None:
        self.state = LaneState.OUT_OF_SERVICE
        self.deadline_ms: int | None = None  # monotonic: when TimedOut is due
        # The grant that counts once somebody went through, or the REFER that may be overridden.
        self.pending: Pending | None = None
        self._timings = Timings()

    def set_timings(self, timings: Timings) -> None:
        """Take a profile's timings; a state that has begun keeps its end."""
        self._timings = timings

    def takes(self, event: type[Event]) -> bool:
        """Return whether `event` leads anywhere from here."""
        return event in TRANSITIONS[self.state]

    def receive(self, event: Event, now_ms: int) -> tuple[Effect, ...]:
        """Return what to do about `event`; one that does not fit the state does nothing."""
        move = TRANSITIONS[self.state].get(type(event))
        if move is None:
            return ()
        waited_for = None if self.pending is None else self.pending.outcome
        outcome = event.outcome if isinstance(event, Ended) else waited_for
        self.state = move.to
        self._begin(None if move.keeps else outcome, now_ms)
        about = About(
            outcome=outcome,
            referred=None if self.pending is None else self.pending.outcome,
            pulse_ms=self._timings.pulse_ms,
            until_ms=self.deadline_ms or now_ms,
        )
        return tuple(effect_of(doing, about) for doing in move.does)

    def _begin(self, outcome: Outcome | None, now_ms: int) -> None:
        """Set when the state ends and what it waits for; None: what it waited for already."""
        lasts_ms = self._timings.of(self.state)
        self.deadline_ms = None if lasts_ms is None else now_ms + lasts_ms
        is_pending = self.state in (LaneState.REFERRED, LaneState.ATTENDING, LaneState.AWAITING)
        if not is_pending:
            self.pending = None
        elif outcome is not None and self.deadline_ms is not None:
            self.pending = Pending(outcome=outcome, until_ms=self.deadline_ms)
        elif self.pending is not None and self.deadline_ms is not None:
            self.deadline_ms = self.pending.until_ms
