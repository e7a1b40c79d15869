"""What befalls a lane, as its machine hears of it (terminal/lanes/machine.py)."""

from dataclasses import dataclass

from terminal.presenting import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScanned:
    """A scanner delivered a code that is to be decided: no one that was still in view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a presentation ended; its entry, if it makes one, is durable."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted(Ended):
    """A GRANT that counts by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedToPass(Ended):
    """A GRANT that counts once somebody went through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Ended):
    """A DENY, or a REFER that no attendant can turn into a grant here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred(Ended):
    """A REFER that an attendant may turn into a grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillReferred(Ended):
    """A code that names nobody was refused while an attendant is awaited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRefused(Ended):
    """An attendant's code was, that may not override this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedLate(Ended):
    """A GRANT that became durable when nobody waits for it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLate(Ended):
    """Anything else that did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageMade:
    """Everybody went through to whom the gate was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The time of the present state is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyBegan:
    """Somebody wants the lane to stand open, whoever comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyEnded:
    """Nobody does any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Something the lane can't do without is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """It is back."""


Ending = (
    Granted
    | GrantedToPass
    | Refused
    | Referred
    | StillReferred
    | OverrideRefused
    | GrantedLate
    | RefusedLate
)

Event = (
    CodeScanned
    | Ending
    | PassageMade
    | TimedOut
    | EmergencyBegan
    | EmergencyEnded
    | Failed
    | Restored
)
