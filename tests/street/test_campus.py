"""A campus: types of cards, hours, and one way in for each way out."""

from pathlib import Path

import pytest

from tests.street.people import SENIOR, STAFF, STUDENT, VOLUNTEER, person
from tests.street.town import Town, granted, play, referred, refused

pytestmark = pytest.mark.slow

MORNING = "2027-01-18 07:00"
PUPIL, TEACHER, HELPER = person(1, STUDENT), person(2, STAFF), person(3, VOLUNTEER)
VISITOR, PORTER = person(4, SENIOR), person(90, STAFF)


def test_gate_is_for_its_own_people(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        gate = await town.open("south-in", "campus")
        for one in (PUPIL, TEACHER, HELPER):
            assert await gate.show(one) == granted()
        assert await gate.show(VISITOR) == refused("P.TYP")
        assert await gate.show(person(5)) == refused("P.TYP")
        assert gate.openings == 3

    play(tmp_path, story, at=MORNING)


def test_card_handed_over_the_fence_is_sent_to_the_porter(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        south = await town.open("south-in", "campus")
        north = await town.open("north-in", "campus")
        out = await town.open("south-out", "campus-out")
        assert await south.show(PUPIL) == granted()
        assert await north.show(PUPIL) == referred("P.APB"), "all gates are of one zone"
        assert await out.show(PUPIL) == granted()
        await town.wait(60)
        assert await north.show(PUPIL) == granted(), "out and in again"
        await town.wait(43_200 + 60)
        assert (await south.show(PUPIL)).verdict == "grant", "a missed scan is forgotten"

    play(tmp_path, story, at="2027-01-18 06:30")


def test_after_ten_the_porter_looks_who_it_is(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("campus", attendants=(PORTER.pseudonym,))
        gate = await town.open("south-in", "campus")
        assert await gate.show(PUPIL) == granted()
        await town.wait_until("2027-01-18 22:00")
        assert await gate.show(TEACHER) == referred("P.HRS")
        assert await gate.show(PORTER) == granted()
        assert gate.openings == 2
        told = town.entries("passage")[-1]
        assert (told["pseudonym"], told["attendant"]) == (TEACHER.pseudonym, PORTER.pseudonym)
        assert await gate.show(HELPER) == referred("P.HRS")
        await town.wait(31)
        assert await gate.show(PORTER) == referred("P.HRS"), "30 s are over: he is a holder himself"
        assert gate.openings == 2

    play(tmp_path, story, at="2027-01-18 21:59:50")


def test_porter_is_asked_again_of_a_pupil_who_is_late_and_in_already(tmp_path: Path) -> None:
    """Her way out was missed: that is told once the hour is no matter any more."""

    async def story(town: Town) -> None:
        town.publish("campus", attendants=(PORTER.pseudonym,))
        gate = await town.open("south-in", "campus")
        assert await gate.show(PUPIL) == granted()
        await town.wait_until("2027-01-18 22:00")
        assert await gate.show(PUPIL) == referred("P.HRS")
        assert await gate.show(PORTER) == referred("P.APB")
        assert gate.openings == 1
        await town.wait(20)
        assert await gate.show(PORTER) == granted()
        assert gate.openings == 2
        *_, first, second, passed = town.entries("passage")
        places = [{"epoch": 1, "seq": told["seq"]} for told in (first, second)]
        assert [second["reference"], passed["reference"]] == places
        assert passed["pseudonym"] == PUPIL.pseudonym

    play(tmp_path, story, at="2027-01-18 21:59:40")


def test_porter_lets_nobody_in_by_a_revoked_card(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("campus", attendants=(PORTER.pseudonym,))
        town.revoke(PUPIL)
        town.sync()
        gate = await town.open("south-in", "campus")
        assert await gate.show(PUPIL) == refused("R.REV")
        assert await gate.show(PORTER) == granted(), "that is his own passage"
        assert town.entries("passage")[-1]["pseudonym"] == PORTER.pseudonym

    play(tmp_path, story, at=MORNING)


def test_who_turns_back_before_the_arm_may_come_again(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        gate = await town.open("south-in", "campus")
        assert await gate.show(PUPIL, passes=False) == granted()
        await town.wait(5)
        assert len(town.entries("annul")) == 1
        assert await gate.show(PUPIL) == granted()

    play(tmp_path, story, at=MORNING)


def test_everybody_may_leave_at_any_hour_and_on_any_list(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        out = await town.open("south-out", "campus-out")
        await town.wait(5 * 86_400)
        assert await out.show(PUPIL) == granted()
        assert await out.show(VISITOR.on_paper()) == granted()

    play(tmp_path, story, at="2027-01-18 23:30")
