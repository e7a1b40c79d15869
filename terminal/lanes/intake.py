"""What waits before a lane: codes from its scanner, in order, and no more than can be served."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from drivers.base import ScannedCode
from drivers.clock import monotonic_ms

log = logging.getLogger(__name__)

# Eight people can't stand before one scanner; more waiting codes are a flood.
WAITING_CODES_MAX = 8
# Nobody stands before a lane for longer: what is decided later would open the gate for somebody
# who has left, or for the next one.
CODE_AGE_MS_MAX = 5_000
# Whoever is on his way when the terminal is stopped is waited for so long: the systemd unit gives
# 20 s, of which drivers may need five.
STOP_MS_MAX = 12_000
# A flood is over when nothing was dropped for so long; a hostile line can't make more of it.
FLOOD_OVER_MS = 5_000


class Intake:
    """Lives in the daemon's loop.

    Args:
        lane: its name, for the log.
        forget: has the scanner take what is in view as new.
    """

    def __init__(self, lane: str, forget: Callable[[], None]) -> None:
        self.dropped = 0  # codes that were not taken
        self.is_stopping = False
        self.ends_ms: int | None = None  # monotonic: when nobody is waited for any more
        self._lane, self._forget = lane, forget
        self._codes: deque[ScannedCode] = deque()
        self._wake = asyncio.Event()
        self._is_flooded, self._dropped_ms = False, 0

    @property
    def is_empty(self) -> bool:
        """Return whether no code waits."""
        return not self._codes

    def put(self, code: ScannedCode) -> None:
        """Take a code, unless too many wait, or the lane ends: else a flood would keep it on."""
        if self.is_stopping:
            return
        if len(self._codes) >= WAITING_CODES_MAX:
            self.drop(f"{WAITING_CODES_MAX} codes wait already")
            return
        self._codes.append(code)
        self.wake()

    def take(self) -> ScannedCode | None:
        """Return the code that waits longest; None: none does."""
        return self._codes.popleft() if self._codes else None

    def let_go_old(self) -> None:
        """Drop what grew old behind somebody who took his time, and ask anew for what is in view."""
        oldest_ms = monotonic_ms() - CODE_AGE_MS_MAX
        kept = [code for code in self._codes if code.seen_ms >= oldest_ms]
        if len(kept) < len(self._codes):
            self._codes = deque(kept)
            self._forget()

    def is_too_old(self, code: ScannedCode) -> bool:
        """Return whether a code waited so long that it is dropped."""
        is_too_old = monotonic_ms() - code.seen_ms > CODE_AGE_MS_MAX
        if is_too_old:
            self.drop("a code waited too long")
        return is_too_old

    def wake(self) -> None:
        """Have whoever waits look again: at the codes, or at the lane's state."""
        self._wake.set()

    async def wait(self, until_ms: int | None) -> None:
        """Return when there may be something to do, at `until_ms` (monotonic) at the latest."""
        dues = [due_ms for due_ms in (until_ms, self.ends_ms) if due_ms is not None]
        until_ms = min(dues, default=None)
        wait_s = None if until_ms is None else max(0, until_ms - monotonic_ms()) / 1_000
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def stop(self) -> None:
        """Let no more than what waits be served."""
        if not self.is_stopping:
            self.is_stopping, self.ends_ms = True, monotonic_ms() + STOP_MS_MAX
        self.wake()

    def is_over(self, now_ms: int) -> bool:
        """Return whether the lane ends by now, whoever is on his way."""
        return self.ends_ms is not None and now_ms >= self.ends_ms

    def drop(self, why: str) -> None:
        """Note a code that is not taken; one line as it begins and one as it ends."""
        self.dropped += 1
        self._dropped_ms = monotonic_ms()
        if not self._is_flooded:
            log.warning(
                "lane %s: %s, so one was not taken; if it goes on, look at what the scanner sees"
                " and at the disk",
                self._lane,
                why,
            )
        self._is_flooded = True

    def end_flood(self) -> None:
        """Once it is over, say how many were not taken, and ask anew for what is still in view."""
        is_over = self.is_empty and monotonic_ms() - self._dropped_ms >= FLOOD_OVER_MS
        if self._is_flooded and is_over:
            self._is_flooded = False
            log.warning("lane %s: %d codes were not taken so far", self._lane, self.dropped)
            self._forget()
