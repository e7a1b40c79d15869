"""Summing up what each card paid in a day, and noting what was taken back."""

from collections import Counter
from collections.abc import Callable, Sequence

from central.projectors.entry import DAY_S, Entry
from central.store.approvals import Approvals
from central.store.sales import CardDay, Reversal, Sales
from verifier.model import Verdict
from verifier.profile import EntryType

EntryAt = Callable[[str, int, int], Entry | None]
"""Returns the entry of a terminal, by epoch and number; None: it is not held."""


class SaleProjector:
    """Keeps what cards paid, and which online approvals have become entries."""

    def __init__(self, sales: Sales, approvals: Approvals, entry_at: EntryAt) -> None:
        self._sales, self._approvals, self._entry_at = sales, approvals, entry_at

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        sums = Counter[CardDay]()
        for entry in entries:
            if entry.type == EntryType.ANNUL.value:
                place, amount = self._taken_back(entry)
                sums[place] -= amount
            elif entry.verdict == Verdict.GRANT.value and entry.pseudonym is not None:
                sums[_day(entry)] += entry.amount_minor or 0
        self._sales.add_days({place: paid for place, paid in sums.items() if paid})
        self._sales.add_reversals([_reversal(entry) for entry in entries if _takes_back(entry)])
        named = [entry.approval for entry in entries if entry.approval is not None]
        self._approvals.settle(entries[0].terminal, named)

    def clear(self) -> None:
        """Forget all of it; inside a transaction. Approvals stay: no entry tells of them."""
        self._sales.clear()

    def _taken_back(self, entry: Entry) -> tuple[CardDay, int]:
        """Return the day on which a sale was made that `entry` takes back, and how much of it.

        A terminal's word lowers no sum by itself: it must name a sale of the same card that is
        held, and each is taken back once, and by what it was at most.
        """
        sale = self._sale_of(entry)
        if sale is None:
            return _day(entry), 0
        of, by = (sale.epoch, sale.seq), (entry.epoch, entry.seq)
        is_first = self._sales.take_back(entry.terminal, of, by)
        amounts = (entry.amount_minor or 0, sale.amount_minor or 0)
        return _day(sale), min(amounts) if is_first else 0

    def _sale_of(self, entry: Entry) -> Entry | None:
        """Return the sale that `entry` may take back; None: there is none such."""
        if not entry.amount_minor or entry.refers_to is None:
            return None
        if entry.refers_to >= (entry.epoch, entry.seq):
            return None
        sale = self._entry_at(entry.terminal, *entry.refers_to)
        is_sale = sale is not None and sale.is_presented and sale.verdict == Verdict.GRANT.value
        return sale if is_sale and sale is not None and _payer(sale) == _payer(entry) else None


def _day(entry: Entry) -> CardDay:
    return entry.sector, entry.pseudonym or "", entry.at // DAY_S, entry.currency


def _payer(entry: Entry) -> tuple[str, str | None, str]:
    return entry.sector, entry.pseudonym, entry.currency


def _takes_back(entry: Entry) -> bool:
    """Return whether an entry takes back a sale; a passage that was not made is none."""
    return entry.type == EntryType.ANNUL.value and entry.amount_minor is not None


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
