"""Grants that one lane takes back, and what becomes of them when the journal does not take that."""

import logging
from collections import deque
from collections.abc import Iterable

from offline_cache.errors import CacheError, CacheFault
from protocol.use import Place
from terminal.desk import Desk
from terminal.lanes.effects import Annul

log = logging.getLogger(__name__)

# A busy or full queue is over by the next look; whoever turned back waits for his money no longer.
AGAIN_MS = 500
# Of a journal that says that it is well and still takes nothing: ten seconds of a lane out of
# service. One that has failed is not asked until it is mended.
TRIES_MAX = 20


class TakingBack:
    """One lane's, in the daemon's loop; it serves nobody while it owes.

    Args:
        lane: its name.
        desk: where the journal is.
    """

    def __init__(self, lane: str, desk: Desk) -> None:
        self._lane, self._desk = lane, desk
        self._owed = deque[Annul]()  # nothing is granted meanwhile, so there are one or two
        self._tries, self._due_ms = 0, 0

    @property
    def is_owing(self) -> bool:
        """Return whether the journal has refused one so far."""
        return bool(self._owed)

    def is_due(self, now_ms: int) -> bool:
        """Return whether the journal is to be asked again at `now_ms` (monotonic)."""
        return self.is_owing and now_ms >= self._due_ms and self._desk.writer.fault is None

    async def take(
        self, annuls: Iterable[Annul], now_ms: int
    ) -> tuple[tuple[Annul, Place | None], ...]:
        """Take grants back, and what is owed of others; return which were, and by which entry.

        What the journal does not take is owed, for TRIES_MAX times; then it stays granted.
        """
        self._owed.extend(annuls)
        taken = list[tuple[Annul, Place | None]]()
        try:
            while self._owed:
                annul = self._owed[0]
                place = await self._desk.annul(annul.outcome, annul.cause, lane=self._lane)
                taken.append((self._owed.popleft(), place))
                self._tries = 0
        except CacheFault as error:
            self._owe(error, now_ms)
        except (
            CacheError
        ) as error:  # no journal will ever take that; it is this lane's trouble alone
            self.let_go(str(error))
        return tuple(taken)

    def let_go(self, why: str) -> None:
        """Leave granted what is owed: the lane ends, or has tried long enough."""
        for annul in self._owed:
            log.critical(
                "lane %s: entry %s stays granted, though nobody used it: %s; take it back at the"
                " centre",
                self._lane,
                annul.outcome.seq,
                why,
            )
        self._owed.clear()
        self._tries = 0

    def _owe(self, error: CacheFault, now_ms: int) -> None:
        self._tries, self._due_ms = self._tries + 1, now_ms + AGAIN_MS
        if self._tries == 1:
            log.error("lane %s: a grant is not taken back yet: %s", self._lane, error)
        if self._tries >= TRIES_MAX:
            self.let_go(str(error))
