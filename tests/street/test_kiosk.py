"""A day at a service hall's kiosk: whole visits, and what each lacks that was refused."""

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from offline_cache.errors import CacheFault
from offline_cache.journal import Append, Appended
from protocol.sealed import open_details, read_sealed
from protocol.visit import Urgency, read_visit_record
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import RequestView, ScanRequest
from terminal.visits.port import VisitState, VisitView
from tests.street.people import person
from tests.street.town import Town, play
from tests.support.counter import OPENING
from tests.support.hall import IDLE_S, PAID, Hall
from verifier.model import Role
from verifier.profile import Capability

pytestmark = pytest.mark.slow

MONDAY = "2027-01-18 10:00"
GRANDMOTHER, STRANGER = person(1), person(3, without=Capability.GOVERNMENT)


async def refused(coroutine: object) -> LocalProblem:
    with pytest.raises(RequestRefused) as caught:
        await coroutine  # type: ignore[misc]  # whichever it is
    return caught.value.problem


def test_whole_visit_leaves_four_entries_and_nothing_of_who_it_was_in_clear(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("senior-allowance")
        assert visit.state is VisitState.SCAN
        assert await refused(hall.ticket(visit)) is LocalProblem.VISIT_NOT_READY
        await hall.post.show(GRANDMOTHER)
        ready = await hall.at(visit)
        assert (ready.state, ready.is_identified) == (VisitState.READY, True)
        ticket = await hall.ticket(visit)
        assert (ticket.members["number"], ticket.members["printed"]) == ("A001", True)
        assert "A001" in hall.lane.printed[0]
        told = await hall.visits.subsidies("kiosk-1", visit.visit)
        assert told.members == {
            "state": "answered",
            "paid": [PAID.members()],
            "total_minor": 20_000,
        }
        await hall.visits.rate("kiosk-1", visit.visit, 5, "谢谢")
        appeal = await hall.visits.appeal(
            "kiosk-1", visit.visit, Urgency.SUDDEN, "电梯坏了", "13800000000"
        )
        ended = await hall.visits.end("kiosk-1", visit.visit)
        assert ended.state is VisitState.ENDED
        assert await refused(hall.at(visit)) is LocalProblem.VISIT_UNKNOWN

        scan, *entries = town.entries()
        assert [entry["type"] for entry in entries] == ["ticket", "query", "rating", "appeal"]
        assert {entry["pseudonym"] for entry in entries} == {scan["pseudonym"]}
        assert {entry["scan"]["seq"] for entry in entries} == {scan["seq"]}
        assert appeal.members["number"] == f"1-{entries[-1]['seq']}"
        clear = json.dumps(entries, ensure_ascii=False)
        assert not any(word in clear for word in ("电梯", "谢谢", "13800000000", PAID.what.zh))
        opened = open_details(read_sealed(entries[-1]["sealed"]), OPENING)
        assert opened == {"text": "电梯坏了", "contact": "13800000000"}
        assert all(read_visit_record(entry) for entry in entries)
        hall.questions.stop()

    play(tmp_path, story, at=MONDAY)


def test_card_that_is_not_granted_may_be_shown_again_and_gets_no_ticket(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("senior-allowance")
        await hall.post.show(STRANGER)
        told = await hall.at(visit)
        assert told.state is VisitState.REFUSED
        assert told.words is not None
        assert told.words.zh
        assert await refused(hall.ticket(visit)) is LocalProblem.VISIT_NOT_READY
        await hall.is_idle()
        assert (await hall.at(visit)).state is VisitState.SCAN
        await hall.post.show(GRANDMOTHER)
        assert (await hall.at(visit)).state is VisitState.READY
        assert (await hall.ticket(visit)).members["number"] == "A001"
        states = [state for name, state in hall.told if name == visit.visit[:8]]
        assert states == ["refused", "scan", "ready"]

    play(tmp_path, story, at=MONDAY)


def test_visit_that_ended_while_another_kiosk_was_asked_does_not_come_back(tmp_path: Path) -> None:
    """The journal is read between two kiosks: whoever stands at the second may have changed."""

    async def story(town: Town) -> None:
        first, second = await town.open("kiosk-2", "kiosk"), await town.open("kiosk-1", "kiosk")
        hall = Hall(town, second, beside=(first,))
        await hall.visits.begin("kiosk-2", "senior-allowance", "zh")
        gone = await hall.begin("senior-allowance")
        for post in (first, second):
            await post.show(STRANGER)
        assert (await hall.at(gone)).state is VisitState.REFUSED
        come = list[VisitView]()

        async def arm(request: ScanRequest) -> RequestView:
            hall.arm = town.service.arm
            come.append(await hall.begin("newborn"))
            return await town.service.arm(request)

        hall.arm = arm
        await hall.is_idle()
        assert (await hall.at(come[0])).state is VisitState.READY
        assert await refused(hall.at(gone)) is LocalProblem.VISIT_UNKNOWN

    play(tmp_path, story, at=MONDAY)


def test_visit_that_is_touched_while_its_lane_is_taken_is_asked_for_its_card_later(
    tmp_path: Path,
) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("senior-allowance")
        await hall.post.show(STRANGER)

        async def arm(request: ScanRequest) -> RequestView:
            hall.arm = town.service.arm
            await hall.visits.alive(request.lane, visit.visit)
            raise RequestRefused(LocalProblem.LANE_TAKEN)

        hall.arm = arm
        await hall.is_idle()
        assert (await hall.at(visit)).state is VisitState.REFUSED
        await hall.visits.care()
        assert (await hall.at(visit)).state is VisitState.SCAN

    play(tmp_path, story, at=MONDAY)


def test_cards_refused_again_and_again_end_the_visit(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("senior-allowance")
        for _ in range(8):
            await hall.post.show(STRANGER)
            await hall.is_idle()
        assert await refused(hall.at(visit)) is LocalProblem.VISIT_UNKNOWN
        assert not town.desk.requests.is_open_at("kiosk-1")

    play(tmp_path, story, at=MONDAY)


def test_printer_without_paper_leaves_the_number_on_the_screen(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        hall.lane.has_paper = False
        visit = await hall.begin("newborn")
        told = await hall.ticket(visit)
        assert (told.members["number"], told.members["printed"]) == ("B001", False)
        assert "B001" in told.members["receipt"]["lines"]  # type: ignore[index]  # an object
        hall.lane.has_paper = True
        again = await hall.visits.reprint("kiosk-1", visit.visit)
        assert again.members == {"printed": True}
        assert "B001" in hall.lane.printed[0]
        assert "*" in hall.lane.printed[0][0], "a copy says that it is one"
        assert len(town.entries("ticket")) == 1

    play(tmp_path, story, at=MONDAY)


def test_asked_twice_is_done_once(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.identified(GRANDMOTHER)
        first, second = await hall.ticket(visit), await hall.ticket(visit)
        assert first.members == second.members
        for _ in range(2):
            await hall.visits.rate("kiosk-1", visit.visit, 4, "")
            await hall.visits.appeal("kiosk-1", visit.visit, Urgency.ORDINARY, "灯不亮", "")
            await hall.visits.subsidies("kiosk-1", visit.visit)
        kinds = [entry["type"] for entry in town.entries()]
        assert kinds == ["query", "ticket", "rating", "appeal", "query"]
        assert len(hall.payer.asked) == 1
        assert len(hall.lane.printed) == 2, "a ticket and the appeal's number"
        hall.questions.stop()

    play(tmp_path, story, at=MONDAY)


def test_subsidies_are_told_when_the_centre_is_back_and_never_while_it_is_not(
    tmp_path: Path,
) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        hall.payer.is_up = False
        visit = await hall.identified(GRANDMOTHER)
        offline = await hall.visits.subsidies("kiosk-1", visit.visit)
        assert offline.members == {"state": "offline"}
        hall.payer.is_up = True
        answered = await hall.visits.subsidies("kiosk-1", visit.visit)
        assert answered.members["total_minor"] == 20_000
        told = [entry["answered"] for entry in town.entries("query") if "visit" in entry]
        assert told == [False, True]
        plain = await hall.begin("newborn")
        asked = hall.visits.subsidies("kiosk-1", plain.visit)
        assert await refused(asked) is LocalProblem.VISIT_NOT_READY
        hall.questions.stop()

    play(tmp_path, story, at=MONDAY)


def test_checklist_says_what_to_bring_without_any_card_or_network(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin()
        way = [("married", "yes"), ("abroad", "no")]
        told = await hall.visits.checklist("kiosk-1", visit.visit, "newborn", way)
        items = told.members["items"]
        assert isinstance(items, list)
        assert [item["id"] for item in items] == ["birth", "booklet", "marriage"]
        wrong = hall.visits.checklist("kiosk-1", visit.visit, "newborn", way[:1])
        assert await refused(wrong) is LocalProblem.MALFORMED
        (entry,) = town.entries("query")
        assert (entry["about"], entry["count"], entry["answered"]) == ("newborn", 3, True)
        assert "married" not in json.dumps(entry), "what was answered is nobody's"

    play(tmp_path, story, at=MONDAY)


def test_nobody_there_ends_the_visit_and_the_lane_waits_for_no_card(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("senior-allowance")
        await hall.rests(IDLE_S - 1)
        await hall.visits.alive("kiosk-1", visit.visit)
        await hall.rests(IDLE_S - 1)
        assert (await hall.at(visit)).state is VisitState.SCAN
        await hall.rests(1)
        assert await refused(hall.at(visit)) is LocalProblem.VISIT_UNKNOWN
        assert hall.told[-1] == (visit.visit[:8], "ended")
        assert not town.desk.requests.is_open_at("kiosk-1")

    play(tmp_path, story, at=MONDAY)


def test_next_person_ends_the_visit_of_the_one_before(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        first = await hall.begin("senior-allowance")
        second = await hall.begin("senior-allowance")
        assert await refused(hall.at(first)) is LocalProblem.VISIT_UNKNOWN
        await hall.post.show(GRANDMOTHER)
        assert (await hall.at(second)).is_identified

    play(tmp_path, story, at=MONDAY)


def test_numbers_go_on_behind_a_restart_and_begin_anew_the_day_after(tmp_path: Path) -> None:
    async def before(town: Town) -> None:
        hall = await Hall.opened(town)
        for expected in ("B001", "B002"):
            told = await hall.ticket(await hall.begin("newborn"))
            assert told.members["number"] == expected

    async def after(town: Town) -> None:
        hall = await Hall.opened(town)
        told = await hall.ticket(await hall.begin("newborn"))
        assert told.members["number"] == "B003"
        await town.wait_until("2027-01-18 23:59")
        told = await hall.ticket(await hall.begin("newborn"))
        assert told.members["number"] == "B004"
        await town.wait_until("2027-01-19 00:00")
        told = await hall.ticket(await hall.begin("newborn"))
        assert told.members["number"] == "B001"

    play(tmp_path, before, at=MONDAY)
    play(tmp_path, after, at="2027-01-18 15:00")


def test_visit_of_before_a_restart_is_over_and_no_ticket_is_given_until_the_journal_is_read(
    tmp_path: Path,
) -> None:
    seen = list[str]()

    async def before(town: Town) -> None:
        hall = await Hall.opened(town)
        seen.append((await hall.begin("newborn")).visit)

    async def after(town: Town) -> None:
        hall = Hall(town, await town.open("kiosk-1", "kiosk"))
        with pytest.raises(RequestRefused) as caught:
            await hall.visits.view("kiosk-1", seen[0])
        assert caught.value.problem is LocalProblem.VISIT_UNKNOWN
        visit = await hall.begin("newborn")
        assert await refused(hall.ticket(visit)) is LocalProblem.TOO_MANY
        await hall.visits.care()
        assert (await hall.ticket(visit)).members["number"] == "B001"

    play(tmp_path, before, at=MONDAY)
    play(tmp_path, after, at="2027-01-18 15:00")


def test_two_kiosks_never_give_one_number_twice(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        first = await Hall.opened(town, series="1")
        second = await Hall.opened(town, name="kiosk-2", series="2")
        numbers = [
            (await hall.ticket(await hall.begin("newborn"))).members["number"]
            for hall in (first, second, first)
        ]
        assert numbers == ["B1001", "B2001", "B1002"]

    play(tmp_path, story, at=MONDAY)


def test_flood_of_a_page_fills_neither_the_journal_nor_the_paper(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        waits = list[tuple[LocalProblem, bool]]()
        for _ in range(200):
            try:
                await hall.ticket(await hall.begin("newborn"))
            except RequestRefused as error:
                waits.append((error.problem, bool(error.retry_after_s)))
        assert set(waits) == {(LocalProblem.TOO_FAST, True)}
        assert len(town.entries()) <= 24
        assert len(hall.lane.printed) <= 10
        await hall.rests(60)
        told = await hall.ticket(await hall.begin("newborn"))
        assert told.members["printed"], "who comes later is served again"

    play(tmp_path, story, at=MONDAY)


def test_lane_that_moves_money_asks_for_no_card_of_a_visit(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        post = await town.open("kiosk-1", "pharmacy")
        hall = Hall(town, post)
        begun = hall.begin("senior-allowance")
        assert await refused(begun) is LocalProblem.LANE_OUT_OF_SERVICE
        assert (await hall.begin("newborn")).state is VisitState.READY

    play(tmp_path, story, at=MONDAY)


class FullJournal:
    """A journal's writer that takes nothing any more."""

    def append(self, request: Append) -> Future[Appended]:
        del request
        raise CacheFault("the disk is full; make room on it")


def test_full_journal_gives_no_ticket_and_the_number_that_was_lost_is_given_to_nobody(
    tmp_path: Path,
) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        visit = await hall.begin("newborn")
        writer = town.desk.writer
        town.desk.writer = FullJournal()  # type: ignore[assignment]  # what visits ask of it
        with pytest.raises(CacheFault):
            await hall.ticket(visit)
        assert (await hall.at(visit)).ticket is None
        assert hall.lane.printed == []
        town.desk.writer = writer
        assert (await hall.ticket(visit)).members["number"] == "B002"
        assert len(town.entries("ticket")) == 1

    play(tmp_path, story, at=MONDAY)


def test_words_are_taken_by_nobody_who_can_not_seal_them(tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        hall = await Hall.opened(town)
        trust = town.desk.trust
        assert trust is not None
        keys = {name: held for name, held in trust.trusted.keys.items() if name[0] is not Role.SEAL}
        town.desk.trust = replace(trust, trusted=replace(trust.trusted, keys=keys))
        visit = await hall.begin()
        rated = hall.visits.rate("kiosk-1", visit.visit, 1, "等太久")
        assert await refused(rated) is LocalProblem.SEAL_KEY_MISSING
        left = hall.visits.appeal("kiosk-1", visit.visit, Urgency.ORDINARY, "灯不亮", "")
        assert await refused(left) is LocalProblem.SEAL_KEY_MISSING
        await hall.visits.rate("kiosk-1", visit.visit, 1, "")
        (entry,) = town.entries()
        assert (entry["type"], entry["score"], "sealed" in entry) == ("rating", 1, False)
        town.sync()
        too_long = hall.visits.appeal(
            "kiosk-1", visit.visit, Urgency.ORDINARY, "\U0001f525" * 500, "x" * 64
        )
        assert await refused(too_long) is LocalProblem.MALFORMED
        await hall.visits.appeal("kiosk-1", visit.visit, Urgency.ORDINARY, "字" * 500, "x" * 64)
        assert len(town.entries("appeal")) == 1

    play(tmp_path, story, at=MONDAY)
