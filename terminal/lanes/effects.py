"""What a lane's machine wants done, as values; terminal/lanes/actions.py does it."""

from dataclasses import dataclass

from drivers.base import Shown
from protocol.use import Cause, NoteKind
from terminal.presenting import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Decide about the code that was scanned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGate:
    """Open the gate for one person."""

    pulse_ms: int  # 0: the lane opens none


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseGate:
    """Let the gate close now, where it can be told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldGate:
    """Keep the gate open until it is closed: said again and again while that is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Tell the counter's program, and the holder by his scanner's sound, how it ended."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectPassage:
    """Somebody may go through, once."""

    until_ms: int  # monotonic; from then on it is nobody's passage


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAttendant:
    """Let an attendant turn this REFER into a grant, by his own code."""

    outcome: Outcome
    until_ms: int  # monotonic; from then on nobody can


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Show it by the lane's lights and sound."""

    shown: Shown
    outcome: Outcome | None = None  # the answer whose words belong to it; None: the lane's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Annul:
    """Take a grant back by an entry of its own."""

    outcome: Outcome
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write down what happened at the lane; it names nobody."""

    kind: NoteKind


Effect = (
    Decide
    | OpenGate
    | CloseGate
    | HoldGate
    | Answer
    | ExpectPassage
    | AskAttendant
    | Show
    | Annul
    | Note
)
