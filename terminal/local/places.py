"""Who holds the connections of a listener, and who gives his up when there are too many."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """One connection, from its first octet on."""

    peer: str
    end: Callable[[], object]  # at once, without a word
    is_known: bool = False  # a token was good on it
    is_at_work: bool = False  # a request of a known client is in hand
    refusals: int = 0  # of requests that nobody looked at further


class Places:
    """Connections of one listener, the oldest first."""

    def __init__(self, *, most: int, most_of_peer: int) -> None:
        self._most, self._most_of_peer = most, most_of_peer
        self._held: dict[Held, None] = {}

    def __len__(self) -> int:
        return len(self._held)

    def enter(self, held: Held) -> bool:
        """Take a connection on; where there is no place the one that matters least is ended.

        That is the oldest that has not shown a good token, then the oldest on which nothing goes
        on: strangers can't keep programs out, and a program can't keep out others.

        Returns:
            Whether there is a place.
        """
        of_peer = [each for each in self._held if each.peer == held.peer]
        if len(of_peer) >= self._most_of_peer:
            return self._replace(of_peer, held)
        if len(self._held) >= self._most:
            return self._replace(list(self._held), held)
        self._held[held] = None
        return True

    def leave(self, held: Held) -> None:
        """Give a place back; once more does nothing."""
        self._held.pop(held, None)

    def end_all(self) -> None:
        """End every connection."""
        for held in list(self._held):
            held.end()

    def _replace(self, among: list[Held], held: Held) -> bool:
        idle = [each for each in among if not each.is_at_work]
        if not idle:
            return False
        victim = next((each for each in idle if not each.is_known), idle[0])
        self.leave(victim)
        victim.end()
        self._held[held] = None
        return True
