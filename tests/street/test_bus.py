"""Days on a bus: fares, concessions, a second tap, a revoked card, and no network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.street.people import DISABLED, SENIOR, STUDENT, person
from tests.street.town import SHIPPED, Town, granted, play
from verifier.profile import Limits

pytestmark = pytest.mark.slow

MONDAY = "2027-01-18 08:10"
ADULT, GRANNY, PUPIL, WHEELCHAIR = (
    person(1),
    person(2, SENIOR),
    person(3, STUDENT),
    person(4, DISABLED),
)


def test_each_rider_pays_what_his_card_and_the_hour_say(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        bus = await town.open("bus-12", "bus")
        assert await bus.show(ADULT) == granted(200)
        assert await bus.show(PUPIL) == granted(100)
        assert await bus.show(WHEELCHAIR) == granted(0)
        assert await bus.show(GRANNY) == granted(100), "it is rush hour"
        await town.wait_until("2027-01-18 08:59:58")
        assert await bus.show(person(5, SENIOR)) == granted(100)
        await town.wait_until("2027-01-18 09:00:00")
        assert await bus.show(person(6, SENIOR)) == granted(0)
        await town.wait_until("2027-01-24 23:00")
        town.sync()
        assert await bus.show(GRANNY) == granted(0), "it is Sunday"
        paid = [entry["amount_minor"] for entry in town.entries("sale")]
        assert paid == [200, 100, 0, 100, 100, 0, 0]

    play(tmp_path, story, at=MONDAY)


def test_second_tap_within_the_minute_is_not_charged(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        front = await town.open("bus-12-front", "bus")
        rear = await town.open("bus-12-rear", "bus")
        assert await front.show(ADULT) == granted(200)
        await town.wait(20)
        assert (await front.show(ADULT)).reason == "P.AGN"
        assert (await rear.show(ADULT)).reason == "P.AGN", "at the other door as well"
        assert await rear.show(PUPIL) == granted(100), "his friend is another holder"
        await town.wait(60)
        assert await rear.show(ADULT) == granted(200), "a new ride"
        granted_to_adult = [
            entry["amount_minor"] for entry in town.entries("sale")
            if entry["verdict"] == "grant" and entry["pseudonym"] == ADULT.pseudonym
        ]  # fmt: skip
        assert granted_to_adult == [200, 200]

    play(tmp_path, story, at=MONDAY)


def test_copies_and_revoked_cards_do_not_ride(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        bus = await town.open("bus-12", "bus")
        assert (await bus.show(ADULT.on_paper())).reason == "P.STA"
        assert await bus.show(ADULT) == granted(200)
        town.revoke(ADULT)
        await town.wait(120)
        assert await bus.show(ADULT) == granted(200), "the bus has not heard of it yet"
        town.sync()
        await town.wait(120)
        assert (await bus.show(ADULT)).reason == "R.REV"
        assert town.entries("sale")[-1]["verdict"] == "deny"

    play(tmp_path, story, at=MONDAY)


def test_bus_rides_on_without_a_network_as_far_as_its_limits_go(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("bus", limits=_limits(exposure_minor=2_300))
        bus = await town.open("bus-12", "bus")
        town.centre.is_up = False
        for _ in range(8):
            assert await bus.show(ADULT) == granted(200)
            await town.wait(120)
        assert (await bus.show(ADULT)).reason == "P.VEL", "one phone for the whole queue"
        for number in (7, 8, 9):
            assert await bus.show(person(number)) == granted(200)
        assert (await bus.show(person(10))).reason == "P.EXP", "it must sync first"
        assert await bus.show(WHEELCHAIR) == granted(0), "what costs nothing exposes nobody"

    play(tmp_path, story, at=MONDAY)


def test_card_that_rides_a_lot_is_asked_about(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish(
            "bus",
            limits=_limits(lower_count=3, upper_count=5, velocity_count=None, velocity_window_s=0),
        )
        bus = await town.open("bus-12", "bus")
        for _ in range(3):
            assert await bus.show(ADULT) == granted(200)
            await town.wait(120)
        assert town.centre.asked == []
        assert await bus.show(ADULT) == granted(200)
        assert [asked.amount_minor for asked in town.centre.asked] == [200]
        town.centre.is_up = False
        for _ in range(5):
            await town.wait(120)
            assert await bus.show(ADULT) == granted(200), "counted anew since the centre's word"
        await town.wait(120)
        assert (await bus.show(ADULT)).reason == "P.CNT"

    play(tmp_path, story, at=MONDAY)


def _limits(**changes: Any) -> Limits:
    limits = SHIPPED["bus"].limits
    assert limits is not None
    return replace(limits, **changes)


def test_stale_list_lowers_what_a_card_may_spend_offline(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("bus", limits=_limits(lower_count=1, upper_count=2))
        bus = await town.open("bus-12", "bus")
        town.centre.is_up = False
        assert await bus.show(ADULT) == granted(200)
        await town.wait(3_700)
        assert (await bus.show(ADULT)).reason == "P.CNT", "half of two is one"
        assert await bus.show(PUPIL) == granted(100)

    play(tmp_path, story, at=MONDAY)
