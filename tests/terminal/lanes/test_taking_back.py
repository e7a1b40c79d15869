"""A grant that is to be taken back, and a journal that does not take that at once."""

import asyncio

import pytest

from offline_cache.errors import CacheError, EntryErased, JournalBusy
from protocol.use import Cause, Place
from terminal.desk import Desk
from terminal.lanes.effects import Annul
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.lanes.taking_back import AGAIN_MS, TRIES_MAX, TakingBack
from terminal.presenting import Outcome
from tests.support.cards import issuer_part, text
from tests.support.street import Street, change_profile, play, run_out, settled
from verifier.model import Verdict
from verifier.profile import ConsumeOn

PRINTED = text(issuer_part())
UNUSED = Annul(
    outcome=Outcome(verdict=Verdict.GRANT, reason=None, seq=7, ms=0, epoch=1),
    cause=Cause.NOT_PASSED,
)


class Counter:
    """A desk whose journal refuses for so many times."""

    def __init__(self, busy: int, error: type[CacheError] = JournalBusy) -> None:
        self.busy, self.asked, self.error = busy, 0, error
        self.writer = self
        self.fault: Exception | None = None

    async def annul(self, _outcome: Outcome, _cause: Cause, *, lane: str) -> Place | None:
        assert lane == "gate-1"
        self.asked += 1
        if self.asked <= self.busy:
            raise self.error("another program has the journal")
        return Place(epoch=1, seq=8)


def owing(counter: Counter) -> TakingBack:
    return TakingBack("gate-1", counter)  # type: ignore[arg-type]  # as much of a desk as it needs


def test_a_lane_serves_nobody_until_the_journal_has_taken_back_what_nobody_used(
    desk: Desk,
) -> None:
    """The disk fails at that very moment, and is mended: whoever did not go through gets it back."""
    street = Street()
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, same_holder_ms=0, open_ms=30)

    async def story(lane: Lane) -> None:
        street.scan(PRINTED)
        await settled(lambda: lane.state is LaneState.AWAITING)
        desk.writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(9)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)
        lane.restore()
        assert lane.state is LaneState.OUT_OF_SERVICE
        assert lane.trouble
        await settled(lambda: desk.writer.fault is None)
        lane.restore()
        assert lane.state is LaneState.OUT_OF_SERVICE
        assert "not taken back yet" in lane.trouble
        lane._taking_back._due_ms = 0
        lane.restore()
        await settled(lambda: not lane._taking_back.is_owing)
        lane.restore()
        assert lane.state is LaneState.IDLE
        street.scan(PRINTED)
        await settled(lambda: len(street.program.answers) == 2)

    play(desk, street, story)
    assert {"lane": "gate-1", "what": "not-passed"} in street.told("passage")
    assert street.program.answers == [("grant", None)] * 2


def test_the_journal_is_asked_again_in_a_while_and_only_if_it_is_well() -> None:
    counter = Counter(busy=1)
    back = owing(counter)
    assert asyncio.run(back.take((UNUSED,), 1_000)) == ()
    assert back.is_owing
    assert not back.is_due(1_000 + AGAIN_MS - 1)
    assert back.is_due(1_000 + AGAIN_MS)
    counter.fault = JournalBusy("it has failed")
    assert not back.is_due(1_000 + AGAIN_MS)
    assert asyncio.run(back.take((), 2_000)) == ((UNUSED, Place(epoch=1, seq=8)),)
    assert not back.is_owing


@pytest.mark.parametrize(("busy", "is_left"), [(TRIES_MAX - 1, False), (TRIES_MAX, True)])
def test_a_lane_does_not_try_for_ever(
    caplog: pytest.LogCaptureFixture, busy: int, *, is_left: bool
) -> None:
    back = owing(Counter(busy))
    asyncio.run(back.take((UNUSED,), 0))
    for _ in range(TRIES_MAX - 1):
        asyncio.run(back.take((), 0))
    assert not back.is_owing
    assert ("entry 7 stays granted" in caplog.text) is is_left


def test_what_a_lane_owes_at_its_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    back = owing(Counter(busy=1))
    asyncio.run(back.take((UNUSED,), 0))
    back.let_go("the terminal ends")
    assert not back.is_owing
    assert "entry 7 stays granted, though nobody used it: the terminal ends" in caplog.text


def test_what_can_never_be_taken_back_ends_no_daemon(caplog: pytest.LogCaptureFixture) -> None:
    counter = Counter(busy=1, error=EntryErased)
    back = owing(counter)
    assert asyncio.run(back.take((UNUSED,), 0)) == ()
    assert not back.is_owing
    assert "entry 7 stays granted" in caplog.text
