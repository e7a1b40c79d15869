"""Sales of an enrolled terminal that asks a real centre, with somebody on the line between them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from central.details import details_of
from central.site import open_site
from drivers.clock import monotonic_ms
from offline_cache.identity import Identity
from protocol.approval import read_approval_request
from simulator.phone import Phone
from terminal.bootstrap import make_approvals
from terminal.desk import Desk
from terminal.presenting import Outcome
from terminal.settings import Settings
from terminal.sync.thread import Sync
from tests.support.counter import LANE, SHOP, asked
from tests.support.middleman import Asked, Told
from tests.support.site import Town, now
from tests.support.syncs import Line, acked, at_work
from verifier.model import Verdict
from verifier.reasons import Reason

APPROVALS = "/approvals"
_SECONDS = count(-40)


@dataclass
class Shop:
    """An enrolled terminal's counter, and one citizen."""

    desk: Desk
    sync: Sync
    phone: Phone

    def sold(self, amount: int, **changes: Any) -> Outcome:
        """Arm the lane and show the citizen's phone."""
        request = asked(amount, **changes)
        self.desk.requests.arm(request, monotonic_ms())
        drawn = self.phone.draw(type(now())(now() + next(_SECONDS)))
        judged = self.desk.judge(drawn.encode(), lane=LANE, profile=SHOP)
        return asyncio.run(
            self.desk.settle(
                judged, lane=LANE, profile=SHOP, seen_ms=monotonic_ms(), request=request
            )
        )


@contextmanager
def open_shop(town: Town, settings: Settings) -> Iterator[Shop]:
    with at_work(settings) as (desk, sync):
        sync.round()
        approvals = make_approvals(desk, settings)
        desk.till.approvals = approvals
        approvals.start()
        try:
            yield Shop(desk, sync, town.phones(1)[0])
        finally:
            approvals.stop()


@pytest.fixture
def shop(town: Town, identity: Identity, settings: Settings) -> Iterator[Shop]:
    assert identity.epoch == 1
    with open_shop(town, settings) as opened:
        yield opened


@pytest.mark.slow
def test_a_real_centre_approves_and_then_holds_the_sale(shop: Shop, line: Line) -> None:
    outcome = shop.sold(50_000)
    assert (outcome.verdict, outcome.is_online, outcome.reason) == (Verdict.GRANT, True, None)
    questions = [asked for asked in line.man.asked if APPROVALS in asked.path]
    (question,) = questions
    assert outcome.record is not None
    assert outcome.record.use is not None
    assert read_approval_request(question.body).key == outcome.record.use.approval
    assert shop.sync.round() == 0.0
    assert acked(shop.desk) == outcome.seq


@pytest.mark.slow
def test_a_centre_that_is_cut_off_leaves_the_offline_rules(shop: Shop, line: Line) -> None:
    line.at(APPROVALS, lambda _: None)
    outcome = shop.sold(50_000)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.CARD_SUM_LIMIT)
    assert shop.sold(2_000).verdict is Verdict.GRANT
    line.at(APPROVALS, line.honest)
    assert shop.sold(50_000).verdict is Verdict.GRANT


@pytest.mark.slow
def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_same(shop: Shop, line: Line) -> None:
    """The centre took the question; the line broke off before anybody heard its word."""
    told = list[Told | None]()

    def lose_the_first(question: Asked) -> Told | None:
        told.append(line.honest(question))
        return None if len(told) == 1 else told[-1]

    line.at(APPROVALS, lose_the_first)
    assert shop.sold(50_000).is_online
    first, second = told
    assert first is not None
    assert second is not None
    assert first.body == second.body


@pytest.mark.slow
def test_somebody_on_the_line_who_says_yes_is_not_believed(shop: Shop, line: Line) -> None:
    """He sends the word that the centre gave on another sale."""
    heard = list[Told | None]()

    def note(question: Asked) -> Told | None:
        heard.append(line.honest(question))
        return heard[-1]

    line.at(APPROVALS, note)
    assert shop.sold(50_000).is_online
    line.at(APPROVALS, lambda _: heard[0])
    outcome = shop.sold(60_000)
    assert (outcome.verdict, outcome.is_online) == (Verdict.DENY, False)


@pytest.mark.slow
def test_what_was_bought_is_read_by_the_real_centre_alone(
    shop: Shop, town: Town, identity: Identity
) -> None:
    outcome = shop.sold(1_000, reference="receipt 17", details={"item": "tablets"})
    assert shop.sync.round() == 0.0
    lines = {seq: line for _, seq, line in town.entries(identity.terminal)}
    line = lines[outcome.seq or 0]
    assert "tablets" not in str(line)
    keys = open_site(town.centre._folder).keys
    told = {"reference": "receipt 17", "details": {"item": "tablets"}}
    assert details_of(line, [keys.seal]) == told
    with pytest.raises(ValueError, match="not here"):
        details_of(line, [identity.opening])
