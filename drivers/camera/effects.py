"""What the machine of a camera's processes decides, for others to carry out."""

from dataclasses import dataclass
from enum import Enum

from drivers.camera.messages import FrameNote, Message, Result


class Child(Enum):
    """A camera's processes."""

    CAPTURE = "capture"
    DECODE = "decode"
    SPARE = "spare"  # a second decode process, ready to take over


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start this process."""

    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Kill this process; the machine takes it for gone."""

    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Take the spare for decode, which is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send this to that process."""

    child: Child
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Hand on what was read on a frame."""

    note: FrameNote
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class TellUp:
    """The camera works."""

    detail: str = ""  # in which respect it is not what was ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDown:
    """The camera does not work, for this reason."""

    detail: str


Outward = Deliver | TellUp | TellDown
Effect = Start | Kill | Promote | Send | Outward
