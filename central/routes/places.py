"""Places: how much of one thing goes on at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from central.errors import Overloaded


class Places:
    """Counts in the event loop's thread alone.

    Args:
        places: how many there are.
        places_each: how many of them one terminal may hold; all, if not given.
        what: goes on in them, for the words of a refusal.
    """

    def __init__(self, places: int, places_each: int | None = None, *, what: str) -> None:
        self._free = places
        self._each = places if places_each is None else places_each
        self._held: Counter[str] = Counter()
        self._what = what

    def check(self) -> None:
        """Say beforehand whether a place would be had.

        Raises:
            Refused: all are taken.
        """
        if not self._free:
            raise Overloaded(f"too many {self._what} at once")

    @contextmanager
    def one(self, terminal: str) -> Iterator[None]:
        """Hold a place for `terminal`.

        Raises:
            Refused: all are taken, or all that one terminal may hold.
        """
        self.check()
        if self._held[terminal] >= self._each:
            raise Overloaded(f"too many {self._what} of one terminal at once", is_its_own=True)
        self._free -= 1
        self._held[terminal] += 1
        try:
            yield
        finally:
            self._free += 1
            self._held[terminal] -= 1
            if not self._held[terminal]:
                del self._held[terminal]  # names come from outside: none is kept for good
