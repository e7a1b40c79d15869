"""Who of those that come by pays for something, and who brings it back."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from offline_cache.journal import Append
from offline_cache.ledger import UseClaim
from protocol.journal import Draft, PresentationRecord
from protocol.use import AnnulRecord, Cause, Place, Use
from tests.simulation.ledger import Told
from verifier.clock import ClockQuality
from verifier.limits import Ceilings
from verifier.model import UnixSeconds

CURRENCY = "CNY"
_PAYING, _BRINGING_BACK = 0.4, 0.3
_AMOUNT_MAX = 5_000
# So little that some are refused for what they paid before.
_MOST = Ceilings(sum_minor_max=60_000)


class Customers:
    """Draws from numbers of its own, so that sales change nothing of what befalls a city."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311  # seeded on purpose

    def paying(self, shown: Append) -> Append:
        """Return a presentation, now and then as a sale."""
        record = shown.draft.record
        if self._random.random() >= _PAYING or not isinstance(record, PresentationRecord):
            return shown
        use = Use(
            amount_minor=self._random.randint(1, _AMOUNT_MAX),
            currency=CURRENCY,
            fund="purse",
            client="till-1",
            key=f"sale-{record.presentation}",
        )
        draft = replace(shown.draft, record=replace(record, use=use))
        return replace(shown, draft=draft, use=UseClaim(ceilings=_MOST))

    def bringing_back(self, told: Iterable[Told], now: UnixSeconds) -> Append | None:
        """Return what takes back one of the sales that a lane was told of, now and then."""
        sales = [each for each in told if amount_of(json.loads(each.line))]
        if not sales or self._random.random() >= _BRINGING_BACK:
            return None
        sale = self._random.choice(sales)
        line = json.loads(sale.line)
        record = AnnulRecord(
            profile=line["profile"],
            sector=line["sector"],
            pseudonym=line["pseudonym"],
            presentation=line["presentation"],
            reference=Place(epoch=sale.epoch, seq=sale.seq),
            cause=Cause.REVERSED,
            use=Use(amount_minor=line["amount_minor"], currency=CURRENCY, fund="purse"),
        )
        lane, clock = line["lane"], ClockQuality.TRUSTED
        return Append(draft=Draft(at=now, clock=clock, lane=lane, record=record), claim=None)


def amount_of(line: dict[str, object]) -> int:
    """Return what a journal line grants to be sold; 0: nothing."""
    is_sale = line.get("verdict") == "grant" and line.get("type") != "annul"
    return int(str(line.get("amount_minor", 0))) if is_sale else 0


def paid_by_card(lines: Iterable[tuple[int, int, bytes]]) -> Counter[str]:
    """Return what each card paid and did not get back, by epoch, number and line of a journal."""
    sold: dict[tuple[int, int], tuple[str, int]] = {}
    for epoch, seq, octets in lines:
        line = json.loads(octets)
        if amount_of(line):
            sold[epoch, seq] = line["pseudonym"], amount_of(line)
        if line["type"] == "annul":
            sold.pop((line["reference"]["epoch"], line["reference"]["seq"]), None)
    paid: Counter[str] = Counter()
    for card, amount_minor in sold.values():
        paid[card] += amount_minor
    return paid
