"""Octets that came and are not used up, each with its time."""

from collections import deque


class Arrived:
    """A queue of octets; its owner keeps it short.

    Attributes:
        octets: what is there; changed by the methods alone.
    """

    def __init__(self) -> None:
        self.octets = bytearray()
        self._times: deque[tuple[int, int]] = deque()  # how many octets, and when they came

    @property
    def began_ms(self) -> int:
        """Return when the first of the octets came; there must be one."""
        return self._times[0][1]

    def add(self, octets: bytes, now_ms: int) -> None:
        """Put octets behind those that are there."""
        self.octets += octets
        if self._times and self._times[-1][1] == now_ms:
            count, _ = self._times.pop()
            self._times.append((count + len(octets), now_ms))
        else:
            self._times.append((len(octets), now_ms))

    def drop(self, count: int) -> None:
        """Forget the first octets; there must be so many."""
        del self.octets[:count]
        while count:
            there, at_ms = self._times.popleft()
            if there > count:
                self._times.appendleft((there - count, at_ms))
            count -= min(there, count)

    def clear(self) -> None:
        """Forget all."""
        self.octets.clear()
        self._times.clear()
