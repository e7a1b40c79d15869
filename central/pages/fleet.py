"""All terminals and what is wrong with each, read anew every few seconds at most."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock

from central.records import TerminalState
from central.reports import SILENT_S
from central.store.health import Standing
from central.store.store import Store
from verifier.model import UnixSeconds

# Twenty people who look at the page are one reading.
_KEPT_S = 5.0
# A reading of 100,000 terminals takes a second or two: it is never more than a twentieth of the
# database's time.
_RESTS = 20

_PAGE_TERMINALS = 500


class Sign(Enum):
    """What may be wrong with a terminal; the most pressing first."""

    SILENT = "silent"
    PARTED = "parted"
    JOURNAL = "journal"
    OUT = "out"
    CLOCK = "clock"
    LISTS = "lists"
    DEVICE = "device"
    CAMERA = "camera"
    BEHIND = "behind"
    NEW = "new"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One terminal, and what is wrong with it."""

    standing: Standing
    signs: tuple[Sign, ...]

    @property
    def behind(self) -> int:
        """Return how many entries it is known to have that are not here."""
        return self.standing.known - self.standing.acked


class Fleet:
    """What is known of all terminals; any thread may ask.

    Args:
        store: of the centre.
        ticks: seconds of a clock that never goes back.
    """

    def __init__(self, store: Store, ticks: Callable[[], float] = time.monotonic) -> None:
        self._store, self._ticks = store, ticks
        self._lock = Lock()
        self._seen: list[Standing] = []
        self._good_until = float("-inf")

    def seen(self, now: UnixSeconds) -> list[Seen]:
        """Return every terminal, by id."""
        return [seen_of(each, now) for each in self._standings()]

    def forget(self) -> None:
        """Read anew when it is asked for next: somebody has changed something."""
        with self._lock:
            self._good_until = float("-inf")

    def _standings(self) -> list[Standing]:
        with self._lock:
            begun_s = self._ticks()
            if begun_s >= self._good_until:
                self._seen = _read(self._store)
                ended_s = self._ticks()
                self._good_until = ended_s + max(_KEPT_S, _RESTS * (ended_s - begun_s))
            return self._seen


def _read(store: Store) -> list[Standing]:
    found: list[Standing] = []
    while page := store.health.page(found[-1].terminal if found else "", _PAGE_TERMINALS):
        found += page
    return found


def seen_of(standing: Standing, now: UnixSeconds) -> Seen:
    """Return a terminal with what is wrong with it now."""
    health = standing.health
    has: Mapping[Sign, bool] = {
        Sign.SILENT: now - standing.last_seen_at >= SILENT_S,
        Sign.PARTED: health.get("parted") is True,
        Sign.JOURNAL: bool(health.get("journal_fault")),
        Sign.OUT: _count(health, "lanes_out") > 0,
        Sign.CLOCK: health.get("clock", "trusted") != "trusted",
        Sign.LISTS: health.get("lists", "fresh") != "fresh",
        Sign.DEVICE: _count(health, "devices_down") > 0,
        Sign.CAMERA: _count(health, "scanners_down") + _count(health, "scanners_poor") > 0,
        Sign.BEHIND: standing.known > standing.acked,
        Sign.NEW: standing.told_at is None,
        Sign.SUSPENDED: standing.state is TerminalState.SUSPENDED,
    }
    return Seen(standing=standing, signs=tuple(sign for sign in Sign if has[sign]))


def _count(health: Mapping[str, object], name: str) -> int:
    value = health.get(name)
    return value if isinstance(value, int) else 0


def counts_of(fleet: list[Seen]) -> dict[str, int]:
    """Return how many terminals have each sign."""
    counts = Counter(sign for each in fleet for sign in each.signs)
    return {sign.value: counts[sign] for sign in Sign}
