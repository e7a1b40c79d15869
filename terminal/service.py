"""The terminal as programs see it: lanes, requests and what came of them, in the daemon's loop."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from drivers.clock import monotonic_ms
from terminal.desk import Desk
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.port import LaneView
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.metrics.metric import Family
from terminal.presenting import Outcome
from terminal.receipts import decimals_of
from terminal.selling.recounting import recount
from terminal.selling.requests import RequestState, RequestView, ScanRequest
from terminal.selling.sales import Sales, paid
from terminal.selling.terms import check_request
from terminal.selling.totals import LaneTotals, local_day
from verifier.profile import AmountFrom, Money

log = logging.getLogger(__name__)

_P = LocalProblem


class ServedLane(Protocol):
    """A lane, as far as programs are concerned."""

    name: str
    profile_name: str

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    @property
    def trouble(self) -> str:
        """Return why it is out of service, or a device down; empty when all is well."""

    @property
    def can_hold(self) -> bool:
        """Return whether its gate can be held open."""

    def look_again(self) -> None:
        """Serve whoever came before he was asked for, and is still there."""

    def hold_open(self, *, is_open: bool) -> None:
        """Hold its gate open for a person who asks, or let it go."""

    @property
    def can_print(self) -> bool:
        """Return whether it has a receipt printer."""

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        """Print what was paid or taken back, where it has a printer; returns at once."""


class TerminalService:
    """Satisfies `LocalService`."""

    def __init__(
        self,
        desk: Desk,
        lanes: Sequence[ServedLane],
        feed: EventFeed,
        diagnose: Callable[[], Awaitable[Mapping[str, object]]],
    ) -> None:
        """Tell `feed` from here on how requests stand."""
        self._desk, self._lanes, self._feed = desk, lanes, feed
        self._sales = Sales(desk)
        self._sales.on_taken_back = self._print
        self._diagnose = diagnose
        self.measure: Callable[[], Awaitable[Sequence[Family]]] | None = None  # None: nobody does
        desk.requests.on_change = self._publish

    async def lanes(self) -> tuple[LaneView, ...]:
        """Return every lane, in the order of the settings."""
        return tuple(self._lane_view(lane) for lane in self._lanes)

    async def arm(self, request: ScanRequest) -> RequestView:
        """Ask a lane for one scan; the same request again is told how it stands.

        Raises:
            RequestRefused: KEY_USED for other content, LANE_UNKNOWN, LANE_OUT_OF_SERVICE,
                LANE_TAKEN, VALUE_STOPPED, REQUEST_MALFORMED, SEAL_KEY_MISSING, TOO_MANY.
            CacheError: the journal can't be asked.
        """
        if not self._sales.knows(request.client, request.key):
            found = await self._sales.before(request)
            if found is not None:
                return found
            if not self._sales.knows(request.client, request.key):
                self._check(request)
        view = self._desk.requests.arm(request, monotonic_ms())
        if view.state is RequestState.PENDING:
            self._lane(request.lane).look_again()
        return view

    async def request(self, client: str, key: str) -> RequestView:
        """Return how a request stands; the journal is asked where the book has let go of it.

        Raises:
            RequestRefused, CacheError: as `Sales.view` says.
        """
        return await self._sales.view(client, key)

    async def abort(self, client: str, key: str, *, not_handed_over: bool = False) -> RequestView:
        """Take a request back that nobody has answered; the view says whether it was too late.

        Raises:
            RequestRefused, CacheError: as `Sales.abort` says.
        """
        return await self._sales.abort(client, key, not_handed_over=not_handed_over)

    async def reverse(self, client: str, key: str, reversal_key: str) -> RequestView:
        """Annul what was granted for the request `key`; the same `reversal_key` does it once.

        Raises:
            RequestRefused, CacheError: as `Sales.reverse` says.
        """
        return await self._sales.reverse(client, key, reversal_key)

    async def print_receipt(self, client: str, key: str) -> RequestView:
        """Print the receipt of a sale or its reversal again, marked as a copy.

        Raises:
            RequestRefused: NOT_GRANTED, NO_PRINTER, LANE_UNKNOWN; else as `Sales.view` says.
            CacheError: the journal can't be asked.
        """
        view = await self._sales.view(client, key)
        outcome = paid(view)
        lane = self._lane(view.lane)
        if not lane.can_print:
            raise RequestRefused(_P.NO_PRINTER, f"lane {lane.name} has no receipt printer")
        lane.print_receipt(outcome, is_copy=True)
        return view

    async def totals(self, lane: str) -> LaneTotals:
        """Return what a lane sold and took back, by day and currency.

        Raises:
            RequestRefused: LANE_UNKNOWN.
        """
        profile = self._desk.profile(self._lane(lane).profile_name)
        offset_min = 0 if profile is None else profile.utc_offset_min or 0
        today = local_day(self._desk.timekeeper.read().now, offset_min)
        days = tuple(each for each in self._desk.totals.told() if each.lane == lane)
        return LaneTotals(lane=lane, today=today, days=days)

    async def look_after(self) -> None:
        """End requests whose time is over, and look up what a failing disk left in doubt.

        Raises:
            CacheError: the journal can't be asked; tried again the next time.
        """
        await self._sales.look_after()

    async def recount(self) -> None:
        """Add up what the day's entries of before this start sold; what follows is added anyhow.

        Raises:
            CacheError: the journal can't be read.
        """
        await recount(self._desk)

    async def diagnosis(self) -> Mapping[str, object]:
        """Return what `scan-terminal status --json` prints."""
        return await self._diagnose()

    async def figures(self) -> Sequence[Family]:
        """Return what was counted and measured so far."""
        return () if self.measure is None else await self.measure()

    async def emergency(self, client: str, lane: str, *, is_open: bool) -> LaneView:
        """Hold a lane's gate open, or let it go; to be told twice changes nothing.

        Raises:
            RequestRefused: LANE_UNKNOWN, NO_GATE_TO_HOLD.
        """
        found = self._lane(lane)
        if not found.can_hold:
            raise RequestRefused(_P.NO_GATE_TO_HOLD, f"lane {lane} has no gate that can be held")
        log.warning("lane %s: %s asks: held open %s", lane, client, is_open)
        found.hold_open(is_open=is_open)
        return self._lane_view(found)

    def _check(self, request: ScanRequest) -> None:
        """Refuse what the lane can't do."""
        lane = self._lane(request.lane)
        profile, trust = self._desk.profile(lane.profile_name), self._desk.trust
        is_shut = lane.state in (LaneState.OUT_OF_SERVICE, LaneState.HELD_OPEN)
        if profile is None or trust is None or is_shut:
            why = lane.trouble or f"it is {lane.state.value}"
            raise RequestRefused(_P.LANE_OUT_OF_SERVICE, f"lane {lane.name}: {why}")
        if profile.money is not None and self._desk.value_stop:
            raise RequestRefused(_P.VALUE_STOPPED, self._desk.value_stop)
        now = self._desk.timekeeper.read().now
        check_request(request, profile, trust.trusted.keys, now)

    def _print(self, name: str, outcome: Outcome) -> None:
        """Print a reversal where the sale was made, unless the settings lost that lane since."""
        for lane in self._lanes:
            if lane.name == name:
                lane.print_receipt(outcome)

    def _lane(self, name: str) -> ServedLane:
        for lane in self._lanes:
            if lane.name == name:
                return lane
        raise RequestRefused(_P.LANE_UNKNOWN, f"no lane is called {name}")

    def _lane_view(self, lane: ServedLane) -> LaneView:
        profile = self._desk.profile(lane.profile_name)
        money = None if profile is None else profile.money
        return LaneView(
            name=lane.name,
            profile=lane.profile_name,
            state=lane.state.value,
            trouble=lane.trouble,
            is_asked=self._desk.requests.is_open_at(lane.name),
            is_held_open=lane.state is LaneState.HELD_OPEN,
            currency="" if money is None else money.currency,
            decimals=2 if money is None else decimals_of(money.currency),
            fund="" if money is None else money.fund.value,
            amount_max_minor=_most_of_request(money),
            can_print=lane.can_print,
        )

    def _publish(self, view: RequestView) -> None:
        told: dict[str, object] = {
            "client": view.client,
            "key": view.key,
            "lane": view.lane,
            "state": view.state.value,
        }
        outcome = view.outcome
        if outcome is not None:
            told["verdict"] = outcome.verdict.value
            told["reason"] = None if outcome.reason is None else outcome.reason.value
            told["entry"] = None if outcome.place is None else outcome.place.members()
            taken_back = outcome.annulled
            told["annulled"] = None if taken_back is None else taken_back.members()
        if outcome is not None and outcome.amount_minor is not None:
            told |= {"amount_minor": outcome.amount_minor, "currency": outcome.currency}
        self._feed.publish("request", told)


def _most_of_request(money: Money | None) -> int | None:
    """Return the most that a program may ask for at once; None: it names no amount there."""
    is_named = money is not None and money.amount_from is AmountFrom.REQUEST
    return money.amount_max_minor if money is not None and is_named else None
