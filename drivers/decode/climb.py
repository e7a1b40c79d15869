"""Climbing: the rungs on one part of a frame, as long as there is time."""

from collections.abc import Callable, Sequence

from drivers.decode.engines import Seen, Zbar, Zxing
from drivers.decode.fusion import Fusion
from drivers.decode.regions import Box
from drivers.decode.rungs import Rung, look_with, readings_of
from drivers.decode.trail import COMBINED, Trail
from drivers.luma import Luma
from drivers.reading import Corners, Reading

# Rungs on one frame, whatever the budget says: with the whole picture's, a frame is through.
RUNGS_PER_FRAME_MAX = 24
# What read a code last time comes first the next time.
LUCKY_MAX = 2


class Climber:
    """Applies rungs, and remembers what helps the next frame.

    Attributes:
        zxing: the first engine.
        zbar: the second.

    Raises:
        DriverError: the first engine is not installed.
    """

    def __init__(self) -> None:
        self.zxing, self.zbar = Zxing(), Zbar()
        self.lucky: tuple[str, ...] = ()
        self._fusion = Fusion()

    def plain(self, luma: Luma) -> tuple[Seen, tuple[Reading, ...]]:
        """Return what the first engine sees on the whole picture."""
        seen = self.zxing.read(luma)
        return seen, readings_of(seen, "plain")

    def look(self, luma: Luma, box: Box, rung: Rung) -> tuple[Seen, tuple[Reading, ...]]:
        """Return what `rung` sees in this part of a frame, its places those of the frame."""
        return look_with(rung, luma=luma, box=box, zxing=self.zxing, zbar=self.zbar)

    def climb(
        self,
        luma: Luma,
        trail: Trail,
        corners: Sequence[Corners],
        may_go_on: Callable[[], bool],
    ) -> tuple[Reading, ...]:
        """Return what the next rungs of a trail read; it ends with the first that reads.

        Args:
            luma: the frame.
            trail: is moved on.
            corners: of a code that was seen in this part of this frame, one or none.
            may_go_on: asked before each rung.
        """
        places = list(corners[:1])
        for count, rung in enumerate(trail.rungs()):
            if count >= RUNGS_PER_FRAME_MAX or not may_go_on():
                return ()
            if rung is COMBINED:
                readings = self._combined(luma, places.pop()) if places else ()
            else:
                seen, readings = self.look(luma, trail.box, rung)
                places = places or list(seen.unread[:1])
            if readings:
                self.lucky = tuple(dict.fromkeys((rung.name, *self.lucky)))[:LUCKY_MAX]
                return readings
        return ()

    def forget(self) -> None:
        """Take what comes into view for another code than what was there."""
        self._fusion.clear()

    def _combined(self, luma: Luma, corners: Corners) -> tuple[Reading, ...]:
        self._fusion.add(luma, corners)
        picture = self._fusion.picture()
        if picture is None:
            return ()
        place = self._fusion.corners or corners
        return tuple(
            Reading(payload=found.payload, engine="zxing", rung=COMBINED.name, corners=place)
            for found in self.zxing.read(picture).found[:1]
        )
