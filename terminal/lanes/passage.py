"""Who may go through a lane, and what it means that somebody did. Pure.

A passage counts for the grant that was made first; one without a grant is nobody's.
"""

from collections import deque
from enum import Enum

# Grants that nobody has used yet: a lane decides some five a second, and whoever is behind so many
# others has the gate closed before him anyhow.
EXPECTED_MAX = 16
# Whoever goes through so soon behind another went through the same opening.
FOLLOWS_WITHIN_MS = 2_000


class Passage(Enum):
    """What a passage was."""

    MADE = "made"  # others may still come
    LAST_MADE = "last-made"  # and nobody else is expected
    TAILGATING = "tailgating"  # a second one, through the opening of one grant
    FORCED = "forced"  # without any grant


class Passages:
    """Counts, for one lane, who may go through."""

    def __init__(self) -> None:
        self._until_ms: deque[int] = deque(maxlen=EXPECTED_MAX)
        self._opening_ends_ms = 0  # until when somebody may take it for an opening
        # Somebody went through since the last was expected, and others still are: whose passage it
        # was nobody can tell.
        self.is_unclear = False

    def expect(self, until_ms: int) -> None:
        """Let one person through; from `until_ms` on (monotonic) it is nobody's passage any more."""
        self._until_ms.append(until_ms)
        self.is_unclear = False
        self._opening_ends_ms = max(self._opening_ends_ms, until_ms)

    def close(self) -> None:
        """Expect nobody any more; whoever comes all the same may still follow somebody closely."""
        self._until_ms.clear()

    def forget(self) -> None:
        """Expect nobody, and follow nobody: the lane stands open for all."""
        self._until_ms.clear()
        self._opening_ends_ms = 0

    def seen(self, at_ms: int) -> Passage:
        """Return what it was that somebody went through at `at_ms`."""
        while self._until_ms and self._until_ms[0] <= at_ms:
            self._until_ms.popleft()
        if self._until_ms:
            self._until_ms.popleft()
            follows_until_ms = at_ms + FOLLOWS_WITHIN_MS
            self._opening_ends_ms = max(self._opening_ends_ms, follows_until_ms)
            self.is_unclear = bool(self._until_ms)
            return Passage.MADE if self._until_ms else Passage.LAST_MADE
        if at_ms < self._opening_ends_ms:
            return Passage.TAILGATING
        return Passage.FORCED
