"""The terminal itself, and the one in memory that other tests use, answer programs alike."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from drivers.clock import monotonic_ms
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.clients import Scope
from terminal.local.port import LocalService
from terminal.presenting import Outcome
from terminal.service import TerminalService
from tests.support.counter import LANE, SHOP, card, open_counter
from tests.support.local_service import PATIENCE_S, MemoryService, serving, told
from verifier.model import UnixSeconds

_NUMBERS = count(1)


@dataclass
class Lane:
    """A lane as the service sees it."""

    name: str = LANE
    profile_name: str = SHOP.name
    state: LaneState = LaneState.IDLE
    trouble: str = ""
    can_hold: bool = True
    can_print: bool = True

    def hold_open(self, *, is_open: bool) -> None:
        self.state = LaneState.HELD_OPEN if is_open else LaneState.IDLE

    def look_again(self) -> None:
        """Nobody is before the lane."""

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        """Nobody looks at the paper."""
        assert is_copy or outcome.annulled is not None


@dataclass
class Till:
    """A program, and a holder with a card that is good."""

    url: str
    token: str
    show_card: Callable[[], object]

    def send(self, method: str, path: str, key: str = "", body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.url + path, headers=headers, json=body, timeout=PATIENCE_S
            )

    def arm(self, key: str, amount_minor: int = 1_250) -> requests.Response:
        body = {"amount_minor": amount_minor, "currency": "CNY"}
        return self.send("POST", f"/v1/lanes/{LANE}/requests", key, body)

    def sold(self) -> str:
        """Return the key of a sale that was granted."""
        key = new_key()
        assert self.arm(key).status_code == 201
        self.show_card()
        return key

    def get(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"/v1/requests/{key}").json()
        return found


def new_key() -> str:
    return f"contract-{next(_NUMBERS):08}"


@contextmanager
def _served(
    folder: Path,
    service: LocalService,
    feed: EventFeed,
    show: Callable[[Any], Callable[[], object]],
) -> Iterator[Till]:
    with serving(folder, service, feed) as (interface, clients, loop):
        token = clients.add("till-1", scopes=frozenset(Scope), lanes=None, now=UnixSeconds(1))
        door = interface.listeners[0].door
        assert door is not None
        yield Till(url=door.name, token=token, show_card=show(loop))


@contextmanager
def _in_memory(folder: Path) -> Iterator[Till]:
    feed = EventFeed()
    service = MemoryService(feed, LANE)

    async def shown() -> None:
        service.show_card(LANE)

    def show(loop: asyncio.AbstractEventLoop) -> Callable[[], object]:
        return lambda: asyncio.run_coroutine_threadsafe(shown(), loop).result(PATIENCE_S)

    with _served(folder, service, feed, show) as till:
        yield till


@contextmanager
def _real(folder: Path) -> Iterator[Till]:
    async def diagnose() -> Mapping[str, object]:
        return {"running": True}

    with open_counter(folder / "journal.db") as counter:
        feed = EventFeed()
        service = TerminalService(counter.desk, [Lane()], feed, diagnose)

        async def shown() -> None:
            request = counter.desk.requests.open_for(LANE, monotonic_ms())
            await counter.shown(card(drawn_at=next(counter.drawn)), request)

        def show(loop: asyncio.AbstractEventLoop) -> Callable[[], object]:
            return lambda: asyncio.run_coroutine_threadsafe(shown(), loop).result(PATIENCE_S)

        with _served(folder, service, feed, show) as till:
            yield till


@pytest.fixture(params=[_in_memory, _real], ids=["memory", "real"])
def till(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Till]:
    with request.param(tmp_path) as opened:
        yield opened


def test_same_key_arms_once_and_other_content_is_refused(till: Till) -> None:
    key = new_key()
    first, again = till.arm(key).json(), till.arm(key).json()
    assert (first["state"], first["lane"]) == ("pending", LANE)
    assert {**first, "ends_in_ms": 0} == {**again, "ends_in_ms": 0}
    told(till.arm(key, 1_251), "key-used")


def test_lane_is_one_programs_at_a_time(till: Till) -> None:
    key = new_key()
    till.arm(key)
    assert till.send("GET", f"/v1/lanes/{LANE}").json()["asked"] is True
    told(till.arm(new_key()), "lane-taken")
    assert till.send("POST", f"/v1/requests/{key}/abort").json()["state"] == "canceled"
    assert till.arm(new_key()).status_code == 201


def test_sale_is_told_with_its_entry(till: Till) -> None:
    told_of = till.get(till.sold())
    outcome = told_of["outcome"]
    assert (told_of["state"], outcome["verdict"], outcome["annulled"]) == (
        "completed",
        "grant",
        None,
    )
    assert (outcome["amount_minor"], outcome["currency"]) == (1_250, "CNY")
    assert outcome["entry"].keys() == {"epoch", "seq"}


def test_key_that_nobody_has_used_is_unknown(till: Till) -> None:
    path = f"/v1/requests/{new_key()}"
    told(till.send("GET", path), "request-unknown")
    told(till.send("POST", f"{path}/abort"), "request-unknown")
    told(till.send("POST", f"{path}/reverse", new_key()), "request-unknown")


def test_sale_is_reversed_once(till: Till) -> None:
    key, back = till.sold(), new_key()
    path = f"/v1/requests/{key}/reverse"
    first, again = till.send("POST", path, back).json(), till.send("POST", path, back).json()
    assert first == again == till.get(key)
    assert first["outcome"]["annulled"].keys() == {"epoch", "seq"}
    told(till.send("POST", path, new_key()), "reversed-already")


def test_receipt_is_printed_again_of_what_was_paid_alone(till: Till) -> None:
    key, waiting = till.sold(), new_key()
    assert till.send("POST", f"/v1/requests/{key}/receipt").json() == till.get(key)
    till.arm(waiting)
    told(till.send("POST", f"/v1/requests/{waiting}/receipt"), "not-granted")
    told(till.send("POST", f"/v1/requests/{new_key()}/receipt"), "request-unknown")


def test_totals_are_of_the_lane_that_is_named(till: Till) -> None:
    till.sold()
    totals = till.send("GET", f"/v1/lanes/{LANE}/totals").json()
    assert totals["lane"] == LANE
    assert totals["days"][0]["sales"] > 0
    told(till.send("GET", "/v1/lanes/counter-9/totals"), "lane-unknown")


def test_what_was_not_granted_is_not_reversed(till: Till) -> None:
    key = new_key()
    till.arm(key)
    told(till.send("POST", f"/v1/requests/{key}/reverse", new_key()), "not-granted")


def test_abort_that_comes_too_late_changes_nothing_unless_goods_stay(till: Till) -> None:
    path = f"/v1/requests/{till.sold()}/abort"
    assert till.send("POST", path).json()["outcome"]["annulled"] is None
    taken = till.send("POST", path, body={"not_handed_over": True}).json()
    assert taken["state"] == "completed"
    assert taken["outcome"]["annulled"] is not None


def test_lane_that_is_not_there_is_unknown(till: Till) -> None:
    path, body = "/v1/lanes/counter-9", {"amount_minor": 1, "currency": "CNY"}
    told(till.send("GET", path), "lane-unknown")
    told(till.send("POST", f"{path}/requests", new_key(), body), "lane-unknown")
    told(till.send("POST", f"{path}/emergency", body={"open": True}), "lane-unknown")


def test_gate_is_held_open_twice_as_once(till: Till) -> None:
    path = f"/v1/lanes/{LANE}/emergency"
    for is_open in (True, True, False, False):
        assert till.send("POST", path, body={"open": is_open}).json()["held_open"] is is_open


def test_terminal_says_how_it_does(till: Till) -> None:
    assert till.send("GET", "/v1/diagnosis").json()["running"]
