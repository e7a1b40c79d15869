"""Sales of programs after the card was shown: how they stand, giving up, taking back, doubts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from drivers.clock import monotonic_ms
from offline_cache.errors import DiskFull, EntryErased
from offline_cache.ledger import KeyUsed
from protocol.use import Cause, Place
from terminal.desk import Desk
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
from verifier.model import Verdict

_P = LocalProblem
_UNKNOWN = "nothing is known under this key, so nothing was granted: it is safe to send it again"
_OLD = "this terminal keeps it no more: only the centre can take it back"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """What stands under a request's key, in the book or in the journal."""

    view: RequestView
    taken: Taken | None  # None: nothing was granted, or what was is erased


class Sales:
    """Looks in the book first, and where that has let go of a key, in the journal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # Called once with each sale that a program took back, and the lane it was made at.
        self.on_taken_back: Callable[[str, Outcome], None] = lambda _lane, _outcome: None

    def knows(self, client: str, key: str) -> bool:
        """Return whether the book has the request of a key."""
        return self._desk.requests.find(client, key) is not None

    async def before(self, request: ScanRequest) -> RequestView | None:
        """Return how a request stands that the book does not know; None: it is new.

        Raises:
            RequestRefused: KEY_USED: its key was used for something else.
            CacheError: the journal can't be asked.
        """
        found = await self._found(request.client, request.key)
        if found is None:
            return None
        if found.outcome is None or (found.asked and found.asked != request.asked):
            raise refuse_other()
        return _view_of(request.client, request.key, found)

    async def view(self, client: str, key: str) -> RequestView:
        """Return how a request stands.

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
        sale = await self._aborted(client, key)
        if sale.view.state in OPEN:  # it came just now, or its entry is on its way to the disk
            await self._found(client, key)  # answered once that is written
            sale = await self._aborted(client, key)
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
            return replace(sale.view, outcome=replace(outcome, annulled=before.place))
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

    async def look_after(self) -> None:
        """End requests whose time is over, and look up what a failing disk left in doubt.

        Raises:
            CacheError: the journal can't be asked; tried again the next time.
        """
        requests = self._desk.requests
        requests.expire(monotonic_ms())
        for request in requests.doubtful():
            if not isinstance(self._desk.writer.fault, DiskFull | None):
                return  # a full disk keeps nothing in doubt: what was is mended by then
            found = await self._found(request.client, request.key)
            if found is None or found.outcome is None:
                requests.fail(request)
            else:
                requests.complete(request, found.outcome)

    async def _aborted(self, client: str, key: str) -> _Sale:
        """Return how it stands once nobody may decide it any more."""
        self._desk.requests.abort(client, key, monotonic_ms())
        return await self._sale(client, key)

    async def _sale(self, client: str, key: str) -> _Sale:
        """Return what stands under a key.

        Raises:
            RequestRefused: REQUEST_UNKNOWN.
        """
        await self.look_after()
        view = self._desk.requests.get(client, key, monotonic_ms())
        outcome = None if view is None else view.outcome
        if view is not None and (outcome is None or outcome.verdict is not Verdict.GRANT):
            return _Sale(view=view, taken=None)
        if view is not None and outcome is not None and outcome.record is not None:
            return _Sale(view=view, taken=taken_of(outcome, view.lane))
        found = await self._found(client, key)
        if found is None or found.outcome is None:
            if view is None and self.knows(client, key):  # it came while the journal was asked
                return await self._sale(client, key)
            raise RequestRefused(_P.REQUEST_UNKNOWN, _UNKNOWN)
        return _Sale(view=view or _view_of(client, key, found), taken=found.taken)

    async def _found(self, client: str, key: str) -> Found | None:
        call = self._desk.writer.call(lambda journal: journal.find_use(client, key))
        found = await asyncio.wrap_future(call)
        return None if found is None else read_found(found)

    async def _take_back(
        self, sale: _Sale, cause: Cause, *, client: str = "", key: str = ""
    ) -> Place | None:
        if self._desk.value_stop:
            raise RequestRefused(_P.VALUE_STOPPED, self._desk.value_stop)
        if sale.taken is None:
            raise RequestRefused(_P.SALE_TOO_OLD, _OLD)
        try:
            place = await self._desk.take_back(sale.taken, cause, client=client, key=key)
        except EntryErased as error:
            raise RequestRefused(_P.SALE_TOO_OLD, _OLD) from error
        if place is not None and sale.view.outcome is not None:
            self.on_taken_back(sale.view.lane, replace(sale.view.outcome, annulled=place))
        return place


def paid(view: RequestView) -> Outcome:
    """Return the outcome of a request that moved money, taken back or not.

    Raises:
        RequestRefused: NOT_GRANTED, or not yet, or nothing was to be paid.
    """
    outcome = _granted(view)
    if outcome.amount_minor is None:
        raise RequestRefused(_P.NOT_GRANTED, "nothing was paid, so it has no receipt")
    return outcome


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
