import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offline_cache.journal import Append
from protocol.journal import line_of
from protocol.use import Cause
from terminal.events import EventFeed
from terminal.selling.recounting import RECOUNTED_AT_ONCE
from terminal.selling.reversing import annulment, taken_of
from terminal.selling.totals import DayTotal, Totals, local_day
from terminal.service import TerminalService
from tests.support.cards import NOW
from tests.support.counter import LANE, Counter, open_counter
from tests.support.journals import draft
from tests.terminal.selling.test_reversing import RECORD, outcome
from tests.terminal.selling.test_reversing import draft as sale
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason


def totals(offset_min: int = 0) -> Totals:
    return Totals(through=0, offset_of=lambda _: offset_min)


def row(**members: Any) -> DayTotal:
    own: dict[str, Any] = {"lane": "counter-1", "day": "2027-01-15", "currency": "CNY"}
    return DayTotal(**{**own, **members})


def test_only_what_was_granted_and_costs_something_is_added() -> None:
    sums = totals()
    sums.add(draft())
    sums.add(sale(replace(RECORD, verdict=Verdict.DENY, reason=Reason.FLOOR_LIMIT)))
    sums.add(sale(replace(RECORD, verdict=Verdict.REFER, reason=Reason.STATIC_CODE)))
    assert sums.told() == ()


def test_a_sale_and_its_reversal_are_both_told() -> None:
    sums = totals()
    back = sale(annulment(taken_of(outcome(), "counter-1"), Cause.REVERSED))
    for each in (sale(), sale(), back):
        sums.add(each)
    assert sums.told() == (row(sales=2, sum_minor=2_500, reversals=1, reversed_minor=1_250),)


def test_the_journals_lines_tell_the_same() -> None:
    live, told = totals(), totals()
    back = sale(annulment(taken_of(outcome(), "counter-1"), Cause.ABORTED))
    denied = sale(replace(RECORD, verdict=Verdict.DENY, reason=Reason.FLOOR_LIMIT))
    for seq, each in enumerate((sale(), back, denied, draft()), start=1):
        live.add(each)
        told.add_line(line_of(each, epoch=1, seq=seq), now=each.at)
    assert live.told() == told.told() != ()


@pytest.mark.parametrize(
    ("at", "offset_min", "day"),
    [
        (1_800_057_599, 0, "2027-01-15"),
        (1_800_057_600, 0, "2027-01-16"),
        (1_800_028_799, 480, "2027-01-15"),
        (1_800_028_800, 480, "2027-01-16"),
        (1_800_057_600, -60, "2027-01-15"),
    ],
)
def test_a_day_is_the_one_on_the_wall(at: int, offset_min: int, day: str) -> None:
    assert local_day(UnixSeconds(at), offset_min) == day


def test_two_days_are_kept_whatever_comes_first() -> None:
    sums = totals()
    for days in (2, 0, 1, 3):
        sums.add(replace(sale(), at=UnixSeconds(1_800_000_000 + days * 86_400)))
    assert [each.day for each in sums.told()] == ["2027-01-17", "2027-01-18"]


def recounted(counter: Counter) -> tuple[DayTotal, ...]:
    async def diagnose() -> Mapping[str, object]:
        return {}

    service = TerminalService(counter.desk, [], EventFeed(), diagnose)
    asyncio.run(service.recount())
    return counter.desk.totals.told()


def test_a_terminal_that_starts_again_tells_the_same_as_before(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_counter(path) as counter:
        assert recounted(counter) == ()
        for number in range(3):
            counter.sold(1_000, number)
        asyncio.run(counter.desk.annul(counter.sold(500, 3), Cause.ABORTED, lane=LANE))
        before = counter.desk.totals.told()
    assert before == (row(day=local_day(UnixSeconds(NOW), 0), **SOLD),)
    with open_counter(path) as counter:
        counter.sold(7, 4)
        (after,) = recounted(counter)
    assert (after.sales, after.sum_minor) == (5, 3_507)


SOLD = {"sales": 4, "sum_minor": 3_500, "reversals": 1, "reversed_minor": 500}


def test_a_long_day_is_read_in_parts_and_no_further_back_than_needed(tmp_path: Path) -> None:
    path, day = tmp_path / "journal.db", UnixSeconds(NOW - 3 * 86_400)
    count = RECOUNTED_AT_ONCE + 1
    with open_counter(path) as counter:
        for at in (day, UnixSeconds(NOW)):
            sales = [_sale(at) for _ in range(count)]
            counter.desk.writer.call(lambda journal, sales=sales: journal.append_all(sales)).result(
                10
            )
    with open_counter(path) as counter:
        (told,) = recounted(counter)
    assert (told.day, told.sales) == (local_day(UnixSeconds(NOW), 0), count)


@pytest.mark.parametrize(("ago_s", "days"), [(86_400, 1), (2 * 86_400, 0)])
def test_of_a_day_that_is_told_in_part_nothing_is_told(ago_s: int, days: int) -> None:
    sums = totals()
    at = UnixSeconds(1_800_000_000 - ago_s)
    line = line_of(replace(sale(), at=at), epoch=1, seq=1)
    assert sums.add_line(line, now=UnixSeconds(1_800_000_000)) == at
    assert len(sums.told()) == days


_NUMBERS = iter(range(1_000_000))


def _sale(at: UnixSeconds) -> Append:
    number = next(_NUMBERS)
    assert RECORD.use is not None
    use = replace(RECORD.use, key=f"sale-{number:012}")
    record = replace(RECORD, pseudonym=f"{number:032x}", use=use)
    return Append(draft=replace(sale(record), at=at), claim=None)
