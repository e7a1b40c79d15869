"""Read models of visits, on each engine: counted once, whatever terminals say, and made again."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from central.store.visits import AppealState
from protocol.journal import Draft, compact, line_of
from protocol.keys import new_opening_key
from protocol.sealed import seal_details
from protocol.use import Place
from protocol.visit import (
    AppealRecord,
    Asked,
    Identified,
    QueryRecord,
    RatingRecord,
    TicketRecord,
    Urgency,
    Visit,
    VisitRecord,
)
from tests.central.peers import START
from tests.central.stores import Held
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds

VISIT = Visit(
    visit="ab" * 16,
    pack="cd" * 8,
    service="newborn",
    language="zh",
    identified=Identified(sector="sector-1", pseudonym="0" * 32, scan=Place(epoch=1, seq=1)),
)
NOBODY = replace(VISIT, identified=None, service="")
TICKET = TicketRecord(visit=VISIT, queue="social", label="A", number=17, day="2026-11-22")
SEALED = seal_details({"text": "x"}, new_opening_key().public)
HOURS = range(START // 3_600, START // 3_600 + 1)
DAYS = range(START // 86_400, START // 86_400 + 1)


def brought(held: Held, *records: VisitRecord, **changes: object) -> None:
    """Bring entries of a visit; `changes` are members that a terminal says otherwise."""
    lines = list[bytes]()
    for seq, record in enumerate(records, held.held("hall-1").acked + 1):
        draft = Draft(
            at=UnixSeconds(START), clock=ClockQuality.TRUSTED, lane="kiosk-1", record=record
        )
        lines.append(compact(json.loads(line_of(draft, epoch=1, seq=seq)) | changes))
    held.bring_lines("hall-1", lines)


def appeal(urgency: Urgency) -> AppealRecord:
    return AppealRecord(visit=NOBODY, urgency=urgency, sealed=SEALED)


@pytest.fixture
def hall(held: Held) -> Held:
    held.enrol("hall-1")
    return held


def told(held: Held) -> Mapping[str, int]:
    return {kind: count for _, kind, count in held.store.visits.hours(HOURS)}


def test_visits_are_counted_once_and_again_when_made_anew(hall: Held) -> None:
    checklist = QueryRecord(
        visit=NOBODY, asked=Asked.CHECKLIST, about="newborn", count=3, is_answered=True
    )
    offline = QueryRecord(visit=VISIT, asked=Asked.SUBSIDIES, about="", count=0, is_answered=False)
    records = [TICKET, replace(TICKET, number=18), checklist, offline]
    brought(hall, *records)
    for _ in range(2):
        hall.project()
        assert told(hall) == {"ticket": 2, "checklist": 1, "offline": 1}
    assert hall.store.visits.services(HOURS, "ticket") == (("newborn", 2),)
    hall.begin_anew()
    hall.project()
    assert told(hall) == {"ticket": 2, "checklist": 1, "offline": 1}


def test_ratings_are_a_mean_by_lane_day_and_service(hall: Held) -> None:
    scores = [RatingRecord(visit=VISIT, score=score) for score in (5, 5, 2)]
    brought(hall, *scores, RatingRecord(visit=NOBODY, score=1))
    hall.project()
    rated = {each.service: (each.count, each.mean) for each in hall.store.visits.ratings(DAYS)}
    assert rated == {"newborn": (3, 4.0), "": (1, 1.0)}


def test_appeals_stand_by_urgency_and_move_on_by_what_people_do(hall: Held) -> None:
    urgencies = [Urgency.ORDINARY, Urgency.SUDDEN, Urgency.URGENT]
    brought(hall, *map(appeal, urgencies))
    hall.project()
    visits = hall.store.visits
    assert [each.urgency for each in visits.appeals(AppealState.OPEN)] == [
        "sudden", "urgent", "ordinary",
    ]  # fmt: skip
    first = visits.appeals(AppealState.OPEN)[0]
    assert (first.terminal, first.number) == ("hall-1", "1-2")
    with hall.store.transaction():
        visits.work_on(first, AppealState.ANSWERED, operator="li", note="called", now=START)
    hall.begin_anew()
    hall.project()
    (answered,) = visits.appeals(AppealState.ANSWERED)
    assert (answered.seq, answered.operator, answered.note) == (2, "li", "called")
    assert len(visits.appeals(AppealState.OPEN)) == 2
    assert visits.appeal("hall-1", 1, 9) is None


@pytest.mark.parametrize("changes", [{"number": 0}, {"visit": []}, {"language": "\0"}])
def test_entry_out_of_form_is_held_and_counted_as_nothing(
    hall: Held, changes: dict[str, object]
) -> None:
    brought(hall, TICKET, **changes)
    hall.project()
    assert told(hall) == {}
