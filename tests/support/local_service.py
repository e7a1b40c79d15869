"""A terminal as the local interface sees it, in memory: what the Protocol says, and no more."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests

from protocol.use import Place
from terminal.events import EventFeed
from terminal.local.clients import ClientsFile, Scope
from terminal.local.interface import LocalInterface
from terminal.local.limits import Limits
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.local.port import LaneView, LocalService
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.table import LocalSettings
from terminal.metrics import names
from terminal.metrics.metric import Family, Sample, family, single
from terminal.presenting import Outcome
from terminal.screens.board import ScreenBoard
from terminal.selling.requests import RequestState, RequestView, ScanRequest
from terminal.selling.totals import DayTotal, LaneTotals
from verifier.model import UnixSeconds, Verdict
from verifier.profile import Fund
from verifier.reasons import Reason

PATIENCE_S = 20.0
EVERYTHING = frozenset(Scope)
_OPEN = (RequestState.PENDING, RequestState.IN_PROGRESS)


class MemoryService:
    """Lanes without devices, a journal without a disk."""

    def __init__(self, feed: EventFeed, *lanes: str) -> None:
        self.feed = feed
        self.views = {
            name: LaneView(
                name=name,
                profile="pharmacy",
                state="idle",
                currency="CNY",
                fund=Fund.INSURED_ACCOUNT.value,
                amount_max_minor=100_000,
                can_print=True,
            )
            for name in lanes
        }
        self.book: dict[tuple[str, str], RequestView] = {}
        self.reversals: dict[tuple[str, str], str] = {}
        self.effects: list[str] = []
        self.is_stuck = False
        self.fault: Exception | None = None
        self._numbers = itertools.count(1)

    async def lanes(self) -> tuple[LaneView, ...]:
        await self._answer()
        busy = {view.lane for view in self.book.values() if view.state in _OPEN}
        return tuple(replace(view, is_asked=name in busy) for name, view in self.views.items())

    async def arm(self, request: ScanRequest) -> RequestView:
        await self._answer()
        if request.lane not in self.views:
            raise RequestRefused(LocalProblem.LANE_UNKNOWN)
        known = self.book.get((request.client, request.key))
        if known is not None:
            if known.asked != request.asked:
                raise RequestRefused(LocalProblem.KEY_USED)
            return known
        if any(each.lane == request.lane and each.state in _OPEN for each in self.book.values()):
            raise RequestRefused(LocalProblem.LANE_TAKEN)
        self.effects.append(f"arm {request.lane} {request.key}")
        return self._keep(
            RequestView(
                client=request.client,
                key=request.key,
                lane=request.lane,
                asked=request.asked,
                state=RequestState.PENDING,
                ends_in_ms=request.deadline_ms,
            )
        )

    async def request(self, client: str, key: str) -> RequestView:
        await self._answer()
        return self._known(client, key)

    async def abort(self, client: str, key: str, *, not_handed_over: bool = False) -> RequestView:
        await self._answer()
        view = self._known(client, key)
        if view.state in _OPEN:
            self.effects.append(f"abort {key}")
            return self._keep(replace(view, state=RequestState.CANCELED, ends_in_ms=0))
        return self._annul(view) if not_handed_over else view

    async def reverse(self, client: str, key: str, reversal_key: str) -> RequestView:
        await self._answer()
        view = self._known(client, key)
        if view.outcome is None or view.outcome.verdict is not Verdict.GRANT:
            raise RequestRefused(LocalProblem.NOT_GRANTED)
        if self.reversals.setdefault((client, key), reversal_key) != reversal_key:
            raise RequestRefused(LocalProblem.REVERSED_ALREADY)
        return self._annul(view)

    async def print_receipt(self, client: str, key: str) -> RequestView:
        await self._answer()
        view = self._known(client, key)
        if view.outcome is None or view.outcome.verdict is not Verdict.GRANT:
            raise RequestRefused(LocalProblem.NOT_GRANTED)
        if not self.views[view.lane].can_print:
            raise RequestRefused(LocalProblem.NO_PRINTER)
        self.effects.append(f"receipt {key}")
        return view

    async def totals(self, lane: str) -> LaneTotals:
        await self._answer()
        if lane not in self.views:
            raise RequestRefused(LocalProblem.LANE_UNKNOWN)
        day = DayTotal(lane=lane, day="2027-01-01", currency="CNY", sales=3, sum_minor=3_750)
        return LaneTotals(lane=lane, today=day.day, days=(day,))

    async def diagnosis(self) -> Mapping[str, object]:
        await self._answer()
        return {
            "running": True,
            "lanes": [{"name": name} for name in self.views],
            "sales": {"approvals": "asked", "days": [{"lane": name} for name in self.views]},
        }

    async def figures(self) -> Sequence[Family]:
        await self._answer()
        samples = [Sample(labels=(name,), value=0) for name in self.views]
        return [family(names.LANE_TROUBLE, samples), single(names.JOURNAL_PENDING, 3)]

    async def emergency(self, client: str, lane: str, *, is_open: bool) -> LaneView:
        await self._answer()
        if lane not in self.views:
            raise RequestRefused(LocalProblem.LANE_UNKNOWN)
        self.effects.append(f"emergency {client} {lane} {is_open}")
        self.views[lane] = replace(self.views[lane], is_held_open=is_open)
        return self.views[lane]

    def show_card(self, lane: str, reason: Reason | None = None) -> None:
        """Decide what waits at a lane, as if a holder had shown a card."""
        view = next(
            each
            for each in self.book.values()
            if each.lane == lane and each.state is RequestState.PENDING
        )
        outcome = Outcome(
            verdict=Verdict.GRANT if reason is None else Verdict.DENY,
            reason=reason,
            seq=next(self._numbers),
            ms=12,
            epoch=1,
            amount_minor=1_250,
            currency="CNY",
            key=view.key,
        )
        self._keep(replace(view, state=RequestState.COMPLETED, ends_in_ms=0, outcome=outcome))

    async def _answer(self) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault

    def _known(self, client: str, key: str) -> RequestView:
        view = self.book.get((client, key))
        if view is None:
            raise RequestRefused(LocalProblem.REQUEST_UNKNOWN)
        return view

    def _annul(self, view: RequestView) -> RequestView:
        if view.outcome is None or view.outcome.annulled is not None:
            return view
        self.effects.append(f"annul {view.key}")
        by = Place(epoch=1, seq=next(self._numbers))
        return self._keep(replace(view, outcome=replace(view.outcome, annulled=by)))

    def _keep(self, view: RequestView) -> RequestView:
        self.book[view.client, view.key] = view
        told: dict[str, object] = {
            "client": view.client,
            "key": view.key,
            "lane": view.lane,
            "state": view.state.value,
        }
        if view.outcome is not None:
            told["verdict"] = view.outcome.verdict.value
        self.feed.publish("request", told)
        return view


@dataclass
class Counter:
    """A terminal with its local interface, and the programs at it."""

    interface: LocalInterface
    service: MemoryService
    feed: EventFeed
    clients: ClientsFile
    loop: asyncio.AbstractEventLoop
    board: ScreenBoard  # of the lanes' pages; its clock stands still, so that it never seems dead
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        door = self.interface.listeners[0].door
        assert door is not None, self.interface.listeners[0].trouble
        return door.name

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def add(
        self,
        name: str,
        *,
        scopes: frozenset[Scope] = EVERYTHING,
        lanes: frozenset[str] | None = None,
    ) -> str:
        token = self.clients.add(name, scopes=scopes, lanes=lanes, now=UnixSeconds(1))
        self.tokens[name] = token
        return token

    def token(self, client: str = "till-1") -> str:
        return self.tokens.get(client) or self.add(client)

    def send(
        self, method: str, path: str, *, client: str | None = "till-1", **more: Any
    ) -> requests.Response:
        """Send a request as a program does; `headers` come on top of its token."""
        headers = {} if client is None else {"Authorization": f"Bearer {self.token(client)}"}
        headers |= more.pop("headers", {})
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.url + path, headers=headers, timeout=PATIENCE_S, **more
            )

    def arm(
        self, key: str, *, lane: str = "pharmacy-1", client: str = "till-1", **body: object
    ) -> requests.Response:
        asked = {"amount_minor": 1_250, "currency": "CNY"} | body
        path, headers = f"/v1/lanes/{lane}/requests", {"Idempotency-Key": key}
        return self.send("POST", path, client=client, json=asked, headers=headers)

    def do(self, act: Any, *about: object) -> None:
        """Do something in the daemon's loop, and wait for it."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (act(*about), done.set()))
        assert done.wait(PATIENCE_S)


