"""What is done in a visit: ticket, rating, appeal, checklist, subsidies, each written first."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from drivers.base import Receipt
from protocol.content.evaluating import AnswersMalformed, things_to_bring
from protocol.content.model import Queue
from protocol.query import ANSWER_MS_MAX, SubsidyQuery, total_of
from protocol.visit import (
    AppealRecord,
    Asked,
    QueryRecord,
    RatingRecord,
    TicketRecord,
    Urgency,
    VisitRecord,
)
from terminal.desk import Desk
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.visits.bounds import VisitBounds
from terminal.visits.catalogue import both, item_members
from terminal.visits.entries import VisitEntries, Written
from terminal.visits.kiosk import Kiosk
from terminal.visits.machine import PRINTS_MAX, QUERIES_MAX, Done, OpenVisit, VisitBook
from terminal.visits.numbers import NumbersUsedUp, TicketNumbers
from terminal.visits.papers import PaperForm, lines_of
from terminal.visits.port import TicketView, VisitState
from terminal.visits.questions import Paid, Questions

_P = LocalProblem

Members = Mapping[str, object]


class Acts:
    """All lanes'; lives in the daemon's loop."""

    def __init__(
        self,
        desk: Desk,
        kiosks: Mapping[str, Kiosk],
        book: VisitBook,
        bounds: VisitBounds,
        questions: Questions,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._desk, self._kiosks, self._book = desk, kiosks, book
        self._bounds, self._questions, self._monotonic_ms = bounds, questions, monotonic_ms
        self._entries = VisitEntries(desk)
        self.numbers, self.is_counted = TicketNumbers(), False
        self._locks: dict[str, asyncio.Lock] = {}  # by visit: what is asked twice at once waits

    def open(self, lane: str, name: str) -> OpenVisit:
        """Return an open visit.

        Raises:
            RequestRefused: VISIT_UNKNOWN: it has ended, or never was.
        """
        visit = self._book.get(lane, name)
        if visit is None:
            raise RequestRefused(_P.VISIT_UNKNOWN)
        return visit

    def touched(self, lane: str, name: str) -> OpenVisit:
        """Return an open visit that somebody is at now.

        Raises:
            RequestRefused: as `open`.
        """
        return self._book.touch(self.open(lane, name), self._monotonic_ms())

    def forget(self, visit: OpenVisit) -> None:
        """Let go of what was kept for a visit."""
        self._locks.pop(visit.id, None)

    async def ticket(self, lane: str, name: str) -> Members:
        """Return the members of the visit's ticket, which is given now or was."""
        async with self._lock(lane, name):
            visit = self._ready(lane, name)
            ticket = visit.done.ticket or await self._new_ticket(visit)
        return ticket_members(ticket)

    async def rate(self, lane: str, name: str, score: int, text: str) -> Members:
        """Return what is told of a rating, which is taken now or was."""
        async with self._lock(lane, name):
            visit = self.touched(lane, name)
            if visit.done.rating is not None:
                return visit.done.rating
            sealed = self._entries.sealed(text=text)
            await self._write(visit, RatingRecord(visit=visit.record, score=score, sealed=sealed))
            told = {"score": score}
            self._note(visit, rating=told)
        return told

    async def appeal(
        self, lane: str, name: str, urgency: Urgency, text: str, contact: str
    ) -> Members:
        """Return the number of an appeal, which is taken now or was."""
        async with self._lock(lane, name):
            visit = self.touched(lane, name)
            if visit.done.appeal is not None:
                return visit.done.appeal
            words = {"text": text, "contact": contact} if contact else {"text": text}
            sealed = self._entries.sealed_always(words)
            record = AppealRecord(visit=visit.record, urgency=urgency, sealed=sealed)
            written = await self._write(visit, record)
            number = f"{written.place.epoch}-{written.place.seq}"
            paper = self._form(visit).appeal(number, urgency, written.at)
            is_printed = self._print(visit, paper)
            told: Members = {
                "number": number,
                "urgency": urgency.value,
                "printed": is_printed,
                "receipt": {"lines": list(lines_of(paper))},
            }
            self._note(visit, appeal=told, paper=paper)
        return told

    async def checklist(
        self, lane: str, name: str, checklist: str, answers: Sequence[tuple[str, str]]
    ) -> Members:
        """Return what to bring, by the pack that the visit was chosen from."""
        async with self._lock(lane, name):
            visit = self.touched(lane, name)
            found = visit.held.pack.checklist(checklist)
            if found is None:
                raise RequestRefused(_P.MALFORMED, "checklist: there is none of that name")
            try:
                items = things_to_bring(found, answers)
            except AnswersMalformed as error:
                raise RequestRefused(_P.MALFORMED, f"answers: {error}") from error
            self._require_query(visit)
            record = QueryRecord(
                visit=visit.record,
                asked=Asked.CHECKLIST,
                about=checklist,
                count=len(items),
                is_answered=True,
            )
            await self._write(visit, record)
            self._note(visit, queries=visit.done.queries + 1)
        return {"items": [{"id": item, **item_members(found.items[item])} for item in items]}

    async def subsidies(self, lane: str, name: str) -> Members:
        """Return what was paid to who showed his card; an answer is told again, and not asked."""
        async with self._lock(lane, name):
            visit = self._ready(lane, name)
            if visit.done.subsidies is not None:
                return visit.done.subsidies
            self._require_query(visit)
            paid = await self._paid(visit)
            record = QueryRecord(
                visit=visit.record,
                asked=Asked.SUBSIDIES,
                about="",
                count=0 if paid is None else len(paid),
                is_answered=paid is not None,
            )
            await self._write(visit, record)
            told = _subsidy_members(paid)
            self._note(
                visit,
                queries=visit.done.queries + 1,
                subsidies=None if paid is None else told,
            )
        return told

    def reprint(self, lane: str, name: str) -> Members:
        """Return whether the last paper of a visit comes out once more."""
        visit = self.touched(lane, name)
        paper, prints = visit.done.paper, visit.done.prints
        if paper is None:
            raise RequestRefused(_P.NO_TICKET_HERE, "nothing of this visit is for paper")
        if prints >= PRINTS_MAX:
            raise RequestRefused(_P.TOO_FAST, f"a visit's paper is printed {PRINTS_MAX} times more")
        self._note(visit, prints=prints + 1)
        return {"printed": self._print(visit, self._form(visit).copy_of(paper))}

    def _lock(self, lane: str, name: str) -> asyncio.Lock:
        visit = self.touched(lane, name)
        return self._locks.setdefault(visit.id, asyncio.Lock())

    def _ready(self, lane: str, name: str) -> OpenVisit:
        visit = self.touched(lane, name)
        if visit.state is not VisitState.READY:
            raise RequestRefused(_P.VISIT_NOT_READY)
        return visit

    def _require_query(self, visit: OpenVisit) -> None:
        if visit.done.queries >= QUERIES_MAX:
            raise RequestRefused(_P.TOO_FAST, f"a visit asks {QUERIES_MAX} things at most")

    async def _new_ticket(self, visit: OpenVisit) -> TicketView:
        queue = _queue_of(visit)
        if not self.is_counted:
            raise RequestRefused(_P.TOO_MANY, "the day's tickets are being counted")
        kiosk, at_lane = self._kiosks[visit.lane], visit.lane
        self._bounds.write(at_lane, self._monotonic_ms() / 1_000)
        day = self._entries.today(visit.held.pack.utc_offset_min)
        label = queue.prefix + kiosk.series
        try:
            number = self.numbers.next(label, day)
        except NumbersUsedUp as error:
            raise RequestRefused(_P.NO_TICKET_HERE, str(error)) from error
        record = TicketRecord(
            visit=visit.record, queue=queue.id, label=label, number=number, day=day
        )
        written = await self._entries.write(at_lane, record)
        return self._given(visit, record, queue, written)

    def _given(
        self, visit: OpenVisit, record: TicketRecord, queue: Queue, written: Written
    ) -> TicketView:
        service = None if visit.service is None else visit.service.name
        paper = self._form(visit).ticket(record.text, queue.name, service, written.at)
        ticket = TicketView(
            number=record.text,
            queue=queue.name,
            at=written.at,
            printed=self._print(visit, paper),
            lines=lines_of(paper),
        )
        self._note(visit, ticket=ticket, paper=paper)
        return ticket

    async def _write(self, visit: OpenVisit, record: VisitRecord) -> Written:
        self._bounds.write(visit.lane, self._monotonic_ms() / 1_000)
        return await self._entries.write(visit.lane, record)

    async def _paid(self, visit: OpenVisit) -> Paid | None:
        """Return what the centre says; None: it can't be asked, or not in time."""
        who, trust = visit.identified, self._desk.trust
        if who is None or trust is None or visit.service is None or not visit.service.subsidies:
            raise RequestRefused(_P.VISIT_NOT_READY, "the service does not ask for subsidies")
        now = self._desk.timekeeper.read().now
        query = SubsidyQuery(
            key=f"{visit.id}-q{visit.done.queries}",
            at=now,
            lane=visit.lane,
            sector=who.sector,
            pseudonym=who.pseudonym,
        )
        asked = self._questions.ask(query, keys=trust.trusted.keys, now=now)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(asked), ANSWER_MS_MAX / 1_000)
        except TimeoutError:
            return None

    def _note(self, visit: OpenVisit, **done: object) -> None:
        """Keep what was done, unless the visit has ended meanwhile."""
        now = self._book.get(visit.lane, visit.id)
        if now is not None:
            noted: Done = replace(now.done, **done)  # type: ignore[arg-type]  # names of its fields
            self._book.put(replace(now, done=noted))

    def _form(self, visit: OpenVisit) -> PaperForm:
        kiosk = self._kiosks[visit.lane]
        return PaperForm(
            terminal=self._desk.identity.terminal,
            lane=visit.lane,
            header=kiosk.header,
            languages=kiosk.languages,
            utc_offset_min=visit.held.pack.utc_offset_min,
        )

    def _print(self, visit: OpenVisit, paper: Receipt) -> bool:
        may = self._bounds.may_print(visit.lane, self._monotonic_ms() / 1_000)
        return may and self._kiosks[visit.lane].lane.print_paper(paper)


def ticket_members(ticket: TicketView) -> Members:
    """Return a ticket as JSON has it."""
    return {
        "number": ticket.number,
        "queue": both(ticket.queue),
        "ahead": ticket.ahead,
        "at": ticket.at,
        "printed": ticket.printed,
        "receipt": {"lines": list(ticket.lines)},
    }


def _queue_of(visit: OpenVisit) -> Queue:
    queue = None if visit.service is None else visit.held.pack.queue(visit.service.queue)
    if queue is None:
        raise RequestRefused(_P.NO_TICKET_HERE)
    return queue


def _subsidy_members(paid: Paid | None) -> Members:
    if paid is None:
        return {"state": "offline"}
    return {
        "state": "answered",
        "paid": [each.members() for each in paid],
        "total_minor": total_of(paid),
    }
