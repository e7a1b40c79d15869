"""What a terminal may believe of its own clock (docs/protocol.md, "Time").

The guard holds the floor: the latest moment that signed documents prove to have passed. All time
comes in, as samples of the machine's clocks; `terminal/timekeeping.py` takes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from verifier.model import UnixSeconds

# A crystal drifts by up to 50 ppm: 4.3 s a day; past 30 s the window would admit old photographs.
DRIFT_PPM = 50
UNCERTAINTY_S_MAX = 30

# Both clocks run on one crystal, so they part only by a leap second, by whole seconds, and by the
# time that passes on a busy machine between looking at one and at the other.
JUMP_S_MAX = 5

# A time server's word may be a quarter of an hour off before a signed document outweighs it.
FLOOR_LEAD_S_MAX = 15 * 60
# Without a time server: so much, and no more, does one document with a false date cost.
FLOOR_STEP_S_MAX = 30 * 86_400
# Documents that reached past a limit, each good for one step: five years in a warehouse are 61.
SPENT_MAX = 64


class ClockQuality(Enum):
    """How far a decision may lean on the time."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"  # the system clock is disproved, or was set by nobody knows whom


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """One `now` for one presentation."""

    now: UnixSeconds
    quality: ClockQuality
    uncertainty_s: int


class ClockState(Enum):
    """What the last look at the system clock showed."""

    SYNCHRONISED = "synchronised"  # the kernel follows a time server
    ALONE = "alone"  # it runs by itself, and nothing speaks against it
    JUMPED = "jumped"  # it was set, and no time server stands behind it
    BEHIND = "behind"  # it stands below the floor


# A look is judged against the floor and the anchor alone, so that no history of states matters:
# a clock that was set back is believed again by the same rule that disbelieved it.
QUALITIES: Mapping[ClockState, ClockQuality] = {
    ClockState.SYNCHRONISED: ClockQuality.TRUSTED,
    ClockState.ALONE: ClockQuality.TRUSTED,
    ClockState.JUMPED: ClockQuality.UNTRUSTED,
    ClockState.BEHIND: ClockQuality.UNTRUSTED,
}


class FloorSource(Enum):
    """What the floor may learn from; a holder's iat, nbf and exp have no name here."""

    BUILD = "build"
    TRUST_INDEX = "trust-index"
    STATUS_LIST = "status-list"
    ACKNOWLEDGEMENT = "acknowledgement"
    JOURNAL = "journal"  # our own word: entries that were written under a trusted clock
    RESET = "reset"


_DOCUMENTS = (FloorSource.TRUST_INDEX, FloorSource.STATUS_LIST, FloorSource.ACKNOWLEDGEMENT)


