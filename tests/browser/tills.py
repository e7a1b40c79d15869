"""A counter as its cashier meets it: the page, the interface, a desk with a journal, and cards."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from drivers.clock import monotonic_ms
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.clients import ClientsFile, Scope
from terminal.local.interface import LocalInterface
from terminal.overriding import attending
from terminal.presenting import Outcome
from terminal.service import TerminalService
from tests.browser.harness import set_aside
from tests.support.cards import issuer_part, text
from tests.support.counter import LANE, SHOP, Counter, card, open_counter
from tests.support.desks import IDENTITY
from tests.support.local_service import PATIENCE_S, serving
from tests.support.trust import CARD_KEY
from verifier.model import UnixSeconds, Verdict

HELPER = 77  # the attendant's card
SCOPES = frozenset({Scope.SALE, Scope.REVERSE, Scope.STATUS})


@dataclass
class Served:
    """A lane as the service sees it, with a printer."""

    name: str = LANE
    profile_name: str = SHOP.name
    state: LaneState = LaneState.IDLE
    trouble: str = ""
    can_hold: bool = False
    can_print: bool = True
    printed: list[Outcome] = field(default_factory=list)

    def look_again(self) -> None:
        """Nobody came too early."""

    def hold_open(self, *, is_open: bool) -> None:
        raise ValueError(f"no gate: {is_open}")

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        assert is_copy or outcome.annulled is not None
        self.printed.append(outcome)


@dataclass
class Shop:
    """One counter; what is done to its desk is done in the daemon's loop."""

    counter: Counter
    lane: Served
    clients: ClientsFile
    interface: LocalInterface
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        door = self.interface.listeners[0].door
        assert door is not None
        return f"{door.name}/counter/{LANE}"

    def token(self, name: str = "till-1", scopes: frozenset[Scope] = SCOPES) -> str:
        return self.clients.add(name, scopes=scopes, lanes=None, now=UnixSeconds(1))

    def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(PATIENCE_S)

    def show(self, number: int = 0, *, payload: bytes | None = None) -> Outcome:
        """Have a holder show his card for what the lane is asked."""

        async def shown() -> Outcome:
            request = self.counter.desk.requests.open_for(LANE, monotonic_ms())
            code = card(number, drawn_at=next(self.counter.drawn)) if payload is None else payload
            return await self.counter.shown(code, request)

        outcome: Outcome = self.run(shown)
        return outcome

    def refers_printed_cards(self) -> None:
        """Have a cashier look at printed cards, and grant by a code of his own."""
        helper = IDENTITY.sector.pseudonym(CARD_KEY.issuer, HELPER.to_bytes(8, "big"))
        profile = replace(SHOP, static=Verdict.REFER, attendants=(helper,))
        self.counter.profile = profile
        trust = self.counter.desk.trust
        assert trust is not None
        self.counter.desk.trust = replace(trust, profiles={SHOP.name: profile})

    def show_printed_card(self) -> Outcome:
        return self.show(payload=text(issuer_part()))

    def attend(self, referred: Outcome) -> None:
        """Have the attendant show his own code."""
        counter = self.counter

        async def attended() -> None:
            code = card(HELPER, drawn_at=next(counter.drawn))
            judged = counter.judged(code, attending(counter.profile))
            await counter.desk.override(
                judged,
                referred=referred,
                lane=LANE,
                profile=counter.profile,
                seen_ms=monotonic_ms(),
            )

        self.run(attended)

    def trouble_lane(self, trouble: str) -> None:
        self.lane.state, self.lane.trouble = LaneState.OUT_OF_SERVICE, trouble

    def kinds(self) -> list[str]:
        return [entry["type"] for entry in self.counter.entries()]


@contextmanager
def open_shop(folder: Path, *, port: int = 0) -> Iterator[Shop]:
    """Open a shop whose journal, tokens and port may be those of one before."""
    with ExitStack() as opened:
        with set_aside():
            shop = opened.enter_context(_opened(folder, port))
        try:
            yield shop
        finally:
            with set_aside():
                opened.close()


@contextmanager
def _opened(folder: Path, port: int) -> Iterator[Shop]:
    async def diagnose() -> Mapping[str, object]:
        return {"running": True}

    with open_counter(folder / "journal.db") as counter:
        feed, lane = EventFeed(), Served()
        service = TerminalService(counter.desk, [lane], feed, diagnose)
        with serving(folder, service, feed, port=port) as (interface, clients, loop):
            yield Shop(counter, lane, clients, interface, loop)
