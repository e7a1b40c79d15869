"""Desks whose program names what a scan is for: a hospital's and a library's."""

import json
from pathlib import Path

import pytest

from protocol.sealed import open_details, read_sealed
from terminal.local.problems import LocalProblem, RequestRefused
from tests.street.people import person
from tests.street.town import Town, granted, play, referred, refused
from tests.support.counter import OPENING
from verifier.profile import Capability

pytestmark = pytest.mark.slow

MONDAY = "2027-01-18 10:00"
PATIENT, READER, NURSE = person(1), person(2), person(90)
VISIT, ITEM = "visit-20270118-0042", "item-9787020002207"


def test_registration_names_the_visit_and_keeps_it_from_the_thief(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        desk = await town.open("desk-1", "hospital-registration")
        assert await desk.show(PATIENT) == refused("P.ARM")
        with pytest.raises(RequestRefused) as caught:
            await desk.ask()
        assert caught.value.problem is LocalProblem.REQUEST_MALFORMED
        assert await desk.sell(PATIENT, reference=VISIT) == granted()
        (entry,) = town.entries("registration")
        assert VISIT not in json.dumps(entry)
        assert open_details(read_sealed(entry["sealed"]), OPENING) == {"reference": VISIT}

    play(tmp_path, story, at=MONDAY)


def test_care_comes_first_and_who_has_no_limit_left_goes_to_the_cashier(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("hospital-care", attendants=(NURSE.pseudonym,))
        ward = await town.open("ward-1", "hospital-care")
        assert await ward.sell(PATIENT, 30_000, reference=VISIT) == granted(30_000)
        town.centre.is_up = False
        await town.wait(10)
        large = await ward.sell(PATIENT, 100_001, reference=VISIT)
        assert large == referred("P.FLR", 100_001), "nobody is turned away for a network"
        assert await ward.show(NURSE) == granted(100_001)
        assert {entry["fund"] for entry in town.entries("sale")} == {"pay-later"}
        await town.wait(7_200)
        assert await ward.sell(PATIENT, 100_000, reference=VISIT) == granted(100_000), (
            "lists are stale"
        )

    play(tmp_path, story, at=MONDAY)


def test_loan_needs_its_item_and_a_library_card(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        desk = await town.open("loan-1", "library-loan")
        assert await desk.show(READER) == refused("P.ARM")
        with pytest.raises(RequestRefused) as caught:
            await desk.ask(reference="")
        assert "reference" in str(caught.value)
        assert await desk.sell(READER.on_paper(), reference=ITEM) == granted()
        await town.wait(10)
        assert await desk.sell(READER.on_paper(), reference=f"{ITEM}-2") == granted(), (
            "and one more"
        )
        stranger = person(3, without=Capability.LIBRARY)
        assert await desk.sell(stranger, reference=ITEM) == refused("P.CAP")

    play(tmp_path, story, at=MONDAY)


def test_return_is_taken_on_old_lists_while_a_loan_is_not(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        loans = await town.open("loan-1", "library-loan")
        returns = await town.open("return-1", "library-return")
        assert await loans.sell(READER, reference=ITEM) == granted()
        await town.wait(5 * 86_400)
        assert await loans.sell(READER, reference=f"{ITEM}-2") == referred("R.OLD")
        assert await returns.sell(READER.on_paper(), reference=ITEM) == granted()
        ways = [entry["direction"] for entry in town.entries("loan")]
        assert ways == ["out", "out", "in"]

    play(tmp_path, story, at=MONDAY)
