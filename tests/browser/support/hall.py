"""A terminal whose lane is a kiosk: real visits, journal and pages, over a lane without devices."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.base import Receipt
from drivers.clock import monotonic_ms
from protocol.query import SubsidyQuery
from protocol.trust_folder import content_path
from terminal.errors import CentreUnreachable
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.presenting import Outcome
from terminal.screens.board import ScreenBoard
from terminal.screens.screen import Bilingual, Screen, View
from terminal.service import TerminalService
from terminal.visits.kiosk import Kiosk
from terminal.visits.questions import Questions
from terminal.visits.service import VisitService
from terminal.visits.shelf import ContentShelf
from tests.browser.support.catalogue import Members, catalogue
from tests.support.counter import Counter, card, open_counter, trust_with_seal
from tests.support.local_service import PATIENCE_S, serving
from verifier.profile import EntryType, Profile

LANE = "kiosk-1"
_HALL = Profile(name="hall", entry_type=EntryType.QUERY)
_CONTENT = "civic"
_ASKS = Bilingual(zh="请出示市民码", en="Show your code")


class HallLane:
    """A lane as the services see it."""

    name, profile_name, state, trouble = LANE, _HALL.name, LaneState.IDLE, ""
    can_hold = can_print = False

    def hold_open(self, *, is_open: bool) -> None:
        """There is no gate."""

    def look_again(self) -> None:
        """Nobody is before it."""

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        """There is no printer."""

    def print_paper(self, paper: Receipt) -> bool:
        """Say that there is no printer."""
        del paper
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """The terminal, and a holder with a card that is good."""

    address: str  # of the kiosk's page
    loop: asyncio.AbstractEventLoop
    counter: Counter

    def show_card(self) -> None:
        """Hold the card before the lane."""

        async def shown() -> None:
            request = self.counter.desk.requests.open_for(LANE, monotonic_ms())
            await self.counter.shown(card(drawn_at=next(self.counter.drawn)), request)

        asyncio.run_coroutine_threadsafe(shown(), self.loop).result(PATIENCE_S)

    def entries(self, kind: str) -> list[Members]:
        """Return the journal's entries of one type."""
        return [entry for entry in self.counter.entries() if entry["type"] == kind]


@contextmanager
def open_hall(folder: Path) -> Iterator[Hall]:
    """Run the terminal; the centre is not reached."""
    with open_counter(folder / "journal.db") as counter:
        counter.lane, counter.profile, desk = LANE, _HALL, counter.desk
        desk.trust = replace(trust_with_seal(), profiles={_HALL.name: _HALL})
        feed, lane = EventFeed(), HallLane()
        service = TerminalService(desk, [lane], feed, _diagnose)
        board = ScreenBoard((LANE,), now_s=lambda: 0.0)
        board.beat()
        board.put(Screen(lane=LANE, view=View.IDLE, title=_ASKS))
        visits = VisitService(
            desk,
            kiosks={LANE: Kiosk(lane=lane, content=_CONTENT, idle_ms=60_000)},
            shelf=_shelf(folder),
            arm=service.arm,
            questions=Questions(lambda: _nobody, terminal="gate-7"),
            tell=board.tell,
        )
        pages = PagesOf(board, (ScreenPage(lane=LANE, kind="kiosk"),), visits=visits)
        visits.start()
        try:
            with serving(folder, service, feed, pages_of=pages) as (interface, _, loop):
                asyncio.run_coroutine_threadsafe(visits.care(), loop).result(PATIENCE_S)
                door = interface.listeners[0].door
                assert door is not None
                yield Hall(address=f"{door.name}/screen/{LANE}", loop=loop, counter=counter)
        finally:
            visits.stop()


async def _diagnose() -> dict[str, Any]:
    return {"running": True}


def _nobody(_: SubsidyQuery) -> bytes:
    raise CentreUnreachable("the line is cut")


def _shelf(folder: Path) -> ContentShelf:
    (folder / "content").mkdir()
    shelf = ContentShelf([_CONTENT], folder / "content")
    shelf.take({content_path(_CONTENT): json.dumps(_pack()).encode()})
    assert not shelf.troubles, shelf.troubles
    return shelf


def _pack() -> Members:
    """Return the catalogue of the peer as a content pack has it."""
    told = catalogue()
    queues = [
        {"id": f"q{number}", "prefix": "ABC"[number], **service["queue"]}
        for number, service in enumerate(told["services"])
        if service["queue"]
    ]
    return {
        "version": told["version"],
        "issued_at": told["issued_at"],
        "categories": told["categories"],
        "queues": queues,
        "services": [_service(number, each) for number, each in enumerate(told["services"])],
        "checklists": {name: _checklist(each) for name, each in told["checklists"].items()},
    }


def _service(number: int, told: Members) -> Members:
    kept = ("id", "category", "zh", "en", "keywords", "needs_card", "subsidies")
    service = {name: told[name] for name in kept if told[name]}
    if told["what_zh"]:
        service["what"] = {"zh": told["what_zh"], "en": told["what_en"]}
    if told["queue"]:
        service["queue"] = f"q{number}"
    if told["checklist"]:
        service["checklist"] = told["checklist"]
    return service


def _checklist(told: Members) -> Members:
    questions = {
        name: {
            "text": each["text"],
            "answers": [
                {key: value for key, value in answer.items() if value} for answer in each["answers"]
            ],
        }
        for name, each in told["questions"].items()
    }
    items = {
        name: {key: value for key, value in each.items() if key != "note" or value["zh"]}
        for name, each in told["items"].items()
    }
    return {**told, "questions": questions, "items": items}
