"""Who passes and who does not: gates, doors, halls, and counters that only say who is entitled."""

from pathlib import Path

import pytest

from tests.street.people import SENIOR, person
from tests.street.town import Town, granted, play, referred, refused
from verifier.profile import Capability

pytestmark = pytest.mark.slow

MONDAY = "2027-01-18 10:00"
CITIZEN, GRANNY, GUARD = person(1), person(2, SENIOR), person(90)


def test_gate_opens_to_a_health_pass_and_to_nothing_else(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        gate = await town.open("gate-1", "gate")
        assert await gate.show(CITIZEN) == granted()
        assert await gate.show(person(3, without=Capability.HEALTH_PASS)) == refused("P.CAP")
        assert await gate.show(GRANNY.on_paper()) == referred("P.STA")
        town.revoke(CITIZEN)
        town.sync()
        await town.wait(10)
        assert await gate.show(CITIZEN) == refused("R.REV")
        assert gate.openings == 1

    play(tmp_path, story, at=MONDAY)


def test_guard_lets_in_who_has_a_printed_card_and_a_face(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("gate", attendants=(GUARD.pseudonym,))
        gate = await town.open("gate-1", "gate")
        assert await gate.show(GRANNY.on_paper()) == referred("P.STA")
        assert (await gate.show(GUARD.on_paper())).verdict == "deny", "his card may be a copy too"
        assert await gate.show(GUARD) == granted()
        assert town.entries("passage")[-1]["pseudonym"] == GRANNY.pseudonym
        assert gate.openings == 1

    play(tmp_path, story, at=MONDAY)


def test_gate_serves_three_days_without_a_network_and_then_refers(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        gate = await town.open("gate-1", "gate")
        await town.wait(3 * 86_400 - 10)
        assert await gate.show(CITIZEN) == granted()
        await town.wait(3_600)
        assert await gate.show(CITIZEN) == referred("R.OLD")
        town.sync()
        await town.wait(60)
        assert await gate.show(CITIZEN) == granted()

    play(tmp_path, story, at=MONDAY)


def test_door_refers_to_nobody_for_nobody_is_there(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        door = await town.open("door-1", "door")
        assert await door.show(CITIZEN) == granted()
        assert await door.show(GRANNY.on_paper()) == refused("P.STA")
        assert await door.show(person(3, without=Capability.DOOR)) == refused("P.CAP")
        await town.wait(4 * 86_400)
        assert await door.show(CITIZEN) == refused("R.OLD")
        assert door.openings == 1

    play(tmp_path, story, at=MONDAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2027-01-18 08:29:57", "2027-01-18 08:30:00"),  # Monday
        ("2027-01-23 08:59:57", "2027-01-23 09:00:00"),  # Saturday
    ],
)
def test_hall_opens_at_its_minute(tmp_path: Path, before: str, after: str) -> None:
    async def story(town: Town) -> None:
        hall = await town.open("hall-1", "service-hall")
        assert await hall.show(CITIZEN) == referred("P.HRS")
        await town.wait_until(after)
        assert await hall.show(GRANNY.on_paper()) == granted()
        assert hall.openings == 1

    play(tmp_path, story, at=before)


@pytest.mark.parametrize("shut", ["2027-01-18 17:30:00", "2027-01-23 12:00:00"])
def test_hall_closes_at_its_minute(tmp_path: Path, shut: str) -> None:
    async def story(town: Town) -> None:
        hall = await town.open("hall-1", "service-hall")
        assert await hall.show(CITIZEN) == granted()
        await town.wait_until(shut)
        assert await hall.show(GRANNY) == referred("P.HRS")

    play(tmp_path, story, at=shut.replace("17:30:00", "17:29:50").replace("12:00:00", "11:59:50"))


def test_hall_is_closed_on_a_holiday_and_the_city_names_it(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("service-hall", closed_on=("2027-01-18",))
        hall = await town.open("hall-1", "service-hall")
        assert await hall.show(CITIZEN) == referred("P.HRS")
        await town.wait_until("2027-01-19 10:00")
        assert await hall.show(CITIZEN) == granted()

    play(tmp_path, story, at=MONDAY)


@pytest.mark.parametrize(
    ("profile", "capability"),
    [("kiosk", Capability.GOVERNMENT), ("e-health-desk", Capability.E_HEALTH_CARD)],
)
def test_kiosk_and_desk_say_who_is_entitled_and_keep_who_asked(
    tmp_path: Path, profile: str, capability: Capability
) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("counter-1", profile)
        assert await counter.show(CITIZEN) == granted()
        assert await counter.show(person(3, without=capability)) == refused("P.CAP")
        assert await counter.show(GRANNY.on_paper()) == referred("P.STA")
        assert [entry["verdict"] for entry in town.entries("query")] == ["grant", "deny", "refer"]

    play(tmp_path, story, at=MONDAY)
