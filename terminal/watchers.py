"""Who is to be woken when something is new, whichever thread brings it."""

import threading
from collections.abc import Callable


class Watchers:
    """Those who watch one thing.

    Args:
        most: how many may at once; one more is our bug, as each takes itself off again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._wakers: tuple[Callable[[], None], ...] = ()

    def add(self, wake: Callable[[], None]) -> None:
        """Call `wake` from now on, in the thread that brings news; it must not wait or raise.

        Raises:
            ValueError: there are as many as may be.
        """
        with self._lock:
            if len(self._wakers) >= self._most:
                raise ValueError(f"{self._most} watch already")
            self._wakers = (*self._wakers, wake)

    def remove(self, wake: Callable[[], None]) -> None:
        """Call `wake` no more, but for what is being told just now."""
        with self._lock:
            self._wakers = tuple(each for each in self._wakers if each != wake)

    def wake(self) -> None:
        """Wake all of them."""
        for wake in self._wakers:
            wake()
