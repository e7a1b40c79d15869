"""Finding codes that were used more than once: what terminals without network can't prevent."""

from collections import defaultdict
from collections.abc import Sequence

from central.projectors.entry import Entry
from central.store.uses import Use, Uses


class UseProjector:
    """Keeps where each presentation was accepted, and all places of those accepted again."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        by_sector: defaultdict[str, list[Use]] = defaultdict(list)
        for entry in entries:
            if entry.is_accepted and entry.presentation is not None:
                by_sector[entry.sector].append(_use(entry, entry.presentation))
        for sector, uses in by_sector.items():
            self._take(sector, uses)

    def _take(self, sector: str, uses: Sequence[Use]) -> None:
        first = self._uses.first(sector, sorted({use.presentation for use in uses}))
        new, again = [], []
        for use in uses:
            known = first.setdefault(use.presentation, use)
            if known is use:
                new.append(use)
            else:
                again += [known, use]
        self._uses.add_first(new)
        self._uses.add_double(again)

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
