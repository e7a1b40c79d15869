"""A car park: leave first, pay later; by the hour, one zone, counted when passed."""

from pathlib import Path

import pytest

from tests.street.people import DISABLED, person
from tests.street.town import Town, granted, play, referred

pytestmark = pytest.mark.slow

NINE = "2027-01-18 09:00"
DRIVER, QUICK, HELPED, WARDEN = person(1), person(2), person(3, DISABLED), person(90)


def test_stay_is_charged_by_the_hours_begun_and_paid_later(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        out = await town.open("out-1", "parking-out")
        for driver in (DRIVER, QUICK, HELPED):
            assert await entrance.show(driver) == granted()
        await town.wait(600)
        assert await out.show(QUICK) == granted(0), "a quarter of an hour is free"
        await town.wait(7_200)
        assert await out.show(DRIVER) == granted(1_500), "two hours and some: three begun"
        assert await out.show(HELPED) == granted(0)
        assert [entry["fund"] for entry in town.entries("parking.out")] == ["pay-later"] * 3
        assert await entrance.show(DRIVER) == granted(), "he is out, and comes again"

    play(tmp_path, story, at=NINE)


def test_no_day_costs_more_than_its_most(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        out = await town.open("out-1", "parking-out")
        assert await entrance.show(DRIVER) == granted()
        await town.wait(26 * 3_600)
        town.sync()
        assert await out.show(DRIVER) == granted(5_000 + 3 * 500)

    play(tmp_path, story, at=NINE)


def test_card_handed_out_of_the_window_lets_no_second_car_in(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        assert await entrance.show(DRIVER) == granted()
        await town.wait(30)
        assert await entrance.show(DRIVER) == referred("P.APB")
        assert entrance.openings == 1

    play(tmp_path, story, at=NINE)


def test_who_backs_off_before_the_barrier_is_not_in(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        out = await town.open("out-1", "parking-out")
        assert await entrance.show(DRIVER, passes=False) == granted()
        await town.wait(20)
        (taken_back,) = town.entries("annul")
        assert taken_back["cause"] == "not-passed"
        assert await out.show(DRIVER) == referred("P.ENT", 5_000)
        assert await entrance.show(DRIVER) == granted(), "the second try counts"
        await town.wait(3_000)
        assert await out.show(DRIVER) == granted(500)

    play(tmp_path, story, at=NINE)


def test_unknown_entry_goes_to_the_warden_who_lets_out_for_a_days_price(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("parking-out", attendants=(WARDEN.pseudonym,))
        out = await town.open("out-1", "parking-out")
        assert await out.show(DRIVER) == referred("P.ENT", 5_000)
        assert out.openings == 0
        assert await out.show(WARDEN) == granted(5_000)
        assert out.openings == 1
        told = town.entries("parking.out")[-1]
        assert (told["pseudonym"], told["attendant"]) == (DRIVER.pseudonym, WARDEN.pseudonym)

    play(tmp_path, story, at=NINE)


def test_barrier_that_is_not_passed_charges_nobody(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        out = await town.open("out-1", "parking-out")
        assert await entrance.show(DRIVER) == granted()
        await town.wait(1_800)
        assert await out.show(DRIVER, passes=False) == granted(500)
        await town.wait(1_900)
        assert await out.show(DRIVER) == granted(1_000), "he is still in, and since the first hour"

    play(tmp_path, story, at=NINE)


def test_power_cut_forgets_nobody_who_is_inside(tmp_path: Path) -> None:
    """The journal is the truth: who is in, since when, and what was paid is read out of it."""

    async def morning(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        assert await entrance.show(DRIVER) == granted()
        assert await entrance.show(QUICK, passes=False) == granted()
        await town.wait(20)

    async def noon(town: Town) -> None:
        entrance = await town.open("in-1", "parking-in")
        out = await town.open("out-1", "parking-out")
        assert await entrance.show(DRIVER) == referred("P.APB")
        assert await out.show(QUICK) == referred("P.ENT", 5_000), "he never drove in"
        assert await out.show(DRIVER) == granted(1_500)

    play(tmp_path, morning, at=NINE)
    play(tmp_path, noon, at="2027-01-18 11:05")
