"""Summing up what each card paid in a day, and noting what was taken back."""

from collections import Counter
from collections.abc import Sequence

from central.projectors.entry import DAY_S, Entry
from central.store.approvals import Approvals
from central.store.sales import CardDay, Reversal, Sales
from verifier.model import Verdict
from verifier.profile import EntryType


class SaleProjector:
    """Keeps what cards paid, and which online approvals have become entries."""

    def __init__(self, sales: Sales, approvals: Approvals) -> None:
        self._sales, self._approvals = sales, approvals

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        sums = Counter[CardDay]()
        for entry in entries:
            if entry.pseudonym is not None:
                place = (entry.sector, entry.pseudonym, entry.at // DAY_S, entry.currency)
                sums[place] += _paid(entry)
        self._sales.add_days({place: paid for place, paid in sums.items() if paid})
        self._sales.add_reversals([_reversal(entry) for entry in entries if _takes_back(entry)])
        named = [entry.approval for entry in entries if entry.approval is not None]
        self._approvals.settle(entries[0].terminal, named)

    def clear(self) -> None:
        """Forget all of it; inside a transaction. Approvals stay: no entry tells of them."""
        self._sales.clear()


def _paid(entry: Entry) -> int:
    """Return what an entry adds to its card's day; below 0 where it takes back."""
    amount = entry.amount_minor or 0
    if entry.type == EntryType.ANNUL.value:
        return -amount
    return amount if entry.verdict == Verdict.GRANT.value else 0


def _takes_back(entry: Entry) -> bool:
    """Return whether an entry takes back a sale; a passage that was not made is none."""
    is_of_sale = entry.amount_minor is not None or entry.reference != ""
    return entry.type == EntryType.ANNUL.value and is_of_sale


def _reversal(entry: Entry) -> Reversal:
    return Reversal(
        terminal=entry.terminal,
        epoch=entry.epoch,
        seq=entry.seq,
        lane=entry.lane,
        at=entry.at,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        reference=entry.reference,
        presentation=entry.presentation or "",
    )
