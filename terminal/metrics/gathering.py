"""Everything that a terminal says of itself at an instant; lives in the daemon's loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from offline_cache.errors import CacheError
from terminal.desk import Desk
from terminal.metrics import names
from terminal.metrics.figures import Figures
from terminal.metrics.metric import Family
from terminal.metrics.of_knowledge import (
    Position,
    clock_families,
    journal_families,
    sync_families,
    trust_families,
)
from terminal.metrics.of_lanes import MeasuredLane, lane_families
from terminal.metrics.of_logs import log_families
from terminal.metrics.of_machine import disk_families, identity_families, local_families
from terminal.sync.thread import Sync

# A disk that hangs is told by what is missing then; the rest is told in time.
DISK_S_MAX = 1.0

# What is counted where it happens; the rest is read when somebody asks.
_COUNTED = (
    *(names.DECISIONS, names.UNPROVEN, names.PASSAGES, names.APPROVALS),
    *(names.DECODE, names.DECIDE, names.COMMIT, names.ANSWER),
)


class Gathering:
    """Reads the parts of one terminal.

    Args:
        desk: what the lanes share.
        lanes: all of them.
        sync: the terminal's.
        journal: the main file of its journal.
        local: tells the local interface's status; None: there is none.
    """

    def __init__(
        self,
        desk: Desk,
        lanes: Sequence[MeasuredLane],
        sync: Sync,
        journal: Path,
        local: Callable[[], Mapping[str, Any]] | None,
    ) -> None:
        self._desk, self._lanes, self._sync = desk, lanes, sync
        self._journal, self._local = journal, local
        _begin(desk.figures, lanes)
        self._asking = set[asyncio.Future[Any]]()  # of a disk that has not answered yet

    async def families(self) -> Sequence[Family]:
        """Return all families, in the order of `names.METRICS`."""
        desk = self._desk
        position, disk = await self._disk()
        gathered = [
            *identity_families(desk.identity),
            *desk.figures.families(_COUNTED),
            *lane_families(self._lanes),
            *journal_families(desk, position),
            *sync_families(desk, self._sync),
            *trust_families(desk, self._lanes),
            *clock_families(desk),
            *local_families(None if self._local is None else self._local()),
            *log_families(),
            *disk,
        ]
        order = {metric: place for place, metric in enumerate(names.METRICS)}
        return sorted((each for each in gathered if each.samples), key=lambda of: order[of.metric])

    async def _disk(self) -> tuple[Position, list[Family]]:
        """Ask the journal and the disk, unless they have not answered the last time yet."""
        if self._asking:
            return (None, None), []
        asked = asyncio.ensure_future(asyncio.to_thread(self._asked))
        self._asking.add(asked)
        asked.add_done_callback(self._asking.discard)
        await asyncio.wait({asked}, timeout=DISK_S_MAX)
        return asked.result() if asked.done() else ((None, None), [])

    def _asked(self) -> tuple[Position, list[Family]]:
        try:
            position: Position = self._desk.writer.call(
                lambda journal: (journal.seq, journal.acked())
            ).result()
        except CacheError:
            position = (None, None)  # its fault is told by a metric of its own
        return position, disk_families(self._journal)


def _begin(figures: Figures, lanes: Sequence[MeasuredLane]) -> None:
    """Have what is rare stand at 0 before it happens: its first time is a rise then, too."""
    for outcome in names.OUTCOMES_OF_APPROVALS:
        figures.count(names.APPROVALS, outcome, by=0)
    for lane in lanes:
        for outcome in names.OUTCOMES_OF_PASSAGES:
            figures.count(names.PASSAGES, lane.name, outcome, by=0)
