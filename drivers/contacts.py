"""Switches and light barriers: from levels, which bounce, to contacts that opened or closed."""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.base import Contact, ContactEvent

# A contact bounces for 5 to 20 ms; the shortest signal of a turnstile that we know lasts 300 ms.
SETTLE_MS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where a contact is connected."""

    number: int  # of the input or line, as its device counts
    is_inverted: bool = False  # active where the level is low: a contact that opens


@dataclass(slots=True)
class _Level:
    """What one input is at, and since when."""

    is_high: bool
    since_ms: int


class ContactWatch:
    """Tells changes of one lane's contacts; levels and `now_ms` in, events out.

    Args:
        wires: where each contact is connected.
        settle_ms: how long a level must last to count.
    """

    def __init__(self, wires: Mapping[Contact, Wire], *, settle_ms: int = SETTLE_MS) -> None:
        if not wires:
            raise ValueError("no contact is connected")
        self._wires, self._settle_ms = dict(wires), settle_ms
        self._levels: dict[int, _Level] = {}
        self._active: set[Contact] = set()  # as it was told
        self.numbers = frozenset(wire.number for wire in wires.values())

    def receive(self, levels: Mapping[int, bool], now_ms: int) -> tuple[ContactEvent, ...]:
        """Return which contacts have changed, now that inputs are at `levels`.

        Args:
            levels: of inputs by number, True where high; of all of them or of some, at once.
            now_ms: when that was so.
        """
        for number, is_high in levels.items():
            level = self._levels.get(number)
            if level is None or level.is_high is not is_high:
                self._levels[number] = _Level(is_high, now_ms)
        changed = []
        for contact, wire in self._wires.items():
            level = self._levels.get(wire.number)
            if level is None or now_ms - level.since_ms < self._settle_ms:
                continue
            is_active = level.is_high is not wire.is_inverted
            if is_active is not (contact in self._active):
                self._active ^= {contact}
                at_ms = level.since_ms
                changed.append(ContactEvent(contact=contact, is_active=is_active, at_ms=at_ms))
        return tuple(changed)

    def lose(self) -> None:
        """Know nothing of the levels any more: the device went away. What was told stays told."""
        self._levels.clear()
