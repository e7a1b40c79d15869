"""The routes of a visit: what a page may say, and what the terminal is asked by it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from protocol.visit import Language, Urgency
from terminal.events import EventFeed
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.screens.board import ScreenBoard
from terminal.visits.port import CatalogueView, TicketView, Told, VisitState, VisitView
from tests.support.local_service import Counter, MemoryService, serving, told
from verifier.model import UnixSeconds
from verifier.profile import Phrase

ID = "ab" * 16
TICKET = TicketView(
    number="A017",
    queue=Phrase(zh="窗口", en="Counters"),
    at=UnixSeconds(1_800_000_000),
    printed=False,
    lines=("A017",),
)
VIEW = VisitView(visit=ID, state=VisitState.READY, ends_in_ms=60_000, ticket=TICKET)


@dataclass
class MemoryVisits:
    """One visit, and what was asked of it."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def catalogue(self, lane: str) -> CatalogueView:
        if lane != "kiosk-1":
            raise RequestRefused(LocalProblem.NO_CONTENT)
        return CatalogueView(octets=b'{"services":[]}', digest="0" * 64)

    async def begin(self, lane: str, service: str | None, language: Language) -> VisitView:
        self.asked.append(("begin", lane, service, language))
        return VIEW

    async def view(self, lane: str, visit: str) -> VisitView:
        del lane
        if visit != ID:
            raise RequestRefused(LocalProblem.VISIT_UNKNOWN)
        return VIEW

    async def alive(self, lane: str, visit: str) -> VisitView:
        return await self.view(lane, visit)

    async def ticket(self, lane: str, visit: str) -> Told:
        return await self._told("ticket", lane, visit, number="A017")

    async def rate(self, lane: str, visit: str, score: int, text: str) -> Told:
        self.asked.append((score, text))
        return await self._told("rate", lane, visit, score=score)

    async def appeal(
        self, lane: str, visit: str, urgency: Urgency, text: str, contact: str
    ) -> Told:
        self.asked.append((urgency, text, contact))
        return await self._told("appeal", lane, visit, number="1-7")

    async def checklist(
        self, lane: str, visit: str, checklist: str, answers: Sequence[tuple[str, str]]
    ) -> Told:
        self.asked.append((checklist, *answers))
        return await self._told("checklist", lane, visit, items=[])

    async def subsidies(self, lane: str, visit: str) -> Told:
        return await self._told("subsidies", lane, visit, state="offline")

    async def reprint(self, lane: str, visit: str) -> Told:
        return await self._told("print", lane, visit, printed=True)

    async def end(self, lane: str, visit: str) -> VisitView:
        return await self.view(lane, visit)

    async def _told(self, act: str, lane: str, visit: str, **members: object) -> Told:
        self.asked.append((act,))
        return Told(members=members, view=await self.view(lane, visit))


@dataclass
class Kiosk:
    """A page of our own."""

    counter: Counter
    visits: MemoryVisits

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.counter.send("GET", f"/screen/v1/kiosk-1/{path}", client=None, headers=headers)

    def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        own = {"Origin": self.counter.url, "X-Screen": "1"} if headers is None else dict(headers)
        return self.counter.send(
            "POST",
            f"/screen/v1/kiosk-1/{path}",
            client=None,
            json={} if body is None else body,
            headers=own,
        )


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    folder, feed, visits = tmp_path_factory.mktemp("visits"), EventFeed(), MemoryVisits()
    service = MemoryService(feed, "kiosk-1")
    board = ScreenBoard(("kiosk-1",), now_s=lambda: 0.0)
    pages = PagesOf(board, (ScreenPage(lane="kiosk-1", kind="kiosk"),), visits=visits)
    limits = {"page_burst": 1_000_000, "refusals_at_once": 1_000_000}
    with serving(folder, service, feed, pages_of=pages, limits=limits) as (interface, file, loop):
        yield Kiosk(Counter(interface, service, feed, file, loop, board), visits)


