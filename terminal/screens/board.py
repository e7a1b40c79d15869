"""What each screen shows now: put by the daemon, read by pages, from any thread.

The last word of each kind counts: a page that was away misses nothing by reading the newest.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.screens.screen import Screen
from terminal.watchers import Watchers

# The daemon beats each half second. Who has not heard of it for so long says so: a screen that
# shows "ready" before a lane that hangs is worse than one that shows nothing.
BEAT_S_MAX = 4.0
# One is the interface for pages.
WATCHERS_MAX = 4
# Of each lane: `screen`, `visit`, and what else a page may follow.
KINDS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The newest of one kind for one lane's pages."""

    number: int  # of the board, grows
    kind: str  # as the page's event is called
    data: Mapping[str, object]  # what JSON can say; nothing that names a holder


class ScreenBoard:
    """One terminal's."""

    def __init__(
        self, lanes: tuple[str, ...], *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nothing to show for any of `lanes`."""
        self._now_s, self._beat_s = now_s, float("-inf")
        self._newest: dict[str, dict[str, Notice]] = {lane: {} for lane in lanes}
        self._last, self._lock = 0, threading.Lock()
        self._watchers = Watchers(WATCHERS_MAX)

    @property
    def lanes(self) -> tuple[str, ...]:
        """Return every lane that has a screen."""
        return tuple(self._newest)

    def put(self, screen: Screen) -> None:
        """Have a lane's pages show `screen`; from any thread, and within microseconds."""
        self.tell(screen.lane, "screen", screen.members())

    def tell(self, lane: str, kind: str, data: Mapping[str, object]) -> None:
        """Have a lane's pages told of something, in place of what was told of its kind before.

        Args:
            lane: one without a screen is passed over.
            kind: as the page's event is called.
            data: what JSON can say; nothing that names a holder.

        Raises:
            ValueError: there are KINDS_MAX kinds already.
        """
        with self._lock:
            kinds = self._newest.get(lane)
            if kinds is None:
                return
            if kind not in kinds and len(kinds) >= KINDS_MAX:
                raise ValueError(f"{KINDS_MAX} kinds are told already, and {kind} is another")
            self._last += 1
            kept = MappingProxyType(dict(data))
            kinds[kind] = Notice(number=self._last, kind=kind, data=kept)
        self._watchers.wake()

    def read(self, lane: str, after: int = 0) -> tuple[Notice, ...]:
        """Return what is newer than the number `after`, the oldest first."""
        with self._lock:
            kept = tuple(self._newest.get(lane, {}).values())
        return tuple(sorted((each for each in kept if each.number > after), key=_number))

    def beat(self) -> None:
        """Say that the daemon lives; without it pages say that the terminal is out of service."""
        self._beat_s = self._now_s()

    @property
    def is_alive(self) -> bool:
        """Return whether the daemon has said so of late."""
        return self._now_s() - self._beat_s <= BEAT_S_MAX

    def watch(self, wake: Callable[[], None]) -> None:
        """Call `wake` at every change, from the thread that makes it; it must not wait or raise.

        Raises:
            ValueError: there are WATCHERS_MAX already.
        """
        self._watchers.add(wake)

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Call `wake` no more."""
        self._watchers.remove(wake)


def _number(notice: Notice) -> int:
    return notice.number
