"""Reading one picture by itself, as thoroughly as it deserves."""

from collections.abc import Callable, Sequence

from drivers.decode.budget import CPU_TIME, Nanoseconds, Stopwatch
from drivers.decode.climb import Climber
from drivers.decode.engines import Seen, Unread
from drivers.decode.regions import Box, Glance, box_around, texture, textured, whole
from drivers.decode.rungs import DOUBLED, HALVED, WHOLE_SOFTENED, WHOLE_ZBAR, Rung
from drivers.decode.trail import trail_of
from drivers.luma import Luma
from drivers.reading import Look, Reading, Sign

IsTime = Callable[[], bool]

# Later rungs on a picture take at most this many times as long as its first look; the last may
# go beyond it by itself.
PLAINS_MAX = 11
# On a small picture the first look takes next to nothing, and some rungs are worth it all the same.
SPENT_NS_MIN = 3_000_000
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
        limit_ns = plain_ns + max(PLAINS_MAX * plain_ns, SPENT_NS_MIN)
        readings = self._later(luma, seen, lambda: watch.spent_ns < limit_ns)
        sign = Sign.READ if readings else Sign.UNREAD if seen.unread else Sign.NOTHING
        return Look(readings=readings, sign=sign, unread=seen.places)

    def _later(self, luma: Luma, seen: Seen, is_time: IsTime) -> tuple[Reading, ...]:
        """Return what later rungs read: those that cost little, on parts, on the whole."""
        cheap = () if seen.unread else (HALVED, WHOLE_SOFTENED)
        if readings := self._whole(luma, cheap, is_time):
            return readings
        for box, unread in _parts(luma, seen):
            readings = self._climber.climb(luma, trail_of(luma, box), unread, is_time)
            if readings:
                return readings
        return self._whole(luma, (DOUBLED, WHOLE_ZBAR), is_time)

    def _whole(self, luma: Luma, rungs: Sequence[Rung], is_time: IsTime) -> tuple[Reading, ...]:
        for rung in rungs:
            if not is_time():
                return ()
            _, readings = self._climber.look(luma, whole(luma), rung)
            if readings:
                return readings
        return ()


def _parts(luma: Luma, seen: Seen) -> Sequence[tuple[Box, Sequence[Unread]]]:
    """Return the parts of a picture where a code was seen, or else may be."""
    boxes = [(box_around(one.corners, luma), (one,)) for one in seen.unread[:PARTS_MAX]]
    if found := [(box, unread) for box, unread in boxes if box is not None]:
        return found
    return [(box, ()) for box in textured(texture(Glance.of(luma)), luma, most=PARTS_MAX)]
