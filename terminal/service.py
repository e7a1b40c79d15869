"""The terminal as programs see it: lanes, requests and what came of them, in the daemon's loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.clock import monotonic_ms
from offline_cache.errors import EntryErased
from offline_cache.ledger import KeyUsed
from protocol.use import Cause, Place
from terminal.desk import Desk
from terminal.events import EventFeed
from terminal.lanes.machine import LaneState
from terminal.local.port import LaneView
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.presenting import Outcome
from terminal.selling.requests import (
    OPEN,
    RequestState,
    RequestView,
    ScanRequest,
    refuse_other,
)
from terminal.selling.reversing import Found, Taken, read_found, taken_of
from terminal.selling.terms import check_request
from verifier.model import Verdict

log = logging.getLogger(__name__)

# In which, by any wall's time, the whole day before lies.
RECOUNTED_S = 172_800
# The journal's thread reads so many lines in a millisecond or two: nobody waits longer for it.
RECOUNTED_AT_ONCE = 200

_P = LocalProblem
_UNKNOWN = "nothing is known under this key, so nothing was granted: it is safe to send it again"


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

    def hold_open(self, *, is_open: bool) -> None:
        """Hold its gate open for a person who asks, or let it go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """What stands under a request's key, in the book or in the journal."""

    view: RequestView
    taken: Taken | None  # None: nothing was granted, or what was is erased


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
        self._diagnose = diagnose
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
        if self._desk.requests.find(request.client, request.key) is None:
            found = await self._found(request.client, request.key)
            if found is not None:
                if found.outcome is None or (found.asked and found.asked != request.asked):
                    raise refuse_other()
                return _view_of(request.client, request.key, found)
            if self._desk.requests.find(request.client, request.key) is None:
                self._check(request)
        return self._desk.requests.arm(request, monotonic_ms())

    async def request(self, client: str, key: str) -> RequestView:
        """Return how a request stands; the journal is asked where the book has let go of it.

        Raises:
            RequestRefused: REQUEST_UNKNOWN.
            CacheError: the journal can't be asked.
        """
        return (await self._sale(client, key)).view

    async def abort(self, client: str, key: str, *, not_handed_over: bool = False) -> RequestView:
        """Take a request back that nobody has answered; the view says whether it was too late.

        Raises:
            RequestRefused: REQUEST_UNKNOWN, VALUE_STOPPED; SALE_TOO_OLD where it is to be annulled.
            CacheError: the journal can't be asked, or does not take the annulment.
        """
        self._desk.requests.abort(client, key, monotonic_ms())
        sale = await self._sale(client, key)
        if not_handed_over and _stands_granted(sale.view):
            await self._take_back(sale, Cause.ABORTED)
            sale = await self._sale(client, key)
        return sale.view

    async def reverse(self, client: str, key: str, reversal_key: str) -> RequestView:
        """Annul what was granted for the request `key`; the same `reversal_key` does it once.

        Raises:
            RequestRefused: REQUEST_UNKNOWN, NOT_GRANTED, REVERSED_ALREADY by another key,
                KEY_USED for something else, SALE_TOO_OLD, VALUE_STOPPED.
            CacheError: the journal can't be asked, or does not take it; ask again by the same key.
        """
        if self._desk.requests.find(client, reversal_key) is not None:
            raise refuse_other()
        sale = await self._sale(client, key)
        outcome = _granted(sale.view)
        before = await self._found(client, reversal_key)
        if before is not None:
            _require_reversal(before, outcome.place)
            return sale.view
        if outcome.annulled is not None:
            raise RequestRefused(_P.REVERSED_ALREADY, "it was taken back before")
        try:
            place = await self._take_back(sale, Cause.REVERSED, client=client, key=reversal_key)
        except KeyUsed as error:
            _require_reversal(read_found(error.found), outcome.place)
            place = error.found.place
        if place is None:
            raise RequestRefused(_P.REVERSED_ALREADY, "it was taken back before")
        return replace(sale.view, outcome=replace(outcome, annulled=place))

    async def diagnosis(self) -> Mapping[str, object]:
        """Return what `scan-terminal status --json` prints."""
        return await self._diagnose()

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

    async def look_after(self) -> None:
        """End requests whose time is over, and look up what a failing disk left in doubt.

        Raises:
            CacheError: the journal can't be asked; tried again the next time.
        """
        requests = self._desk.requests
        requests.expire(monotonic_ms())
        for request in requests.doubtful():
            if self._desk.writer.fault is not None:
                return
            found = await self._found(request.client, request.key)
            if found is None or found.outcome is None:
                requests.fail(request)
            else:
                requests.complete(request, found.outcome)

    async def recount(self) -> None:
        """Add up what the day's entries of before this start sold; what follows is added anyhow.

        A part at a time, so that no lane waits for the journal meanwhile.

        Raises:
            CacheError: the journal can't be read.
        """
        totals, now = self._desk.totals, self._desk.timekeeper.read().now
        end, oldest = totals.through, now
        while end > 0 and oldest >= now - RECOUNTED_S:
            first = max(1, end - RECOUNTED_AT_ONCE + 1)
            lines = await self._lines(first, end)
            if not lines:
                return  # erased; so is what stood before
            oldest, end = min(totals.add_line(line, now=now) for line in lines), first - 1

    async def _lines(self, first: int, last: int) -> tuple[bytes, ...]:
        call = self._desk.writer.call(lambda journal: journal.batch_from(first, last - first + 1))
        batch = await asyncio.wrap_future(call)
        return () if batch is None else batch.lines

    async def _sale(self, client: str, key: str) -> _Sale:
        """Return what stands under a key.

        Raises:
            RequestRefused: REQUEST_UNKNOWN.
        """
        await self.look_after()
        view = self._desk.requests.get(client, key, monotonic_ms())
        if view is not None:
            outcome = view.outcome
            is_granted = outcome is not None and outcome.record is not None
            if outcome is None or not is_granted or outcome.verdict is not Verdict.GRANT:
                return _Sale(view=view, taken=None)
            return _Sale(view=view, taken=taken_of(outcome, view.lane))
        found = await self._found(client, key)
        if found is None or found.outcome is None:
            raise RequestRefused(_P.REQUEST_UNKNOWN, _UNKNOWN)
        return _Sale(view=_view_of(client, key, found), taken=found.taken)

    async def _found(self, client: str, key: str) -> Found | None:
        call = self._desk.writer.call(lambda journal: journal.find_use(client, key))
        found = await asyncio.wrap_future(call)
        return None if found is None else read_found(found)

    async def _take_back(
        self, sale: _Sale, cause: Cause, *, client: str = "", key: str = ""
    ) -> Place | None:
        if self._desk.value_stop:
            raise RequestRefused(_P.VALUE_STOPPED, self._desk.value_stop)
        old = "this terminal keeps it no more: only the centre can take it back"
        if sale.taken is None:
            raise RequestRefused(_P.SALE_TOO_OLD, old)
        try:
            return await self._desk.take_back(sale.taken, cause, client=client, key=key)
        except EntryErased as error:
            raise RequestRefused(_P.SALE_TOO_OLD, old) from error

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
        if outcome is not None and outcome.amount_minor is not None:
            told |= {"amount_minor": outcome.amount_minor, "currency": outcome.currency}
        self._feed.publish("request", told)


def _stands_granted(view: RequestView) -> bool:
    """Return whether something was granted, and nobody took it back."""
    outcome = view.outcome
    if outcome is None or outcome.verdict is not Verdict.GRANT:
        return False
    return view.state is RequestState.COMPLETED and outcome.annulled is None


def _granted(view: RequestView) -> Outcome:
    """Return the outcome of a request that can be reversed.

    Raises:
        RequestRefused: NOT_GRANTED, or not yet.
    """
    if view.state in OPEN:
        raise RequestRefused(_P.NOT_GRANTED, "it has not ended yet: abort it instead")
    if view.outcome is None or view.outcome.verdict is not Verdict.GRANT:
        raise RequestRefused(_P.NOT_GRANTED, "nothing was granted, so nothing is to be taken back")
    return view.outcome


def _require_reversal(before: Found, place: Place | None) -> None:
    """Refuse a key that was used for anything but the reversal of the entry at `place`."""
    if before.reference is None or before.reference != place:
        raise refuse_other()


def _view_of(client: str, key: str, found: Found) -> RequestView:
    return RequestView(
        client=client,
        key=key,
        lane=found.lane,
        asked=found.asked,
        state=RequestState.COMPLETED,
        outcome=found.outcome,
    )
