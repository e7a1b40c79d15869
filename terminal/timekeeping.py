"""The terminal's clock: the machine's, held against what signed documents prove."""

import time
from collections.abc import Callable

from drivers.clock import monotonic_ms
from verifier.clock import ClockReading, read_clock
from verifier.model import UnixSeconds

# No honest clock stands before the day on which this version was released.
BUILD_DATE = UnixSeconds(1_795_000_000)  # 2026-11-18


def system_now() -> UnixSeconds:
    """Return the machine's clock."""
    return UnixSeconds(int(time.time()))


class Timekeeper:
    """Reads the clock once a presentation and keeps the floor below which it can't be right."""

    def __init__(
        self,
        *,
        system: Callable[[], UnixSeconds] = system_now,
        monotonic: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._system, self._monotonic = system, monotonic
        self._floor, self._floor_ms = BUILD_DATE, monotonic()

    def raise_floor(self, proven: UnixSeconds) -> None:
        """Learn from a signed document that `proven` has passed; the floor never falls."""
        if proven > self._proven():
            self._floor, self._floor_ms = proven, self._monotonic()

    def read(self) -> ClockReading:
        """Return the time that one presentation is decided by."""
        return read_clock(
            self._system(), floor=self._proven(), synchronised_age_s=self._elapsed_s()
        )

    def _proven(self) -> UnixSeconds:
        return UnixSeconds(self._floor + self._elapsed_s())

    def _elapsed_s(self) -> int:
        return (self._monotonic() - self._floor_ms) // 1_000