@contextmanager
def counter(
    folder: Path,
    *,
    lanes: tuple[str, ...] = ("pharmacy-1", "gate-1"),
    pages: tuple[ScreenPage, ...] | None = None,
    **more: Any,
) -> Iterator[Counter]:
    """Run a terminal in a loop of its own thread, as the daemon's is another than HTTP's.

    Args:
        folder: of the clients' file, and whatever else.
        lanes: their names.
        pages: of the lanes that have a screen; None: each has one.
        more: of [local], and `limits` with bounds that differ from the usual ones.
    """
    feed = EventFeed()
    service = MemoryService(feed, *lanes)
    shown = tuple(ScreenPage(lane=lane) for lane in lanes) if pages is None else pages
    board = ScreenBoard(tuple(page.lane for page in shown), now_s=lambda: 0.0)
    board.beat()
    pages_of = PagesOf(board, shown)
    with serving(folder, service, feed, pages_of=pages_of, **more) as (interface, file, loop):
        yield Counter(interface, service, feed, file, loop, board)


@contextmanager
def serving(
    folder: Path, service: LocalService, feed: EventFeed, **more: Any
) -> Iterator[tuple[LocalInterface, ClientsFile, asyncio.AbstractEventLoop]]:
    """Run the interface of a service, and the loop that the service lives in."""
    limits, pages_of = Limits(**more.pop("limits", {})), more.pop("pages_of", None)
    settings = LocalSettings.model_validate({"port": 0} | more)
    file, loop = ClientsFile(folder / "clients.json"), asyncio.new_event_loop()
    daemon = threading.Thread(target=loop.run_forever)
    daemon.start()
    interface = LocalInterface(settings, file.path, service, feed, limits=limits, screens=pages_of)
    interface.start(loop)
    try:
        yield interface, file, loop
    finally:
        interface.stop()
        loop.call_soon_threadsafe(loop.stop)
        daemon.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def told(answer: requests.Response, code: str) -> dict[str, Any]:
    """Return a problem document, held to its form."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["status"] == answer.status_code
    assert document["text"]["zh"]
    assert document["next_step"]["zh"]
    return document
