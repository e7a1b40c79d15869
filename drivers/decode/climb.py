"""Climbing: the rungs on one part of a frame, as long as there is time."""

from collections.abc import Callable, Sequence

import numpy as np

from drivers.decode.engines import Seen, Unread, Zbar, Zxing
from drivers.decode.erasures import load_codec
from drivers.decode.fusion import Fusion
from drivers.decode.regions import Box, Glance, corners_of, texture, textured, whole
from drivers.decode.rungs import PART_RUNGS, WHOLE_RUNGS, Rung, look_with, readings_of
from drivers.decode.trail import COMBINED, Trail, trail_of
from drivers.luma import Luma
from drivers.reading import Reading

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
        self._warm_up()

    def plain(self, luma: Luma) -> tuple[Seen, tuple[Reading, ...]]:
        """Return what the first engine sees on the whole picture."""
        seen = self.zxing.read(luma)
        return seen, readings_of(seen, "plain") if seen.found else ()

    def look(self, luma: Luma, box: Box, rung: Rung) -> tuple[Seen, tuple[Reading, ...]]:
        """Return what `rung` sees in this part of a frame, its places those of the frame."""
        return look_with(rung, luma=luma, box=box, zxing=self.zxing, zbar=self.zbar)

    def climb(
        self,
        luma: Luma,
        trail: Trail,
        unread: Sequence[Unread],
        may_go_on: Callable[[], bool],
    ) -> tuple[Reading, ...]:
        """Return what the next rungs of a trail read; it ends with the first that reads.

        Args:
            luma: the frame.
            trail: is moved on.
            unread: codes that were seen in this part of this frame, the first counts.
            may_go_on: asked before each rung.
        """
        places = list(unread[:1])
        for count, rung in enumerate(trail.rungs()):
            if count >= RUNGS_PER_FRAME_MAX or not may_go_on():
                return ()
            if rung is COMBINED:
                readings = self._combined(luma, trail.box, places)
                places = []
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

    def _warm_up(self) -> None:
        """Try every rung once: what the libraries load or allot at first is then in place."""
        load_codec()
        blank = np.zeros((64, 64), np.uint8)
        for rung in (*PART_RUNGS, *WHOLE_RUNGS):
            self.look(blank, whole(blank), rung)
        textured(texture(Glance.of(blank)), blank, most=1)
        trail_of(blank, whole(blank))
        self._fusion.add(blank, corners_of(whole(blank)))
        self._fusion.clear()

    def _combined(self, luma: Luma, box: Box, unread: Sequence[Unread]) -> tuple[Reading, ...]:
        for one in unread:
            self._fusion.add(luma, one.corners, one.version)
        if not unread and not self._fusion.search(luma, box):
            return ()
        picture, place = self._fusion.picture(), self._fusion.corners
        if picture is None or place is None:
            return ()
        return tuple(
            Reading(payload=found.payload, engine="zxing", rung=COMBINED.name, corners=place)
            for found in self.zxing.read(picture).found[:1]
        )
