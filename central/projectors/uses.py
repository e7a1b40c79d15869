"""Finding codes that were used more than once: what terminals without network can't prevent."""

from collections import defaultdict
from collections.abc import Sequence

from central.projectors.entry import Entry
from central.store.uses import Use, Uses

Place = tuple[int, int]  # epoch and number of an entry


class UseProjector:
    """Keeps where each presentation was accepted, and all places of those accepted again.

    A grant that overrides a referral is the same use, and takes its place.
    """

    def __init__(self, uses: Uses) -> None:
        self._uses = uses

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        by_sector: defaultdict[str, list[tuple[Use, Place | None]]] = defaultdict(list)
        for entry in entries:
            if entry.is_accepted and entry.presentation is not None:
                use = _use(entry, entry.presentation)
                by_sector[entry.sector].append((use, entry.refers_to))
        for sector, uses in by_sector.items():
            self._take(sector, uses)

    def _take(self, sector: str, uses: Sequence[tuple[Use, Place | None]]) -> None:
        first = self._uses.first(sector, sorted({use.presentation for use, _ in uses}))
        new, again = list[Use](), list[Use]()
        for use, overrides in uses:
            known = first.get(use.presentation)
            if known is None:
                first[use.presentation] = use
                new.append(use)
            elif overrides is None:
                again += [known, use]
            else:
                self._keep(new, again)
                if not self._uses.override(use, *overrides):
                    self._uses.add_double([known, use])
                first |= self._uses.first(sector, [use.presentation])
        self._keep(new, again)

    def _keep(self, new: list[Use], again: list[Use]) -> None:
        """Keep what was collected so far."""
        self._uses.add_first(new)
        self._uses.add_double(again)
        new.clear()
        again.clear()

    def clear(self) -> None:
        """Forget all of it; inside a transaction."""
        self._uses.clear()


def _use(entry: Entry, presentation: str) -> Use:
    return Use(
        sector=entry.sector,
        presentation=presentation,
        terminal=entry.terminal,
        epoch=entry.epoch,
        seq=entry.seq,
        lane=entry.lane,
        at=entry.at,
        type=entry.type,
        verdict=entry.verdict or "",
        amount_minor=entry.amount_minor,
        currency=entry.currency,
    )
