"""When to come back: what waits outside, by how fast it goes; a pure machine.

Terminals that are turned away come back at a moment drawn within the answer's Retry-After
(docs/protocol.md, "Retries"). As long as what waits outside takes, they come as fast as they can
be served: sooner they would be turned away again, later the centre would stand idle.
"""

from math import ceil

from protocol.batch import BATCH_ENTRIES_MAX

# Terminals draw within two minutes at most (BACKOFF_S_MAX of their sync), so a longer word does
# nothing, and who has not come back after twice as long is not coming.
RETRY_AFTER_S_MAX = 120
FORGET_S = 240.0

# Before anything was measured: what SQLite on a slow disk takes.
RATE_FIRST = 50.0

# The rate is that of the last busy seconds; a slow minute is felt within a quarter of it.
MEMORY_S = 15.0

# Each costs some 150 octets, 20 MB in all: above the largest fleet of the design (100,000).
TERMINALS_MAX = 131_072

# A terminal's own word is not believed beyond a journal of this size: 500,000 entries.
BATCHES_EACH_MAX = 1_000


def batches_of(entries: str | None) -> int:
    """Return how many batches a terminal has, by its X-Backlog header, in entries; 1: unsaid."""
    if entries is None or not (entries.isascii() and entries.isdigit() and len(entries) <= 9):
        return 1
    return min(BATCHES_EACH_MAX, max(1, ceil(int(entries) / BATCH_ENTRIES_MAX)))


class Backlog:
    """Knows how much waits, inside and outside, and the rate at which it goes.

    Moments are seconds of a clock that never goes back.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._busy_since: float | None = None
        self._served, self._busy_s = RATE_FIRST, 1.0  # both fade, their ratio stays
        self._recent: dict[str, int] = {}  # batches by terminal, since the last turn
        self._before: dict[str, int] = {}  # and of the turn before
        self._outside = 0
        self._turned_at: float | None = None

    @property
    def rate(self) -> float:
        """Return uploads a second, of busy time alone."""
        return self._served / self._busy_s

    def begun(self, now: float) -> None:
        """Count an upload in."""
        if not self._inside:
            self._busy_since = now
        self._inside += 1

    def ended(self, now: float) -> None:
        """Count an upload out, however it went."""
        if self._busy_since is None or self._inside < 1:
            raise ValueError("more uploads ended than began")
        busy_s = now - self._busy_since
        fades = MEMORY_S / (MEMORY_S + busy_s)
        self._served = self._served * fades + 1
        self._busy_s = self._busy_s * fades + busy_s
        self._inside -= 1
        self._busy_since = now if self._inside else None

    def tell(self, terminal: str, batches: int, now: float) -> None:
        """Note how many batches a terminal will bring beside the one it is served with, if it is."""
        self._turn(now)
        self._drop(terminal)
        if batches and len(self._recent) + len(self._before) < TERMINALS_MAX:
            self._recent[terminal] = batches
            self._outside += batches

    def retry_after_s(self, now: float) -> int:
        """Return the whole seconds within which whoever is turned away now should come back."""
        self._turn(now)
        wanted = ceil((self._outside + self._inside) / self.rate)
        return min(RETRY_AFTER_S_MAX, max(1, wanted))

    def _turn(self, now: float) -> None:
        """Forget who has not been seen for two turns."""
        if self._turned_at is None:
            self._turned_at = now
        if now - self._turned_at >= FORGET_S / 2:
            self._outside -= sum(self._before.values())
            self._before, self._recent = self._recent, {}
            self._turned_at = now

    def _drop(self, terminal: str) -> None:
        told = self._recent.pop(terminal, None)
        if told is None:
            told = self._before.pop(terminal, 0)
        self._outside -= told
