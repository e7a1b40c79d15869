"""Lanes that decide only what a program asks for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import monotonic_ms
from terminal.desk import Desk, Judged
from terminal.lanes.intake import CODE_AGE_MS_MAX
from terminal.lanes.lane import Lane
from terminal.presenting import Outcome
from terminal.selling.requests import RequestState, ScanRequest
from tests.support.cards import NOW, holder_part, text
from tests.support.counter import SHOP
from tests.support.journals import remembered, rows_on_disk
from tests.support.street import Street, change_profile, play, settled
from verifier.model import Verdict
from verifier.profile import EntryType

CODE = text(holder_part())
WANTED = ScanRequest(client="kiosk", key="k" * 16, lane="gate-1", deadline_ms=60_000)


@pytest.fixture
def street(desk: Desk) -> Street:
    change_profile(desk, asked=True, same_holder_ms=0)
    return Street()


async def answered(street: Street, payload: bytes) -> tuple[str, str | None]:
    before = len(street.program.answers)
    street.scan(payload)
    await settled(lambda: len(street.program.answers) > before)
    return street.program.answers[-1]


def test_a_code_that_nobody_asked_for_is_refused_and_stays_good(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(_: Lane) -> None:
        assert await answered(street, CODE) == ("deny", "P.ARM")
        assert remembered(path) == ({}, {})
        desk.requests.arm(WANTED, monotonic_ms())
        assert await answered(street, CODE) == ("grant", None)
        assert await answered(street, text(holder_part(claims={6: NOW + 1}))) == ("deny", "P.ARM")

    play(desk, street, story)
    assert len(rows_on_disk(path)) == 1
    assert desk.counts.refusals["gate-1"].total() == 2
    view = desk.requests.get("kiosk", WANTED.key, monotonic_ms())
    assert view is not None
    assert view.state is RequestState.COMPLETED


def test_junk_leaves_a_request_open(desk: Desk, street: Street) -> None:
    async def story(_: Lane) -> None:
        desk.requests.arm(WANTED, monotonic_ms())
        assert await answered(street, b"junk") == ("deny", "D.UNK")
        assert await answered(street, CODE) == ("grant", None)

    play(desk, street, story)


def test_a_program_hears_of_what_it_asked_for_by_its_own_key(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(_: Lane) -> None:
        desk.requests.arm(WANTED, monotonic_ms())
        await answered(street, CODE)
        await settled(lambda: bool(street.told("decision")))

    play(desk, street, story)
    decision = street.told("decision")[0]
    assert (decision["client"], decision["key"]) == ("kiosk", WANTED.key)
    assert json.loads(rows_on_disk(path)[0][1])["key"] == WANTED.key


class StalledDesk(Desk):
    """Its disk takes longer than anybody waits before a gate."""

    async def settle(self, judged: Judged, **told: Any) -> Outcome:
        outcome = await super().settle(judged, **told)
        return replace(outcome, ms=outcome.ms + CODE_AGE_MS_MAX + 1)


def test_a_sale_that_a_program_was_told_of_stays_however_late_it_was(
    desk: Desk, street: Street, path: Path
) -> None:
    """The till says paid and hands the goods over; at the lane nothing opens any more."""
    change_profile(desk, entry_type=EntryType.SALE, money=SHOP.money, limits=SHOP.limits)
    desk.__class__ = StalledDesk
    wanted = replace(WANTED, amount_minor=1_250, currency="CNY")

    async def story(_: Lane) -> None:
        desk.requests.arm(wanted, monotonic_ms())
        street.scan(CODE)
        await settled(lambda: not desk.requests.is_open_at("gate-1"))

    play(desk, street, story)
    assert street.program.answers == []
    view = desk.requests.get(wanted.client, wanted.key, monotonic_ms())
    assert view is not None
    assert view.outcome is not None
    assert (view.outcome.verdict, view.outcome.annulled) == (Verdict.GRANT, None)
    assert [json.loads(line)["type"] for _, line in rows_on_disk(path)] == ["sale"]


def test_who_came_too_early_is_looked_at_again_and_who_was_served_is_not(
    desk: Desk, street: Street
) -> None:
    """Else whoever left his phone before the scanner would pay for the next in line."""

    async def story(lane: Lane) -> None:
        assert await answered(street, CODE) == ("deny", "P.ARM")
        before = street.scanner.forgotten
        lane.look_again()
        assert street.scanner.forgotten == before + 1
        desk.requests.arm(WANTED, monotonic_ms())
        assert await answered(street, CODE) == ("grant", None)
        lane.look_again()
        assert street.scanner.forgotten == before + 1

    play(desk, street, story)
