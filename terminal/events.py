"""What happens at the lanes, told to whoever watches: a bounded ring that can be read again.

Anyone may publish, from any thread, and waits for nobody. Who watches is woken, and reads from the
number that he has read last; who is too slow finds that what he has not read is gone.
"""

import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from terminal.watchers import Watchers

# At 5 scans a second on each of four lanes, three events each, a minute and more; at a till with
# one card in ten seconds, hours. Some 600 octets each: 2.5 MB.
EVENTS_KEPT = 4_096
# The interface for programs is one, whoever connects to it; a screen of our own would be another.
WATCHERS_MAX = 8

# What an event of each kind may say. Nothing that names a holder: no pseudonym, no code. `client`
# is for the interface alone, which tells a program of its own requests only.
KINDS: Mapping[str, frozenset[str]] = {
    "lane": frozenset({"lane", "state", "trouble"}),
    "decision": frozenset(
        {
            *("lane", "verdict", "reason", "entry", "ms"),
            *("amount_minor", "currency", "key", "client"),
        }
    ),
    "request": frozenset(
        {
            *("client", "key", "lane", "state", "verdict", "reason", "entry"),
            *("annulled", "amount_minor", "currency"),
        }
    ),
    "passage": frozenset({"lane", "what"}),
    "device": frozenset({"lane", "part", "condition", "detail"}),
}

_ID = re.compile(r"([0-9a-f]{8})-([1-9][0-9]{0,15}|0)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One thing that happened."""

    number: int  # from 1, gapless
    kind: str  # of KINDS
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came after a number."""

    events: tuple[FeedEvent, ...]  # the oldest first
    is_gone: bool = False  # what came next is no longer kept


class EventFeed:
    """The ring, one for the terminal."""

    def __init__(self, *, boot: str = "", kept: int = EVENTS_KEPT) -> None:
        """Begin with nothing; ids of another start are told apart by `boot`, 8 hex digits."""
        self.boot = boot or secrets.token_hex(4)
        self._ring: deque[FeedEvent] = deque(maxlen=kept)
        self._last = 0
        self._watchers = Watchers(WATCHERS_MAX)
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """Return the newest number, 0 before the first."""
        return self._last

    def publish(self, kind: str, data: Mapping[str, object]) -> None:
        """Tell of something; from any thread, and within microseconds.

        Args:
            kind: of KINDS.
            data: what JSON can say; only members that KINDS names.

        Raises:
            ValueError: a kind or member that KINDS does not have.
        """
        if not data.keys() <= KINDS.get(kind, frozenset()):
            raise ValueError(f"an event {kind!r} does not say {sorted(data)}")
        kept = MappingProxyType(dict(data))
        with self._lock:
            self._last += 1
            self._ring.append(FeedEvent(number=self._last, kind=kind, data=kept))
        self._watchers.wake()

    def read(self, after: int, *, most: int) -> Reading:
        """Return up to `most` events behind the number `after`, which was read or is `last`."""
        with self._lock:
            first = self._last - len(self._ring) + 1
            if after + 1 < first:
                return Reading(events=(), is_gone=True)
            begin = after + 1 - first
            return Reading(events=tuple(islice(self._ring, begin, begin + most)))

    def watch(self, wake: Callable[[], None]) -> None:
        """Call `wake` at every event, from the thread that tells it; it must not wait or raise.

        Raises:
            ValueError: there are WATCHERS_MAX already.
        """
        self._watchers.add(wake)

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Call `wake` no more, but for an event that is being told just now."""
        self._watchers.remove(wake)

    def id_of(self, number: int) -> str:
        """Return a number as programs see it: `<boot>-<number>`."""
        return f"{self.boot}-{number}"

    def number_of(self, event_id: str) -> int | None:
        """Return the number that an id names and that can be read on from; None: it can't.

        It is of another start, too old, not yet told, or no id at all.
        """
        match = _ID.fullmatch(event_id)
        if match is None or match[1] != self.boot:
            return None
        number = int(match[2])
        with self._lock:
            is_kept = self._last - len(self._ring) <= number <= self._last
        return number if is_kept else None
