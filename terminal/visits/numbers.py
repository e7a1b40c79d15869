"""Ticket numbers: one after the other for each label and day, never one twice. Pure.

The journal has every number that was given, so they are made anew from it at each start.
"""

from protocol.visit import NUMBER_MAX, TicketRecord

# Of a terminal's labels: 26 letters, each with up to two days that a step of the clock may mix.
_KEPT_MAX = 64


class NumbersUsedUp(Exception):  # noqa: N818  # the condition is the name
    """NUMBER_MAX were given under one label on one day."""


class TicketNumbers:
    """The last number of each label and day. Not for two threads at once."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}

    def note(self, ticket: TicketRecord) -> None:
        """Take a number that was given, in whatever order they are told."""
        place = ticket.day, ticket.label
        self._last[place] = max(self._last.get(place, 0), ticket.number)
        self._forget_old()

    def next(self, label: str, day: str) -> int:
        """Return the next number; it is given, whatever becomes of its entry.

        A number that no entry tells of is missing from the queue; one given twice is two people.

        Raises:
            NumbersUsedUp: there are no more today.
        """
        number = self._last.get((day, label), 0) + 1
        if number > NUMBER_MAX:
            raise NumbersUsedUp(f"{NUMBER_MAX} tickets {label} were given on {day}")
        self._last[day, label] = number
        self._forget_old()
        return number

    def _forget_old(self) -> None:
        while len(self._last) > _KEPT_MAX:
            del self._last[min(self._last)]
