"""The terminal's clock: the machine's, held against what signed documents prove."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from offline_cache.floor_file import BEGINNING, FloorRecord, JournalPlace
from protocol.floor_reset import FloorReset
from terminal.kernel_clock import boottime_ms, is_synchronised
from verifier.clock import (
    ClockGuard,
    ClockReading,
    ClockSample,
    ClockState,
    FloorSource,
    Lesson,
)
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# No honest clock stands before the day on which this version was released.
BUILD_DATE = UnixSeconds(1_795_000_000)  # 2026-11-18

# The floor is written when it has moved on by so much: 24 small files a day wear no flash, and a
# terminal without a clock lives no more than this hour twice.
KEPT_EVERY_S = 3_600

_FAR = "clock: a date lies too far ahead of what is known to be believed: %s %d (clock.far)"


def system_now() -> UnixSeconds:
    """Return the machine's clock."""
    return UnixSeconds(int(time.time()))


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClocks:
    """Where a timekeeper looks."""

    system: Callable[[], UnixSeconds] = system_now
    monotonic_ms: Callable[[], int] = boottime_ms
    is_synchronised: Callable[[], bool] = is_synchronised


@dataclass(frozen=True, slots=True, kw_only=True)
class FarDate:
    """A date that lay past a limit: it, or the clock, is wrong."""

    source: FloorSource
    date: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStanding:
    """What a technician may know of the clock."""

    state: ClockState
    floor: UnixSeconds
    far: FarDate | None  # the last date that was not, or not wholly, believed


class Timekeeper:
    """Reads the clock once a presentation, and learns from documents; any thread may ask it."""

    def __init__(
        self,
        clocks: MachineClocks | None = None,
        *,
        record: FloorRecord | None = None,
        keep: Callable[[FloorRecord], None] | None = None,
    ) -> None:
        """Begin at the build date, or where `record` stands.

        Args:
            clocks: the machine's; others in tests.
            record: what was kept before.
            keep: writes a record durably, or raises CacheError; None: nothing outlives us.
        """
        self._clocks, self._keep = clocks or MachineClocks(), keep
        kept = None if record is None else record.kept
        self._guard = ClockGuard(
            built_at=BUILD_DATE, monotonic_ms=self._clocks.monotonic_ms(), kept=kept
        )
        self._lock = threading.Lock()  # over the guard: lanes read while the sync learns
        self._record = record
        self._cut = BEGINNING if record is None else record.cut
        self._must_keep = False
        self._far: FarDate | None = None
        self._told: set[FloorSource] = set()

    def read(self) -> ClockReading:
        """Return the time that one presentation is decided by."""
        with self._lock:
            return self._guard.read(self._sample())

    def learn(self, proven: UnixSeconds, source: FloorSource) -> Lesson:
        """Learn from a signed document that `proven` has passed, within the guard's limits."""
        with self._lock:
            lesson = self._guard.learn(proven, source, self._sample())
            self._must_keep |= lesson is Lesson.CLAMPED
            if source is not FloorSource.JOURNAL:  # after a month offline it lies far ahead rightly
                self._note(lesson, FarDate(source=source, date=proven))
        return lesson

    def reset(self, order: FloorReset, last: Callable[[], JournalPlace]) -> bool:
        """Lower the floor by a signed order; return whether it is a new one.

        Args:
            order: from the trust folder.
            last: gives the journal's last entry; what was written up to it teaches nothing more.
        """
        with self._lock:
            if not self._guard.is_new(order.number):
                return False
        cut = last()
        with self._lock:
            self._guard.reset(order.number, order.floor, self._clocks.monotonic_ms())
            self._cut, self._must_keep = cut, True
            self._far, self._told = None, set()
            floor = self._guard.floor(self._clocks.monotonic_ms())
        log.warning("clock: floor reset %d: the floor is %d now", order.number, floor)
        return True

    def counts(self, place: JournalPlace) -> bool:
        """Return whether what was said of this place was said since the last reset."""
        return place > self._cut

    def keep(self) -> None:
        """Write the floor down where it must be, or has moved on.

        Raises:
            CacheError: it can't be written; the next call tries again.
        """
        with self._lock:
            kept = self._guard.kept(self._clocks.monotonic_ms())
            was = None if self._record is None else self._record.kept.floor
            must = self._must_keep or was is None or kept.floor - was >= KEPT_EVERY_S
            record = FloorRecord(kept=kept, cut=self._cut)
        if self._keep is None or not must:
            return
        self._keep(record)
        with self._lock:
            self._record, self._must_keep = record, False

    def standing(self) -> ClockStanding:
        """Return how the clock stands since it was last read."""
        with self._lock:
            floor = self._guard.floor(self._clocks.monotonic_ms())
            return ClockStanding(state=self._guard.state, floor=floor, far=self._far)

    def _note(self, lesson: Lesson, offered: FarDate) -> None:
        """Remember a date that is too far ahead; tell of it once a source, for it comes often."""
        match lesson:
            case Lesson.CLAMPED | Lesson.REFUSED:
                self._far = offered
                if offered.source not in self._told:
                    self._told.add(offered.source)
                    log.warning(_FAR, offered.source.value, offered.date)
            case Lesson.RAISED:
                if self._far is not None and offered.date >= self._far.date:
                    self._far, self._told = None, set()  # that day has come
            case Lesson.KNOWN:
                pass

    def _sample(self) -> ClockSample:
        return ClockSample(
            system=self._clocks.system(),
            monotonic_ms=self._clocks.monotonic_ms(),
            is_synchronised=self._clocks.is_synchronised(),
        )