class Lesson(Enum):
    """What became of a date that the floor was offered."""

    RAISED = "raised"
    CLAMPED = "clamped"  # it lies past a limit: raised only up to that
    KNOWN = "known"  # it teaches nothing new
    REFUSED = "refused"  # it lies past a limit, and was counted before or must not count


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSample:
    """One look at the machine's clocks."""

    system: UnixSeconds
    monotonic_ms: int  # of a clock that also counts while the machine sleeps
    is_synchronised: bool  # the kernel follows a time server


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFloor:
    """The floor as it outlives a restart."""

    floor: UnixSeconds
    source: FloorSource
    reset_number: int  # the last reset that was applied; 0: none
    spent: tuple[tuple[FloorSource, UnixSeconds], ...]  # what reached past a limit, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A moment, and when it was noted."""

    at: UnixSeconds
    noted_ms: int

    def carried(self, monotonic_ms: int) -> UnixSeconds:
        """Return the moment that has certainly come since, were the crystal ever so fast."""
        elapsed_s = (monotonic_ms - self.noted_ms) // 1_000
        return UnixSeconds(self.at + elapsed_s - elapsed_s * DRIFT_PPM // 1_000_000)


class ClockGuard:
    """The floor, and what the system clock is worth beside it; one thread at a time."""

    def __init__(
        self, *, built_at: UnixSeconds, monotonic_ms: int, kept: KeptFloor | None = None
    ) -> None:
        """Begin with what was kept, but not before the day the program was built."""
        if kept is None or kept.floor < built_at:
            spent, number = ((), 0) if kept is None else (kept.spent, kept.reset_number)
            kept = KeptFloor(
                floor=built_at, source=FloorSource.BUILD, reset_number=number, spent=spent
            )
        self.state: ClockState = ClockState.ALONE
        self._built_at, self._kept = built_at, kept
        self._floor = _Mark(at=kept.floor, noted_ms=monotonic_ms)
        self._own: _Mark | None = None  # what we once believed: a time server's word ends it
        self._anchor: ClockSample | None = None  # the first look, then the last synchronised one
        self._synchronised_ms: int | None = None

    def read(self, sample: ClockSample) -> ClockReading:
        """Return the time that decisions use; one look for one presentation."""
        self.state = self._judged(sample)
        if self.state is ClockState.SYNCHRONISED:
            self._anchor, self._synchronised_ms, self._own = sample, sample.monotonic_ms, None
        elif self._anchor is None:
            self._anchor = sample
        quality = QUALITIES[self.state]
        if quality is ClockQuality.UNTRUSTED:
            now = self._doubted(sample)
            return ClockReading(now=now, quality=quality, uncertainty_s=UNCERTAINTY_S_MAX)
        return ClockReading(
            now=sample.system, quality=quality, uncertainty_s=self._uncertainty_s(sample)
        )

    def learn(self, proven: UnixSeconds, source: FloorSource, sample: ClockSample) -> Lesson:
        """Raise the floor to `proven`, within the limits; return what became of it.

        Args:
            proven: the date in a document whose signature held, or of a journal entry.
            source: what kind of document; kind and date together are what it is known by.
            sample: the machine's clocks now.

        Raises:
            ValueError: BUILD and RESET are no documents: our bug.
        """
        if source is FloorSource.JOURNAL:
            return self._learn_own(proven, sample)
        if source not in _DOCUMENTS:
            raise ValueError(f"{source} is no document")
        floor = self.floor(sample.monotonic_ms)
        limit = _limit(floor, sample)
        if proven <= floor:
            return Lesson.KNOWN
        document, spent = (source, proven), self._kept.spent
        if document in spent:  # also where it is within reach by now: it has had its step
            return Lesson.REFUSED
        if proven <= limit:
            self._raise(proven, source, sample.monotonic_ms)
            return Lesson.RAISED
        if limit <= floor or len(spent) >= SPENT_MAX:
            return Lesson.REFUSED
        self._kept = replace(self._kept, spent=(*spent, document))
        self._raise(limit, source, sample.monotonic_ms)
        return Lesson.CLAMPED

    def reset(self, number: int, floor: UnixSeconds, monotonic_ms: int) -> bool:
        """Lower the floor by the signed reset `number`, once; return whether it is a new one."""
        if not self.is_new(number):
            return False
        lowered = max(self._built_at, min(floor, self.floor(monotonic_ms)))
        self._floor, self._own = _Mark(at=lowered, noted_ms=monotonic_ms), None
        self._kept = KeptFloor(
            floor=lowered, source=FloorSource.RESET, reset_number=number, spent=()
        )
        return True

    def is_new(self, number: int) -> bool:
        """Return whether the reset `number` was not applied yet."""
        return number > self._kept.reset_number

    def floor(self, monotonic_ms: int) -> UnixSeconds:
        """Return the latest moment that is proven to have passed."""
        return self._floor.carried(monotonic_ms)

    def kept(self, monotonic_ms: int) -> KeptFloor:
        """Return what a restart must not forget."""
        return replace(self._kept, floor=self.floor(monotonic_ms))

    def _judged(self, sample: ClockSample) -> ClockState:
        """Return what the system clock is worth.

        A synchronised one is held against the floor as it was learnt, and not as it was carried on:
        else one document of a centre that was a minute fast would part them for good.
        """
        is_synchronised = sample.is_synchronised
        lowest = self._floor.at if is_synchronised else self._lowest(sample.monotonic_ms)
        if sample.system < lowest - UNCERTAINTY_S_MAX:  # the signer's clock may differ a little
            return ClockState.BEHIND
        if sample.is_synchronised:
            return ClockState.SYNCHRONISED
        return ClockState.JUMPED if self._has_jumped(sample) else ClockState.ALONE

    def _doubted(self, sample: ClockSample) -> UnixSeconds:
        """Return the time by which things are over for certain, though the clock is untrusted.

        A time server and a document that part by no more than one document may reach: one of them
        is wrong, and it may be a fast centre. Over is only what both call over, or every phone
        would be refused as old.
        """
        if sample.is_synchronised and self._floor.at - sample.system <= FLOOR_LEAD_S_MAX:
            return max(sample.system, self._built_at)
        return self._lowest(sample.monotonic_ms)

    def _has_jumped(self, sample: ClockSample) -> bool:
        """Return whether the clock is elsewhere than where it would have run to by itself."""
        if self._anchor is None:
            return False
        elapsed_s = (sample.monotonic_ms - self._anchor.monotonic_ms) // 1_000
        off_s = abs(sample.system - self._anchor.system - elapsed_s)
        return off_s > JUMP_S_MAX + _drift_s(elapsed_s)

    def _uncertainty_s(self, sample: ClockSample) -> int:
        if self._synchronised_ms is None:
            return UNCERTAINTY_S_MAX
        return _drift_s((sample.monotonic_ms - self._synchronised_ms) // 1_000)

    def _lowest(self, monotonic_ms: int) -> UnixSeconds:
        floor = self.floor(monotonic_ms)
        return floor if self._own is None else max(floor, self._own.carried(monotonic_ms))

    def _learn_own(self, believed: UnixSeconds, sample: ClockSample) -> Lesson:
        """Let what we once believed stand in until a time server speaks; it proves nothing."""
        if sample.is_synchronised or believed <= self._lowest(sample.monotonic_ms):
            return Lesson.KNOWN
        if believed > _limit(self.floor(sample.monotonic_ms), sample):
            return Lesson.REFUSED
        self._own = _Mark(at=believed, noted_ms=sample.monotonic_ms)
        return Lesson.RAISED

    def _raise(self, floor: UnixSeconds, source: FloorSource, monotonic_ms: int) -> None:
        self._floor = _Mark(at=floor, noted_ms=monotonic_ms)
        spent = tuple(document for document in self._kept.spent if document[1] > floor)
        self._kept = replace(self._kept, floor=floor, source=source, spent=spent)


def _limit(floor: UnixSeconds, sample: ClockSample) -> UnixSeconds:
    """Return the latest moment to which one document may raise the floor."""
    if sample.is_synchronised:
        return UnixSeconds(sample.system + FLOOR_LEAD_S_MAX)
    return UnixSeconds(floor + FLOOR_STEP_S_MAX)


def _drift_s(elapsed_s: int) -> int:
    """Return how far a clock may have strayed in so many seconds by itself."""
    return min(-(-elapsed_s * DRIFT_PPM // 1_000_000), UNCERTAINTY_S_MAX)
