"""Reading one picture by itself, as thoroughly as it deserves."""

from collections.abc import Callable, Sequence

from drivers.decode.budget import CPU_TIME, Nanoseconds, Stopwatch
from drivers.decode.climb import Climber
from drivers.decode.engines import Seen
from drivers.decode.regions import Box, box_around, texture, textured, whole
from drivers.decode.rungs import WHOLE_RUNGS
from drivers.decode.trail import trail_of
from drivers.luma import Luma
from drivers.reading import READINGS_MAX, Corners, Look, Reading, Sign

# Later rungs on a picture take at most this many times as long as its first look.
PLAINS_MAX = 14
# On a small picture the first look takes next to nothing, and a few rungs are worth it all the same.
SPENT_NS_MIN = 4_000_000
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
            return Look(readings=readings, sign=Sign.READ, unread=seen.unread[:READINGS_MAX])
        limit_ns = max(PLAINS_MAX * watch.spent_ns, SPENT_NS_MIN) + watch.spent_ns

        def may_go_on() -> bool:
            return watch.spent_ns < limit_ns

        for box, corners in _parts(luma, seen):
            readings = self._climber.climb(luma, trail_of(luma, box), corners, may_go_on)
            if readings:
                return Look(readings=readings, sign=Sign.READ)
        readings = self._whole(luma, may_go_on)
        if readings:
            return Look(readings=readings, sign=Sign.READ)
        sign = Sign.UNREAD if seen.unread else Sign.NOTHING
        return Look(readings=(), sign=sign, unread=seen.unread[:READINGS_MAX])

    def _whole(self, luma: Luma, may_go_on: Callable[[], bool]) -> tuple[Reading, ...]:
        for rung in WHOLE_RUNGS:
            if not may_go_on():
                return ()
            _, readings = self._climber.look(luma, whole(luma), rung)
            if readings:
                return readings
        return ()


def _parts(luma: Luma, seen: Seen) -> Sequence[tuple[Box, Sequence[Corners]]]:
    """Return the parts of a picture where a code was seen, or else may be."""
    boxes = [(box_around(corners, luma), (corners,)) for corners in seen.unread[:PARTS_MAX]]
    if found := [(box, corners) for box, corners in boxes if box is not None]:
        return found
    return [(box, ()) for box in textured(texture(luma), luma, most=PARTS_MAX)]
