"""Reading one picture by itself, as thoroughly as it deserves."""

from collections.abc import Callable, Sequence

from drivers.decode.budget import CPU_TIME, Nanoseconds, Stopwatch
from drivers.decode.climb import Climber
from drivers.decode.engines import Seen, Unread
from drivers.decode.regions import Box, Glance, box_around, texture, textured, whole
from drivers.decode.rungs import DOUBLED, HALVED, WHOLE_SOFTENED, WHOLE_ZBAR, Rung
from drivers.decode.trail import COMBINED_AT, COMBINED_AT_UNSEEN, trail_of
from drivers.luma import Luma
from drivers.reading import Look, Reading, Sign

IsTime = Callable[[], bool]
Part = tuple[Box, Sequence[Unread]]  # and what was seen in it

# Later rungs on a picture take at most this many times as long as its first look; the last may
# go beyond it by itself.
PLAINS_MAX = 12
# On a small picture the first look takes next to nothing, and some rungs are worth it all the same.
SPENT_NS_MIN = 3_500_000
# Whoever waits for an answer, and a picture that keeps an engine busy for seconds gets no more.
SPENT_NS_MAX = 2_000_000_000
PARTS_MAX = 2  # of a picture are looked at more closely


class Stills:
    """Reads pictures that have nothing to do with each other.

    Args:
        climber: applies the rungs.
        nanoseconds: the time source.
    """

    def __init__(self, climber: Climber, nanoseconds: Nanoseconds = CPU_TIME) -> None:
        self._climber, self._nanoseconds = climber, nanoseconds

    def read(self, luma: Luma) -> Look:
        """Return what can be read on a picture."""
        self._climber.forget()
        watch = Stopwatch(self._nanoseconds)
        seen, readings = self._climber.plain(luma)
        if readings:
            return Look(readings=readings, sign=Sign.READ, unread=seen.places)
        plain_ns = watch.spent_ns
        limit_ns = min(plain_ns + max(PLAINS_MAX * plain_ns, SPENT_NS_MIN), SPENT_NS_MAX)
        readings = self._later(luma, seen, lambda: watch.spent_ns < limit_ns)
        sign = Sign.READ if readings else Sign.UNREAD if seen.unread else Sign.NOTHING
        return Look(readings=readings, sign=sign, unread=seen.places)

    def _later(self, luma: Luma, seen: Seen, is_time: IsTime) -> tuple[Reading, ...]:
        """Return what later rungs read: those that cost little, on parts, on the whole."""
        if readings := self._whole(luma, (HALVED, WHOLE_SOFTENED), is_time):
            return readings
        # A screen is full of what looks like parts of codes; the second is seldom one.
        parts = _parts(luma, seen)
        return (
            self._part(luma, parts[:1], is_time)
            or self._whole(luma, (DOUBLED,), is_time)
            or self._part(luma, parts[1:], is_time)
            or self._whole(luma, (WHOLE_ZBAR,), is_time)
        )

    def _part(self, luma: Luma, parts: Sequence[Part], is_time: IsTime) -> tuple[Reading, ...]:
        for box, unread in parts:
            places = COMBINED_AT if unread else COMBINED_AT_UNSEEN
            trail = trail_of(luma, box, combined_at=places[:1])
            if readings := self._climber.climb(luma, trail, unread, is_time):
                return readings
        return ()

    def _whole(self, luma: Luma, rungs: Sequence[Rung], is_time: IsTime) -> tuple[Reading, ...]:
        for rung in rungs:
            if not is_time():
                return ()
            _, readings = self._climber.look(luma, whole(luma), rung)
            if readings:
                return readings
        return ()


def _parts(luma: Luma, seen: Seen) -> Sequence[Part]:
    """Return the parts of a picture where a code was seen, or else may be."""
    boxes = [(box_around(one.corners, luma), (one,)) for one in seen.unread[:PARTS_MAX]]
    if found := [(box, unread) for box, unread in boxes if box is not None]:
        return found
    return [(box, ()) for box in textured(texture(Glance.of(luma)), luma, most=PARTS_MAX)]