def test_catalogue_is_loaded_once_while_it_stays_the_same(kiosk: Kiosk) -> None:
    first = kiosk.get("catalogue")
    assert (first.status_code, first.json()) == (200, {"services": []})
    again = kiosk.get("catalogue", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = kiosk.get("catalogue", **{"If-None-Match": '"1"'})
    assert other.status_code == 200


def test_visit_is_begun_asked_and_ended(kiosk: Kiosk) -> None:
    begun = kiosk.post("visit", {"service": "newborn", "language": "zh"})
    assert begun.status_code == 201
    assert begun.json() == kiosk.get(f"visit/{ID}").json()
    assert begun.json() == {
        "visit": ID,
        "state": "ready",
        "ends_in_ms": 60_000,
        "words": None,
        "ticket": {
            "number": "A017",
            "queue": {"zh": "窗口", "en": "Counters"},
            "ahead": None,
            "at": 1_800_000_000,
            "printed": False,
            "receipt": {"lines": ["A017"]},
        },
        "receipt": {"lines": ["A017"]},
        "is_identified": False,
    }
    assert kiosk.visits.asked[-1] == ("begin", "kiosk-1", "newborn", "zh")
    assert kiosk.post("visit", {"service": None, "language": "en"}).status_code == 201
    for act in ("alive", "end"):
        assert kiosk.post(f"visit/{ID}/{act}").json()["visit"] == ID


@pytest.mark.parametrize(
    ("act", "body", "asked"),
    [
        ("ticket", {}, ("ticket",)),
        ("rate", {"score": 5, "text": "谢谢\n再见"}, (5, "谢谢\n再见")),
        (
            "appeal",
            {"urgency": "sudden", "text": "x" * 500, "contact": "y" * 64},
            (Urgency.SUDDEN, "x" * 500, "y" * 64),
        ),
        ("checklist", {"checklist": "newborn", "answers": [["a", "b"]]}, ("newborn", ("a", "b"))),
        ("subsidies", {}, ("subsidies",)),
        ("print", {}, ("print",)),
    ],
)
def test_each_act_is_asked_and_answered_with_how_the_visit_stands(
    kiosk: Kiosk, act: str, body: dict[str, object], asked: tuple[object, ...]
) -> None:
    kiosk.visits.asked.clear()
    answer = kiosk.post(f"visit/{ID}/{act}", body)
    assert answer.status_code == 200
    assert answer.json()["ends_in_ms"] == 60_000
    assert answer.json()["state"] == ("offline" if act == "subsidies" else "ready")
    assert asked in kiosk.visits.asked


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("visit", {}),
        ("visit", {"language": "fr"}),
        ("visit", {"language": "zh", "service": "../x"}),
        ("visit", {"language": "zh", "more": 1}),
        (f"visit/{ID}/ticket", {"number": "A001"}),
        (f"visit/{ID}/rate", {"score": 0}),
        (f"visit/{ID}/rate", {"score": 6}),
        (f"visit/{ID}/rate", {"score": True}),
        (f"visit/{ID}/rate", {"score": 5, "text": "x" * 201}),
        (f"visit/{ID}/rate", {"score": 5, "text": "\x1b[2J"}),
        (f"visit/{ID}/appeal", {"urgency": "now", "text": "x"}),
        (f"visit/{ID}/appeal", {"urgency": "urgent", "text": ""}),
        (f"visit/{ID}/appeal", {"urgency": "urgent", "text": "x" * 501}),
        (f"visit/{ID}/appeal", {"urgency": "urgent", "text": "x", "contact": "y" * 65}),
        (f"visit/{ID}/appeal", {"urgency": "urgent", "text": "\x9b2J"}),
        (f"visit/{ID}/appeal", {"urgency": "urgent", "text": "x", "contact": "\x80"}),
        (f"visit/{ID}/rate", {"score": 1, "text": "\x9f"}),
        (f"visit/{ID}/checklist", {"checklist": "newborn", "answers": [["a"]]}),
        (f"visit/{ID}/checklist", {"checklist": "newborn", "answers": [["a", "b"]] * 33}),
    ],
)
def test_body_out_of_form_asks_for_nothing(kiosk: Kiosk, path: str, body: object) -> None:
    kiosk.visits.asked.clear()
    told(kiosk.post(path, body), "malformed")
    assert kiosk.visits.asked == []


def test_visit_that_is_none_is_told_as_one_that_ended(kiosk: Kiosk) -> None:
    for name in ("cd" * 16, "AB" * 16, "x"):
        told(kiosk.get(f"visit/{name}"), "visit-unknown")
        told(kiosk.post(f"visit/{name}/ticket"), "visit-unknown")


@pytest.mark.parametrize("act", ["", f"/{ID}/ticket", f"/{ID}/appeal", f"/{ID}/end"])
@pytest.mark.parametrize(
    "headers", [{}, {"X-Screen": "1"}, {"X-Screen": "1", "Origin": "https://evil.example"}]
)
def test_page_of_somebody_else_does_nothing(
    kiosk: Kiosk, act: str, headers: dict[str, str]
) -> None:
    kiosk.visits.asked.clear()
    told(kiosk.post(f"visit{act}", {"language": "zh"}, headers), "origin")
    told(kiosk.post(f"visit{act}", headers={"Origin": kiosk.counter.url}), "origin")
    assert kiosk.visits.asked == []


def test_reading_changes_nothing(kiosk: Kiosk) -> None:
    for path in ("visit", f"visit/{ID}/ticket", f"visit/{ID}/end"):
        assert kiosk.get(path).status_code == 405
