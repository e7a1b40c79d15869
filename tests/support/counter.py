"""A counter that sells: a desk with a real journal, its programs' requests and cards to pay by."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from drivers.clock import monotonic_ms
from offline_cache.database import newest
from protocol.keys import OpeningKey
from protocol.trust_folder import KEYS_PATH
from terminal.desk import Desk, Judged
from terminal.presenting import Outcome
from terminal.selling.approvals import Approvals, Ask
from terminal.selling.requests import ScanRequest
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import open_desk, published
from tests.support.journals import rows_on_disk
from tests.support.publishing import FILES
from tests.support.trust import CARD_KEY, COMMAND, STATUS, jwk, keys_json
from verifier.profile import AmountFrom, EntryType, Fund, Limits, Money, Profile

OPENING = OpeningKey(bytes(range(32)))  # of the centre, for sealed details
LANE = "counter-1"
SHOP = Profile(
    name="counter",
    entry_type=EntryType.SALE,
    money=Money(
        currency="CNY",
        fund=Fund.INSURED_ACCOUNT,
        amount_from=AmountFrom.REQUEST,
        amount_max_minor=100_000,
    ),
    limits=Limits(floor_minor=2_000, upper_count=4, upper_sum_minor=5_000),
)
_NUMBERS = count(1)


def asked(amount: int | None = 1_250, **changes: Any) -> ScanRequest:
    """Return a request under a key of its own."""
    request = ScanRequest(
        client="till-1",
        key=f"sale-{next(_NUMBERS):012}",
        lane=LANE,
        deadline_ms=60_000,
        amount_minor=amount,
        currency="" if amount is None else "CNY",
    )
    return replace(request, **changes)


def card(number: int = 0, *, drawn_at: int = NOW, **claims: Any) -> bytes:
    """Return the code that a holder's phone draws at an instant."""
    own = {"holder": public(HOLDER), "subject": number.to_bytes(8, "big")}
    return text(holder_part(issuer_part(issuer_claims(**{**own, **claims})), {6: drawn_at}))


def trust_with_seal() -> Any:
    """Return what the centre publishes, a key of role seal among it."""
    keys = keys_json(
        jwk(CARD_KEY.key),
        jwk(public(STATUS), role="status", formats=[]),
        jwk(public(COMMAND), role="command", formats=[]),
        jwk(OPENING.public, role="seal", crv="X25519", formats=[]),
    )
    return published({**FILES, KEYS_PATH: keys})


@dataclass
class Counter:
    """One lane's work, step by step."""

    desk: Desk
    path: Path
    profile: Profile = SHOP
    lane: str = LANE
    drawn: Iterator[int] = field(default_factory=lambda: iter(range(NOW - 50, NOW + 15)))

    def judged(self, payload: bytes, profile: Profile | None = None) -> Judged:
        return self.desk.judge(payload, lane=self.lane, profile=profile or self.profile)

    async def shown(self, payload: bytes, request: ScanRequest | None = None) -> Outcome:
        """Show a code while `request`, armed already, is what the lane serves."""
        return await self.desk.settle(
            self.judged(payload),
            lane=self.lane,
            profile=self.profile,
            seen_ms=monotonic_ms(),
            request=request,
        )

    async def sell(self, request: ScanRequest | None = None, number: int = 0) -> Outcome:
        """Arm the lane and show a card, drawn later than every one before."""
        request = asked() if request is None else request
        self.desk.requests.arm(request, monotonic_ms())
        return await self.shown(card(number, drawn_at=next(self.drawn)), request)

    def sold(self, amount: int | None = 1_250, number: int = 0, **changes: Any) -> Outcome:
        return asyncio.run(self.sell(asked(amount, **changes), number))

    def entries(self) -> list[dict[str, Any]]:
        """Return every entry that is on the disk."""
        return [json.loads(line) for _, line in rows_on_disk(newest(self.path))]


@contextmanager
def open_counter(path: Path, *, ask: Ask | None = None, now: int = NOW) -> Iterator[Counter]:
    """Open a counter for the block; `ask` is its way to the centre."""
    with open_desk(path, now=now) as desk:
        desk.trust = replace(trust_with_seal(), profiles={SHOP.name: SHOP})
        approvals = None if ask is None else Approvals(lambda: ask, terminal="gate-7")
        desk.till.approvals = approvals
        if approvals is not None:
            approvals.start()
        try:
            yield Counter(desk, path)
        finally:
            if approvals is not None:
                approvals.stop()
