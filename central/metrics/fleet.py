"""How the whole fleet does, in a few numbers; no terminal has a label of its own."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from central.records import TerminalState
from central.reports import SILENT_S
from central.store.health import Standing
from central.store.store import Store
from verifier.model import UnixSeconds

# The fleet is looked through again so long after it was, and never for more than a twentieth of
# the time: 2,000 terminals take some 20 ms, 100,000 a second.
FRESH_S_MIN = 15.0
_SHARE = 20
_PAGE = 500

_BEHIND = (
    "SELECT COALESCE(SUM(t.acked - COALESCE(p.seq, 0)), 0) FROM terminal t LEFT JOIN projected p"
    " ON p.projector = ? AND p.terminal = t.terminal AND p.epoch = t.epoch"
)
_PUBLISHED = "SELECT version, issued_at FROM publication ORDER BY version DESC LIMIT 1"


class Trouble(Enum):
    """What a terminal may suffer from, by its own last word or by its silence."""

    SILENT = "silent"  # not heard of for a quarter of an hour
    BEHIND = "behind"  # it told of entries that have not come
    CLOCK = "clock-untrusted"
    JOURNAL = "journal-fault"
    PARTED = "parted"  # its history is in doubt: no money moves there
    LANES = "lane-out-of-service"  # one at least
    DEVICES = "device-down"  # a scanner, a gate, a light, a printer
    CAMERA = "camera-dirty"  # a scanner works, but not as it should
    LISTS = "lists-stale"  # older than a lane's profile wants them
    TRUST = "trust-old"  # it holds another version than the last published, or none


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The fleet at one instant."""

    by_status: Mapping[TerminalState, int]
    by_trouble: Mapping[Trouble, int]  # of active terminals; one may count under several
    entries_held: int
    entries_behind: int
    published_version: int  # 0: nothing yet
    published_at: UnixSeconds
    projector_behind: Mapping[str, int]  # entries that a read model has not taken in yet


def look_at_fleet(store: Store, projectors: tuple[str, ...], now: UnixSeconds) -> Fleet:
    """Return how the fleet does.

    Args:
        store: of the centre.
        projectors: names of the read models.
        now: by this machine's clock.

    Raises:
        StoreUnavailable: it can't be asked just now.
    """
    version, published_at = store.database.row(_PUBLISHED) or (0, 0)
    states, troubles, held, behind = Counter[TerminalState](), Counter[Trouble](), 0, 0
    after: str | None = ""
    while after is not None:
        page = store.health.page(after, _PAGE)
        for each in page:
            states[each.state] += 1
            held += each.acked
            if each.state is TerminalState.ACTIVE:
                behind += each.known - each.acked
                troubles.update(_troubles(each, version, now))
        after = page[-1].terminal if len(page) == _PAGE else None
    return Fleet(
        by_status={state: states[state] for state in TerminalState},
        by_trouble={trouble: troubles[trouble] for trouble in Trouble},
        entries_held=held,
        entries_behind=behind,
        published_version=version,
        published_at=published_at,
        projector_behind={name: _behind(store, name) for name in projectors},
    )


def _troubles(of: Standing, published: int, now: UnixSeconds) -> list[Trouble]:
    told = of.health
    held = told.get("trust")
    is_told = of.told_at is not None
    suffers = {
        Trouble.SILENT: now - of.last_seen_at >= SILENT_S,
        Trouble.BEHIND: of.known > of.acked,
        Trouble.CLOCK: told.get("clock") == "untrusted",
        Trouble.JOURNAL: told.get("journal_fault") is not None,
        Trouble.PARTED: told.get("parted") is True,
        Trouble.LANES: _is_some(told.get("lanes_out")),
        Trouble.DEVICES: _is_some(told.get("scanners_down")) or _is_some(told.get("devices_down")),
        Trouble.CAMERA: _is_some(told.get("scanners_poor")),
        Trouble.LISTS: told.get("lists", "fresh") != "fresh",
        Trouble.TRUST: is_told and not (isinstance(held, int) and held >= published),
    }
    return [trouble for trouble, it_does in suffers.items() if it_does]


def _is_some(told: object) -> bool:
    return isinstance(told, int) and told > 0


def _behind(store: Store, projector: str) -> int:
    row = store.database.row(_BEHIND, (projector,))
    return 0 if row is None else max(0, int(row[0]))


class FleetWatch:
    """The fleet as it was looked through last; of one thread at a time.

    Args:
        look: returns the fleet now.
        ticks: seconds of a clock that never goes back.
    """

    def __init__(
        self, look: Callable[[], Fleet], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._ticks = look, ticks
        self._fleet: Fleet | None = None
        self._due_s = 0.0

    def fleet(self) -> Fleet:
        """Return the fleet, a quarter of a minute old at most where looking takes no time.

        Raises:
            StoreUnavailable: it can't be asked just now.
        """
        begun_s = self._ticks()
        if self._fleet is None or begun_s >= self._due_s:
            self._fleet = self._look()
            ended_s = self._ticks()
            self._due_s = ended_s + max(FRESH_S_MIN, _SHARE * (ended_s - begun_s))
        return self._fleet
