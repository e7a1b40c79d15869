"""What a scanner is told, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from drivers.base import Signal
from drivers.serial_line.answers import Answer
from drivers.serial_line.saving import saves

# Sixteen commands set up every scanner we have read of; more would hold up its start.
INIT_MAX = 16


class Action(Enum):
    """Something that a scanner can be told to do."""

    TRIGGER_ON = "trigger_on"
    TRIGGER_OFF = "trigger_off"
    LIGHT_ON = "light_on"
    LIGHT_OFF = "light_off"
    AIM_ON = "aim_on"
    AIM_OFF = "aim_off"
    BEEP_OK = "beep_ok"
    BEEP_DENY = "beep_deny"
    LED_OK = "led_ok"
    LED_DENY = "led_deny"


_OF_SIGNAL = {
    Signal.OK: (Action.BEEP_OK, Action.LED_OK),
    Signal.DENY: (Action.BEEP_DENY, Action.LED_DENY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The octets of what a scanner is told; none of it is kept in its flash memory.

    Raises:
        ValueError: a command is known to write flash, something asked for has no command, or
            there are too many.
    """

    actions: Mapping[Action, bytes] = field(default_factory=dict)
    init: tuple[bytes, ...] = ()  # sent each time the port was opened
    at_start: tuple[Action, ...] = ()  # after `init`
    at_stop: tuple[Action, ...] = ()
    trigger_ms: int = 0  # TRIGGER_ON once more every so often; 0: never
    has_signal: bool = False  # beeps and lights as the lane decides
    octet_pause_ms: int = 0  # for scanners that can't take octets one behind the other
    query: bytes = b""  # asks for a sign of life; empty: never asked
    query_ms: int = 0  # how long the scanner may be silent before that
    answers: tuple[Answer, ...] = ()  # what it says to commands

    def __post_init__(self) -> None:
        for octets in (*self.init, b"".join(self.init), *self.actions.values(), self.query):
            if why := saves(octets):
                raise ValueError(why)
        if len(self.init) > INIT_MAX:
            raise ValueError(f"init has more than {INIT_MAX} commands")
        wanted = (*self.at_start, *self.at_stop, *((Action.TRIGGER_ON,) * bool(self.trigger_ms)))
        for action in wanted:
            if action not in self.actions:
                raise ValueError(f"there is no command for {action.value}: give it under actions")

    def starting(self) -> tuple[bytes, ...]:
        """Return what is sent when the port was opened."""
        return (*self.init, *(self.actions[action] for action in self.at_start))

    def stopping(self) -> bytes:
        """Return what is sent at the end."""
        return b"".join(self.actions[action] for action in self.at_stop)

    def of_signal(self, signal: Signal) -> tuple[bytes, ...]:
        """Return what tells it; nothing where the scanner has no command for it."""
        if not self.has_signal:
            return ()
        return tuple(
            self.actions[action] for action in _OF_SIGNAL[signal] if action in self.actions
        )
