"""Counters that sell what a till asks for: a pharmacy and a shop."""

from pathlib import Path

import pytest

from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import RequestState
from tests.street.people import person
from tests.street.town import Town, granted, play, referred, refused
from verifier.profile import Capability

pytestmark = pytest.mark.slow

MONDAY = "2027-01-18 10:00"
PATIENT, NEIGHBOUR, CASHIER = person(1), person(2), person(90)


def test_pharmacy_serves_nobody_while_the_till_asks_nothing(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        assert await counter.show(PATIENT) == refused("P.ARM")
        assert town.entries("sale") == [], "it names nobody"
        assert await counter.sell(PATIENT, 4_550) == granted(4_550)
        await town.wait(10)
        assert await counter.show(PATIENT) == refused("P.ARM"), "that sale is done"
        (sold,) = town.entries("sale")
        assert (sold["amount_minor"], sold["fund"]) == (4_550, "insured-account")

    play(tmp_path, story, at=MONDAY)


def test_sale_that_the_card_is_not_for_waits_for_another_card_no_more(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        asked = await counter.ask(4_550)
        stranger = person(3, without=Capability.E_HEALTH_CARD)
        assert (await counter.show(stranger)).reason == "P.CAP"
        view = await town.service.request("till-1", asked.key)
        assert view.state is RequestState.COMPLETED

    play(tmp_path, story, at=MONDAY)


def test_large_sale_asks_the_centre_whose_word_is_final(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        assert await counter.sell(PATIENT, 20_000) == granted(20_000), "at the floor"
        assert town.centre.asked == []
        assert await counter.sell(NEIGHBOUR, 20_001) == granted(20_001)
        assert len(town.centre.asked) == 1
        town.centre.declines = "balance"
        assert (await counter.sell(person(4), 20_001)).reason == "P.DCL"
        town.centre.is_up = False
        assert (await counter.sell(person(5), 20_001)).reason == "P.FLR"
        assert await counter.sell(person(6), 5_000) == granted(5_000)

    play(tmp_path, story, at=MONDAY)


def test_outage_lets_a_card_spend_so_much_and_so_often(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        town.centre.is_up = False
        for _ in range(3):
            assert await counter.sell(PATIENT, 19_000) == granted(19_000)
            await town.wait(60)
        assert (await counter.sell(PATIENT, 19_000)).reason == "P.SUM"
        for _ in range(5):
            assert await counter.sell(NEIGHBOUR, 100) == granted(100)
            await town.wait(60)
        assert (await counter.sell(NEIGHBOUR, 100)).reason == "P.VEL"
        await town.wait(3_600)
        town.sync()
        assert await counter.sell(NEIGHBOUR, 100) == granted(100), "an hour later"

    play(tmp_path, story, at=MONDAY)


def test_lost_answer_is_asked_for_again_and_sells_once(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        asked = await counter.ask(4_550)
        assert await counter.show(PATIENT) == granted(4_550)
        again = await counter.ask(4_550, key=asked.key)
        assert again.state is RequestState.COMPLETED
        assert again.outcome is not None
        assert again.outcome.amount_minor == 4_550
        with pytest.raises(RequestRefused) as caught:
            await counter.ask(9_900, key=asked.key)
        assert caught.value.problem is LocalProblem.KEY_USED
        assert len(town.entries("sale")) == 1

    play(tmp_path, story, at=MONDAY)


def test_sale_that_is_taken_back_frees_what_it_spent(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        town.centre.is_up = False
        keys = list[str]()
        for _ in range(3):
            keys.append((await counter.ask(20_000)).key)
            assert await counter.show(PATIENT) == granted(20_000)
            await town.wait(60)
        assert (await counter.sell(PATIENT, 100)).reason == "P.SUM"
        await town.service.reverse("till-1", keys[-1], "reversal-000000000001")
        await town.wait(60)
        assert await counter.sell(PATIENT, 100) == granted(100)
        (taken_back,) = town.entries("annul")
        assert (taken_back["cause"], taken_back["amount_minor"]) == ("reversed", 20_000)

    play(tmp_path, story, at=MONDAY)


def test_cashier_grants_to_a_printed_card_with_a_photograph(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        town.publish("pharmacy", attendants=(CASHIER.pseudonym,))
        counter = await town.open("till-1", "pharmacy")
        assert await counter.sell(PATIENT.on_paper(), 4_550) == referred("P.STA", 4_550)
        assert await counter.show(CASHIER) == granted(4_550)
        sold = town.entries("sale")[-1]
        assert (sold["pseudonym"], sold["attendant"]) == (PATIENT.pseudonym, CASHIER.pseudonym)

    play(tmp_path, story, at=MONDAY)


def test_till_that_gives_up_sells_nothing(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        counter = await town.open("till-1", "pharmacy")
        asked = await counter.ask(4_550)
        assert (await town.service.abort("till-1", asked.key)).state is RequestState.CANCELED
        assert await counter.show(PATIENT) == refused("P.ARM")
        later = await counter.ask(4_550)
        await town.wait(60)
        assert await counter.show(PATIENT) == refused("P.ARM"), "a minute is over"
        view = await town.service.request("till-1", later.key)
        assert view.state is RequestState.EXPIRED

    play(tmp_path, story, at=MONDAY)


def test_shop_takes_small_sums_from_phones_alone(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        till = await town.open("till-1", "shop")
        town.centre.is_up = False
        assert await till.sell(PATIENT, 1_250) == granted(1_250)
        assert (await till.sell(NEIGHBOUR.on_paper(), 1_250)).reason == "P.STA"
        assert (await till.sell(NEIGHBOUR, 5_001)).reason == "P.FLR"
        with pytest.raises(RequestRefused):
            await till.ask(50_001)
        for number in range(6):
            await town.wait(300)
            assert await till.sell(person(7), 5_000) == granted(5_000), number
        await town.wait(300)
        assert (await till.sell(person(7), 1)).reason == "P.SUM"
        await town.wait(4 * 86_400)
        assert (await till.sell(NEIGHBOUR, 100)).reason == "R.OLD", "no money on an old list"

    play(tmp_path, story, at=MONDAY)
