"""Looking over a whole scene for a code that no first look sees, a little on each frame."""

from dataclasses import dataclass

from drivers.decode.climb import Climber
from drivers.decode.regions import Box, whole
from drivers.decode.rungs import DOUBLED, WHOLE_RUNGS, WHOLE_ZBAR, Rung
from drivers.luma import Luma
from drivers.reading import Reading

# The dear ones look at a part of the frame at a time; parts overlap by as much as a code that
# needs them is large.
TILES = 2  # across and down
TILE_SHARE = 0.62
_IN_TILES = (DOUBLED, WHOLE_ZBAR)


@dataclass(frozen=True, slots=True)
class _Step:
    rung: Rung
    tile: tuple[int, int] | None


_STEPS = tuple(
    _Step(rung, tile)
    for rung in WHOLE_RUNGS
    for tile in (
        [(x, y) for y in range(TILES) for x in range(TILES)] if rung in _IN_TILES else [None]
    )
)


class Sweep:
    """Takes the whole picture's rungs one after the other, a step a frame."""

    def __init__(self, climber: Climber) -> None:
        self._climber, self._next, self._left = climber, 0, len(_STEPS)

    def begin(self) -> None:
        """Take the scene for another one, on which every step is worth its time again."""
        self._left = len(_STEPS)

    def go_on(self, luma: Luma) -> tuple[Reading, ...]:
        """Return what the next step reads; nothing once all were tried on this scene."""
        if not self._left:
            return ()
        step = _STEPS[self._next]
        self._next = (self._next + 1) % len(_STEPS)
        self._left -= 1
        _, readings = self._climber.look(luma, _box(step, luma), step.rung)
        return readings


def _box(step: _Step, luma: Luma) -> Box:
    if step.tile is None:
        return whole(luma)
    high, wide = luma.shape
    across, down = max(1, round(TILE_SHARE * wide)), max(1, round(TILE_SHARE * high))
    left, top = step.tile[0] * (wide - across), step.tile[1] * (high - down)
    return Box(left=left, top=top, right=left + across, bottom=top + down)
