"""Visits at screens, in the daemon's loop: from the choice of a service to the rating.

One open visit a lane. Each thing is done once in a visit and told again as often as it is asked;
an entry is durable before anything of it is shown.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from drivers.clock import monotonic_ms as machine_monotonic_ms
from offline_cache.errors import CacheError
from protocol.visit import Language, Urgency
from terminal.desk import Desk
from terminal.lanes.machine import LaneState
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import RequestView
from terminal.visits.acts import Acts
from terminal.visits.bounds import VisitBounds
from terminal.visits.held import HeldPack
from terminal.visits.kiosk import Kiosk
from terminal.visits.machine import TRIES_MAX, Happening, OpenVisit, VisitBook, view_of
from terminal.visits.port import CatalogueView, Told, VisitState, VisitView
from terminal.visits.questions import Questions
from terminal.visits.recounting import recount_tickets
from terminal.visits.scans import CLIENT, Arm, Scans, identified_by
from terminal.visits.shelf import ContentShelf

log = logging.getLogger(__name__)

_P = LocalProblem

Tell = Callable[[str, str, Mapping[str, object]], None]
"""Tells a lane's pages of something: lane, what it is called, what JSON can say."""


class VisitService:
    """Satisfies `VisitPort`."""

    def __init__(  # noqa: PLR0913  # keyword-only, each names itself
        self,
        desk: Desk,
        *,
        kiosks: Mapping[str, Kiosk],
        shelf: ContentShelf,
        arm: Arm,
        questions: Questions,
        tell: Tell,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
        random_octets: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Begin without a visit; hear of requests from here on.

        Args:
            desk: what all lanes share.
            kiosks: by lane.
            shelf: the content packs.
            arm: asks a lane for a card, as programs do.
            questions: asks the centre.
            tell: tells a lane's pages.
            monotonic_ms: the clock by which visits end.
            random_octets: for visits' ids.
        """
        self._desk, self._kiosks, self._shelf, self._tell = desk, kiosks, shelf, tell
        self._monotonic_ms, self._random_octets = monotonic_ms, random_octets
        self._book = VisitBook({lane: each.idle_ms for lane, each in kiosks.items()})
        self._questions, self._trouble = questions, ""
        self._scans, self._bounds = Scans(desk, kiosks, arm), VisitBounds()
        self._acts = Acts(desk, kiosks, self._book, self._bounds, questions, monotonic_ms)
        self._begins = {lane: asyncio.Lock() for lane in kiosks}
        told_before = desk.requests.on_change

        def hear(view: RequestView) -> None:
            told_before(view)
            self._hear(view)

        desk.requests.on_change = hear

    def start(self) -> None:
        """Be ready to ask the centre."""
        self._questions.start()

    def stop(self) -> None:
        """End what asks the centre."""
        self._questions.stop()

    async def care(self) -> None:
        """End visits that nobody is at; have lanes that are free again wait for another showing.

        Called each half second or so. Before the first ticket the journal is asked which were
        given; while it can't be read none is given.
        """
        if not self._acts.is_counted:
            await self._recount()
        for visit in self._book.over(self._monotonic_ms()):
            self._end(visit)
        for visit in self._book.refused():
            # Asking for the one before took time, in which this may have ended, or changed.
            is_still = self._book.get(visit.lane, visit.id) is visit
            if is_still and self._kiosks[visit.lane].lane.state is LaneState.IDLE:
                await self._ask_again(visit)

    async def catalogue(self, lane: str) -> CatalogueView:
        """Return what the lane's screen offers.

        Raises:
            RequestRefused: LANE_UNKNOWN, NO_CONTENT.
        """
        held = self._held(lane)
        return CatalogueView(octets=held.catalogue, digest=held.digest)

    async def begin(self, lane: str, service: str | None, language: Language) -> VisitView:
        """Begin a visit; one that was open at the lane ends.

        Raises:
            RequestRefused: LANE_UNKNOWN, NO_CONTENT, SERVICE_UNKNOWN, TOO_FAST; LANE_TAKEN,
                LANE_OUT_OF_SERVICE: no card can be asked for.
            CacheError: the journal can't be asked.
        """
        held = self._held(lane)
        self._bounds.begin(lane, self._monotonic_ms() / 1_000)
        chosen = held.pack.service(service) if service else None
        if service and chosen is None:
            raise RequestRefused(_P.SERVICE_UNKNOWN, f"{held.name} {held.pack.version} has none")
        needs_card = chosen is not None and chosen.needs_card
        async with self._begins[lane]:
            before = self._book.at(lane)
            if before is not None:
                self._end(before)
            visit = OpenVisit(
                id=self._random_octets(16).hex(),
                lane=lane,
                held=held,
                service=chosen,
                language=language,
                state=VisitState.SCAN if needs_card else VisitState.READY,
                ends_ms=0,
            )
            visit = self._book.begin(visit, self._monotonic_ms())
            if needs_card:
                await self._ask_first(visit)
            return self._view(self._book.get(lane, visit.id) or visit)

    async def view(self, lane: str, visit: str) -> VisitView:
        """Return how a visit stands; this keeps nothing alive.

        Raises:
            RequestRefused: VISIT_UNKNOWN.
        """
        return self._view(self._acts.open(lane, visit))

    async def alive(self, lane: str, visit: str) -> VisitView:
        """Note that somebody is there.

        Raises:
            RequestRefused: VISIT_UNKNOWN.
        """
        return self._view(self._acts.touched(lane, visit))

    async def ticket(self, lane: str, visit: str) -> Told:
        """Give the visit's ticket, once.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        return self._told(lane, visit, await self._acts.ticket(lane, visit))

    async def rate(self, lane: str, visit: str, score: int, text: str) -> Told:
        """Take how the visit was, once.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        return self._told(lane, visit, await self._acts.rate(lane, visit, score, text))

    async def appeal(
        self, lane: str, visit: str, urgency: Urgency, text: str, contact: str
    ) -> Told:
        """Take an appeal, once.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        told = await self._acts.appeal(lane, visit, urgency, text, contact)
        return self._told(lane, visit, told)

    async def checklist(
        self, lane: str, visit: str, checklist: str, answers: Sequence[tuple[str, str]]
    ) -> Told:
        """Return what to bring.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        return self._told(lane, visit, await self._acts.checklist(lane, visit, checklist, answers))

    async def subsidies(self, lane: str, visit: str) -> Told:
        """Return what was paid to who showed his card, or that the centre can't be asked.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        return self._told(lane, visit, await self._acts.subsidies(lane, visit))

    async def reprint(self, lane: str, visit: str) -> Told:
        """Print the last paper of the visit again.

        Raises:
            RequestRefused, CacheFault: as `VisitPort` says.
        """
        return self._told(lane, visit, self._acts.reprint(lane, visit))

    async def end(self, lane: str, visit: str) -> VisitView:
        """End a visit; all that is known of it here is forgotten.

        Raises:
            RequestRefused: VISIT_UNKNOWN.
        """
        return self._view(self._end(self._acts.open(lane, visit)))

    async def _recount(self) -> None:
        try:
            await recount_tickets(self._desk, self._acts.numbers)
        except CacheError as error:
            if str(error) != self._trouble:
                log.error("tickets: the journal can't be read: %s", error)  # noqa: TRY400  # a fault
            self._trouble = str(error)
        else:
            self._acts.is_counted, self._trouble = True, ""

    def _held(self, lane: str) -> HeldPack:
        kiosk = self._kiosks.get(lane)
        if kiosk is None:
            raise RequestRefused(_P.LANE_UNKNOWN, f"no lane with a kiosk is called {lane}")
        held = self._shelf.get(kiosk.content)
        if held is None:
            why = self._shelf.troubles.get(kiosk.content, "it is not published")
            raise RequestRefused(_P.NO_CONTENT, f"content {kiosk.content}: {why}")
        return held

    async def _ask_first(self, visit: OpenVisit) -> None:
        try:
            await self._scans.ask(visit)
        except (RequestRefused, CacheError):
            self._end(visit)
            raise
        if self._book.get(visit.lane, visit.id) is None:
            self._scans.give_up(visit)  # it was ended meanwhile

    async def _ask_again(self, visit: OpenVisit) -> None:
        if visit.tries + 1 >= TRIES_MAX:
            self._end(visit)
            return
        again = replace(visit.after(Happening.SHOWN_AGAIN), tries=visit.tries + 1)
        self._book.put(again)  # before it is asked: a card may be there at once
        try:
            await self._scans.ask(again)
        except (RequestRefused, CacheError) as error:
            log.info("lane %s: no card can be asked for now: %s", visit.lane, error)
            now = self._book.get(visit.lane, visit.id)  # touched meanwhile, perhaps
            if now is not None and now.state is VisitState.SCAN and now.tries == again.tries:
                self._book.put(replace(now, state=visit.state, tries=visit.tries))
            return
        now = self._book.get(visit.lane, visit.id)
        if now is None:
            self._scans.give_up(again)
        elif now.state is VisitState.SCAN:
            self._tell_state(now)

    def _hear(self, view: RequestView) -> None:
        """Take how a scan of ours ended."""
        visit = self._book.at(view.lane)
        if view.client != CLIENT or visit is None or visit.scan_key != view.key:
            return
        words, happening = self._scans.words(view), self._scans.befell(view)
        if happening is Happening.OVER:
            self._end(visit)
        elif happening is None:
            if words is not None and words != visit.words:  # he was sent to an attendant
                self._tell_state(self._book.put(replace(visit, words=words)))
        elif visit.may(happening):
            who = identified_by(view) if happening is Happening.GRANTED else None
            after = replace(visit.after(happening), words=words, identified=who)
            self._tell_state(self._book.touch(after, self._monotonic_ms()))

    def _end(self, visit: OpenVisit) -> OpenVisit:
        is_waiting = visit.state is VisitState.SCAN
        ended = self._book.end(visit)
        self._acts.forget(visit)
        if is_waiting:
            self._scans.give_up(visit)
        self._tell_state(ended)
        return ended

    def _tell_state(self, visit: OpenVisit) -> None:
        self._tell(visit.lane, "visit", {"visit": visit.mark, "state": visit.state.value})

    def _told(self, lane: str, visit: str, members: Mapping[str, object]) -> Told:
        now = self._book.get(lane, visit)
        ended = VisitView(visit=visit, state=VisitState.ENDED, ends_in_ms=0)
        return Told(members=members, view=ended if now is None else self._view(now))

    def _view(self, visit: OpenVisit) -> VisitView:
        return view_of(visit, self._monotonic_ms())
