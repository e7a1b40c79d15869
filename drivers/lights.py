"""Lamps behind outputs of a board: red, yellow and green."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from drivers.base import Report, Shown
from drivers.board import Board, Member
from drivers.outputs import Light, Output


class Lamp(Enum):
    """A lamp by its colour."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


# Told by which lamp is lit, at its place, and by blinking, never by colour alone: one of twelve
# men tells red from green badly. A lane without a lamp leaves it out. BUSY is as READY: it lasts
# for milliseconds, and a relay is not to click for that.
PATTERNS: Mapping[Shown, Mapping[Lamp, Light]] = {
    Shown.READY: {Lamp.YELLOW: Light.STEADY},
    Shown.BUSY: {Lamp.YELLOW: Light.STEADY},
    Shown.OK: {Lamp.GREEN: Light.STEADY},
    Shown.DENY: {Lamp.RED: Light.STEADY},
    Shown.REFER: {Lamp.RED: Light.BLINK, Lamp.YELLOW: Light.BLINK},
    Shown.OUT_OF_SERVICE: {Lamp.RED: Light.STEADY, Lamp.YELLOW: Light.STEADY},
    Shown.HELD_OPEN: {Lamp.GREEN: Light.BLINK},
}


class Lights:
    """Shows what is to be shown by lamps; an `Indicator`.

    Args:
        board: what switches them; maybe shared with others.
        member: makes these lights' share of it.
        lamps: the output of each lamp there is, as the board counts.
        monotonic_ms: the clock of the blinking.
    """

    def __init__(
        self,
        *,
        board: Board[Any, Any],
        member: Callable[[Report, dict[int, Output]], Member] = Member,
        lamps: Mapping[Lamp, int],
        monotonic_ms: Callable[[], int],
    ) -> None:
        if not lamps or len(set(lamps.values())) < len(lamps):
            raise ValueError(f"lamps need an output each: {dict(lamps)}")
        self._board, self._make_member, self._monotonic_ms = board, member, monotonic_ms
        self._lamps = {lamp: (number, Output()) for lamp, number in lamps.items()}
        self._member: Member | None = None

    def start(self, report: Report) -> None:
        """Take the outputs, dark; returns at once. A missing board is reported, never raised."""
        if self._member is not None:
            raise ValueError("lights are started already")
        self._member = self._make_member(report, dict(self._lamps.values()))
        self._board.join(self._member)

    def show(self, shown: Shown, words: str = "") -> None:  # noqa: ARG002  # lamps can't speak
        """Show it in place of what was shown; returns at once. Lamps have no use for words."""
        now_ms = self._monotonic_ms()
        for lamp, (_, output) in self._lamps.items():
            output.shine(PATTERNS[shown].get(lamp, Light.OFF), now_ms)
        self._board.wake()

    def stop(self) -> None:
        """Make them dark; the board is free when the last of those that share it has stopped."""
        if self._member is not None:
            self._board.leave(self._member)
