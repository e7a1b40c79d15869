"""The read models behind the reports, made of one reading of the journals."""

from collections.abc import Sequence

from central.projectors.entry import DAY_S, Entry, read_entry
from central.projectors.sales import SaleProjector
from central.projectors.tallies import TallyProjector
from central.projectors.uses import UseProjector
from central.projectors.visits import VisitProjector
from central.store.store import Store
from verifier.model import UnixSeconds

# Longer than any profile lets a terminal grant without new lists (offline 31 days at most), so a
# second use that comes late still finds the first.
FIRST_USE_DAYS = 40
# A client that lost an answer asks again within seconds; a terminal that was offline, within days.
APPROVAL_DAYS = 40


class ReportProjector:
    """Counts, uses, sales and visits."""

    name = "reports"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._models = (
            TallyProjector(store.tallies),
            UseProjector(store.uses),
            SaleProjector(store.sales, store.approvals, self._entry_at),
            VisitProjector(store.visits),
        )

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        for model in self._models:
            model.take(entries)

    def clear(self) -> None:
        """Forget all of it; inside a transaction."""
        for model in self._models:
            model.clear()

    def _entry_at(self, terminal: str, epoch: int, seq: int) -> Entry | None:
        lines = self._store.projections.lines(terminal, epoch, seq - 1, 1)
        return next(
            (read_entry(terminal, epoch, at, line) for at, line in lines if at == seq), None
        )

    def tidy(self, now: UnixSeconds) -> None:
        """Let go of what nothing that still comes can refer to."""
        self._store.uses.forget_first(now - FIRST_USE_DAYS * DAY_S)
        self._store.approvals.forget(now // DAY_S - APPROVAL_DAYS)
