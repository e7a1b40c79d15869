"""The machines that notice a camera that works and yet is of no use: covered, frozen, flooding.

They take what was measured of a picture and the time, and say what is to be done.
"""

from dataclasses import dataclass
from enum import Enum

# A hand before the lens, somebody who leans on it: gone by then.
COVERED_MS = 5_000

# Of a scale to 255. A covered lens is even all over: its blocks, averages of many pixels, differ
# by less than this, and its pixels by no more than a sensor's noise. A code, a hall, a phone in
# the dark are far beyond both: a phone's screen fills some blocks and not others, and a code that
# fills the picture differs by 100 from pixel to pixel.
FLAT_SPREAD_MAX = 10
FLAT_DEVIATION_MAX = 6
# In the dark, automatic gain makes more noise of nothing, and light leaks in at an edge.
DARK_MEAN_MAX = 40
DARK_SPREAD_MAX = 20
DARK_DEVIATION_MAX = 12

# The same picture after the second opening may as well be a still hall through a strong encoder:
# what is opened again and again for that should be left in peace the longer it lasts.
REOPEN_MS_MAX = 600_000

# Cameras give 120 frames a second at most, and a stream that caught up sends what it held back
# at once; a source that gives more for seconds on end has nothing behind it.
FRAMES_MAX = 300
FLOOD_SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a picture is like, measured on some thousand of its pixels."""

    digest: int  # the same for the same pixels
    mean: float  # 0 to 255
    deviation: float  # standard deviation of single pixels
    spread: int  # between the darkest and the brightest of 144 blocks

    @property
    def is_blank(self) -> bool:
        """Return whether there is nothing to be seen."""
        if self.spread <= FLAT_SPREAD_MAX and self.deviation <= FLAT_DEVIATION_MAX:
            return True
        is_even = self.spread <= DARK_SPREAD_MAX and self.deviation <= DARK_DEVIATION_MAX
        return is_even and self.mean <= DARK_MEAN_MAX


class Verdict(Enum):
    """What is to be done about a frame."""

    SHOW = "hand it on"
    COVERED = "hold it back: nothing is to be seen"
    FROZEN = "hold it back: it is the same for too long"
    REOPEN = "open the camera again: it may be frozen"


class SceneWatch:
    """Judges the frames that are asked for.

    Args:
        frozen_after_ms: the same picture for so long has the camera opened again, and for twice
            as long is FROZEN; 0: never, and for a video file.
    """

    def __init__(self, frozen_after_ms: int) -> None:
        self._frozen_after_ms = frozen_after_ms
        self._blank_since_ms: int | None = None
        self._digest: int | None = None
        self._same_since_ms = 0
        self._due_ms = frozen_after_ms  # after `_same_since_ms`
        self._reopenings = 0  # since the picture last changed

    def look(self, glance: Glance, now_ms: int) -> Verdict:
        """Return what is to be done about a frame that was captured at `now_ms`."""
        if not glance.is_blank:
            self._blank_since_ms = None
            return self._compare(glance.digest, now_ms)
        if self._blank_since_ms is None:
            self._blank_since_ms = now_ms
        # What is blank has its own reason to be the same.
        self._digest = None
        is_covered = now_ms - self._blank_since_ms >= COVERED_MS
        return Verdict.COVERED if is_covered else Verdict.SHOW

    def _compare(self, digest: int, now_ms: int) -> Verdict:
        if digest != self._digest:
            self._digest, self._same_since_ms = digest, now_ms
            self._due_ms, self._reopenings = self._frozen_after_ms, 0
            return Verdict.SHOW
        if not self._frozen_after_ms:
            return Verdict.SHOW
        if now_ms - self._same_since_ms < self._due_ms:
            return Verdict.FROZEN if self._reopenings > 1 else Verdict.SHOW
        return self._overdue(now_ms)

    def _overdue(self, now_ms: int) -> Verdict:
        self._reopenings += 1
        self._same_since_ms = now_ms
        if self._reopenings == 1:
            return Verdict.REOPEN
        self._due_ms = min(2 * self._due_ms, max(REOPEN_MS_MAX, self._frozen_after_ms))
        return Verdict.FROZEN if self._reopenings == 2 else Verdict.REOPEN


class FloodWatch:
    """Judges how fast frames come, of all that are drained."""

    def __init__(self) -> None:
        self._second = -1
        self._frames = 0  # in this second
        self._floods = 0  # seconds before this one that had too many, without a break

    def receive(self, now_ms: int) -> bool:
        """Count a frame; return whether too many came, FLOOD_SECONDS in a row."""
        second = now_ms // 1000
        if second != self._second:
            is_next = second == self._second + 1
            was_flood = self._frames > FRAMES_MAX
            self._floods = self._floods + 1 if is_next and was_flood else int(was_flood)
            self._second, self._frames = second, 0
        self._frames += 1
        return self._floods >= FLOOD_SECONDS
