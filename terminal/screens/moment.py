"""What a screen is made of: where its lane stands, how the last answer was, and what it can't hide."""

from dataclasses import dataclass

from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.screen import Amount
from verifier.model import Freshness
from verifier.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One lane, at one moment."""

    lane: str
    state: LaneState
    profile: Profile | None = None  # None: not published, or no trust yet
    outcome: Outcome | None = None  # what `state` is about; None: nothing that may be told
    due: Amount | None = None  # what a program asks for, while nobody has shown a code
    is_asked: bool = False  # a program asks for a code
    number: int = 0  # of the lane's answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a lane's terminal knows of itself; the usual is that all is well."""

    is_starting: bool = False  # devices and lists may still come
    is_open: bool = True  # by the profile's hours
    offline_s: int | None = None  # for so long the centre was not reached; None: it is
    lists: Freshness = Freshness.FRESH  # of the older of keys and status
    lists_age_s: int = 0
    is_clock_trusted: bool = True
    down: tuple[str, ...] = ()  # parts that the lane serves without
    is_value_stopped: bool = False
