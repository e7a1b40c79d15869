"""What a lane's moves do, by name, and the effects that they become. Pure."""

from dataclasses import dataclass
from enum import Enum

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
from terminal.presenting import Outcome
from verifier.model import Verdict


class Doing(Enum):
    """What a move does; `effect_of` makes a value of it."""

    DECIDE = "decide"
    OPEN_GATE = "open gate"
    CLOSE_GATE = "close gate"
    HOLD_GATE = "hold gate"
    ANSWER = "answer"
    EXPECT_PASSAGE = "expect passage"
    ASK_ATTENDANT = "ask attendant"
    SHOW_READY = "show ready"
    SHOW_ANSWER = "show answer"
    SHOW_REFERRED = "show referred"
    SHOW_HELD_OPEN = "show held open"
    SHOW_OUT_OF_SERVICE = "show out of service"
    ANNUL_NOT_PASSED = "annul as not passed"
    ANNUL_LATE = "annul as late"
    NOTE_OVERRIDE_REFUSED = "note refused override"
    NOTE_EMERGENCY_BEGAN = "note beginning"
    NOTE_EMERGENCY_ENDED = "note end"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the effects of one move are made of."""

    outcome: Outcome | None  # of the event, or what was waited for
    referred: Outcome | None  # what is waited for now
    pulse_ms: int
    until_ms: int  # when the state that was entered ends


def effect_of(doing: Doing, about: About) -> Effect:  # noqa: C901, PLR0911, PLR0912  # one case each
    """Return what is to be done, with its data."""
    match doing:
        case Doing.DECIDE:
            return Decide()
        case Doing.OPEN_GATE:
            return OpenGate(pulse_ms=about.pulse_ms)
        case Doing.CLOSE_GATE:
            return CloseGate()
        case Doing.HOLD_GATE:
            return HoldGate()
        case Doing.ANSWER:
            return Answer(outcome=_ended(about))
        case Doing.EXPECT_PASSAGE:
            return ExpectPassage(until_ms=about.until_ms)
        case Doing.ASK_ATTENDANT:
            return AskAttendant(outcome=_ended(about), until_ms=about.until_ms)
        case Doing.SHOW_READY:
            return Show(shown=Shown.READY)
        case Doing.SHOW_ANSWER:
            return Show(shown=_SHOWN[_ended(about).verdict], outcome=_ended(about))
        case Doing.SHOW_REFERRED:
            return Show(shown=Shown.REFER, outcome=about.referred)
        case Doing.SHOW_HELD_OPEN:
            return Show(shown=Shown.HELD_OPEN)
        case Doing.SHOW_OUT_OF_SERVICE:
            return Show(shown=Shown.OUT_OF_SERVICE)
        case Doing.ANNUL_NOT_PASSED:
            return Annul(outcome=_ended(about), cause=Cause.NOT_PASSED)
        case Doing.ANNUL_LATE:
            return Annul(outcome=_ended(about), cause=Cause.LATE)
        case Doing.NOTE_OVERRIDE_REFUSED:
            return Note(kind=NoteKind.OVERRIDE_REFUSED)
        case Doing.NOTE_EMERGENCY_BEGAN:
            return Note(kind=NoteKind.EMERGENCY_BEGAN)
        case Doing.NOTE_EMERGENCY_ENDED:
            return Note(kind=NoteKind.EMERGENCY_ENDED)


_SHOWN = {Verdict.GRANT: Shown.OK, Verdict.REFER: Shown.REFER, Verdict.DENY: Shown.DENY}


def _ended(about: About) -> Outcome:
    """Return the outcome that the table promises where it says so; tests go through all of it."""
    if about.outcome is None:
        raise ValueError("a move without an outcome has none to act on")
    return about.outcome
