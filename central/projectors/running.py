"""Bringing read models up to the journals: a page at a time, each terminal from where it stood.

The offset moves in the transaction that writes the model, so an entry counts once whatever is cut
off. Several processes may do it: a lock lets one at a time.
"""

from collections.abc import Sequence
from typing import Protocol

from central.projectors.entry import Entry, read_entry
from central.store.projections import Candidate
from central.store.store import Store
from verifier.model import UnixSeconds

# One transaction, some 40 ms on SQLite: an upload waits no longer for it.
ENTRIES_MAX = 1_000
# Looked at for what is new in one step.
TERMINALS_MAX = 200
# An upload notes when it began; its entries can be seen as soon as it has ended, BUSY_S and a slow
# disk later.
MARGIN_S = 60


class Projector(Protocol):
    """One read model, or several that are made of one reading."""

    name: str

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""

    def clear(self) -> None:
        """Forget all of it; inside a transaction."""


class Projection:
    """Goes round the terminals, again and again."""

    def __init__(self, store: Store, projector: Projector) -> None:
        self._store, self._projector = store, projector
        self._place = ""  # the terminal that was looked at last in this round
        self._is_thorough = True  # the first round looks at every terminal, whatever any clock says
        self._anew_since: int | None = None  # of the model, as this round began

    def step(self, now: UnixSeconds) -> bool:
        """Take in what is new of some terminals; return whether this round goes on.

        Raises:
            StoreUnavailable: nothing of this step is kept.
        """
        if self._place == "":
            self._begin_round()
        found = self._store.projections.candidates(
            self._projector.name,
            after=self._place,
            margin_s=None if self._is_thorough else MARGIN_S,
            limit=TERMINALS_MAX,
        )
        if not found:
            self._end_round()
            return False
        if any(self._ends(each) for each in found):
            self._place = self._take(found)
        else:
            self._place = found[-1].terminal
        self._note(found, now)
        return True

    def round(self, now: UnixSeconds) -> None:
        """Take in all that is new of every terminal.

        Raises:
            StoreUnavailable: what was taken in by then is kept.
        """
        self._place, self._is_thorough = "", True
        while self.step(now):
            pass

    def rebuild(self, now: UnixSeconds) -> None:
        """Make the model anew, from the first entry of every terminal.

        Raises:
            StoreUnavailable: what was taken in by then is kept; go on with `round`.
        """
        self.begin_anew(now)
        self.round(now)

    def begin_anew(self, now: UnixSeconds) -> None:
        """Forget the model; the next whole round, here or in another process, makes it.

        Raises:
            StoreUnavailable: nothing is forgotten.
        """
        with self._store.transaction():
            self._store.projections.lock()
            self._projector.clear()
            self._store.projections.reset(self._projector.name, now)

    def _begin_round(self) -> None:
        self._anew_since = self._store.projections.anew_since(self._projector.name)
        if self._anew_since is not None:
            self._is_thorough = True  # who looked before it was cleared may have noted so behind

    def _end_round(self) -> None:
        if self._anew_since is not None:
            self._store.projections.end_anew(self._projector.name, self._anew_since)
        self._place, self._is_thorough, self._anew_since = "", False, None

    def _ends(self, of: Candidate) -> dict[int, int]:
        """Return the last entry held of each epoch that has new ones."""
        offsets = self._store.projections.offsets(self._projector.name, of.terminal)
        ends = {
            epoch: self._store.histories.end(of.terminal, epoch)[0] for epoch in range(1, of.epoch)
        }
        ends[of.epoch] = of.acked
        return {epoch: seq for epoch, seq in ends.items() if seq > offsets.get(epoch, 0)}

    def _take(self, found: Sequence[Candidate]) -> str:
        """Take in ENTRIES_MAX at most; return the last terminal of which nothing is left."""
        left, place = ENTRIES_MAX, self._place
        with self._store.transaction():
            self._store.projections.lock()
            for each in found:
                for epoch in self._ends(each):
                    left -= self._take_epoch(each.terminal, epoch, left)
                    if left == 0:
                        return place
                place = each.terminal
        return place

    def _take_epoch(self, terminal: str, epoch: int, limit: int) -> int:
        projections, name = self._store.projections, self._projector.name
        done = projections.offsets(name, terminal).get(epoch, 0)
        lines = projections.lines(terminal, epoch, done, limit)
        if lines:
            self._projector.take([read_entry(terminal, epoch, seq, line) for seq, line in lines])
            projections.move(name, terminal, epoch, lines[-1][0])
        return len(lines)

    def _note(self, found: Sequence[Candidate], now: UnixSeconds) -> None:
        """Note of those that fell silent that there is nothing left of them."""
        silent = [
            each.terminal
            for each in found
            if each.terminal <= self._place and each.last_seen_at < now - MARGIN_S
        ]
        if silent:
            self._store.projections.note(self._projector.name, silent, now)
