"""A gate behind one output of a board."""

from collections.abc import Callable
from typing import Any

from drivers.base import Report
from drivers.board import Board, Member
from drivers.outputs import Output


class BoardGate:
    """Opens by one output of a board; a `Gate` and `Holding`.

    Args:
        board: it; maybe shared with others.
        member: makes this gate's share of it.
        number: of the output, as the board counts.
        monotonic_ms: the clock of the pulses.
    """

    def __init__(
        self,
        *,
        board: Board[Any, Any],
        member: Callable[[Report, dict[int, Output]], Member] = Member,
        number: int,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._board, self._make_member, self._number = board, member, number
        self._monotonic_ms = monotonic_ms
        self._output = Output()
        self._member: Member | None = None

    def start(self, report: Report) -> None:
        """Take the output, off; returns at once. A missing board is reported, never raised."""
        if self._member is not None:
            raise ValueError(f"gate at output {self._number} is started already")
        self._member = self._make_member(report, {self._number: self._output})
        self._board.join(self._member)

    def open(self, pulse_ms: int) -> None:
        """Open for `pulse_ms`, at most PULSE_MS_MAX; returns at once.

        During a pulse this prolongs it and never cuts it: the second person has the full time,
        and the first is not shut in.

        Raises:
            ValueError: the pulse is not above zero.
        """
        self._output.pulse(pulse_ms, self._monotonic_ms())
        self._hurry()

    def hold(self, *, is_open: bool) -> None:
        """Hold it open, or close it, whatever pulse is running; returns at once."""
        self._output.hold(is_on=is_open)
        self._hurry()

    def stop(self) -> None:
        """Close the gate; the board is free when the last of those that share it has stopped."""
        if self._member is not None:
            self._board.leave(self._member)

    def _hurry(self) -> None:
        if self._member is not None:
            self._board.hurry(self._member)
