import json
from dataclasses import replace
from typing import Any

import pytest

from protocol.journal import LINE_BYTES_MAX, Draft, line_of, read_line
from protocol.sealed import TEXT_BYTES_MAX, Sealed
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
    read_visit_record,
)
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds

WHO = Identified(sector="s" * 64, pseudonym="0" * 32, scan=Place(epoch=(1 << 63) - 1, seq=1 << 62))
VISIT = Visit(visit="ab" * 16, pack="cd" * 8, service="s" * 32, language="zh", identified=WHO)
BOX = Sealed(kid=bytes(8), box=bytes(TEXT_BYTES_MAX + 48))
TICKET = TicketRecord(visit=VISIT, queue="social", label="A1", number=17, day="2026-11-22")
RECORDS: tuple[VisitRecord, ...] = (
    TICKET,
    RatingRecord(visit=VISIT, score=5),
    QueryRecord(visit=VISIT, asked=Asked.CHECKLIST, about="newborn", count=3, is_answered=True),
    QueryRecord(visit=VISIT, asked=Asked.SUBSIDIES, about="", count=0, is_answered=False),
    RatingRecord(visit=replace(VISIT, identified=None, service=""), score=1),
)


def line(record: VisitRecord) -> bytes:
    draft = Draft(
        at=UnixSeconds(1_800_000_000), clock=ClockQuality.TRUSTED, lane="k" * 16, record=record
    )
    return line_of(draft, epoch=(1 << 63) - 1, seq=(1 << 63) - 1)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.entry_type.value)
def test_record_is_read_as_it_was_written(record: VisitRecord) -> None:
    read = read_line(line(record))
    assert read.entry_type is record.entry_type
    assert read_visit_record(read.fields) == record


def test_longest_appeal_is_a_line_that_the_centre_takes() -> None:
    appeal = AppealRecord(visit=VISIT, urgency=Urgency.SUDDEN, sealed=BOX)
    assert len(line(appeal)) < LINE_BYTES_MAX
    read = read_visit_record(read_line(line(appeal)).fields)
    assert isinstance(read, AppealRecord)
    assert read.urgency is Urgency.SUDDEN


def test_ticket_is_called_by_label_and_number() -> None:
    assert TICKET.text == "A1017"
    assert replace(TICKET, label="B", number=1_234).text == "B1234"


def test_entry_without_a_visit_is_none() -> None:
    assert read_visit_record({"type": "query", "verdict": "grant"}) is None
    assert read_visit_record({"type": "passage", "visit": "ab" * 16}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visit", "AB" * 16),
        ("visit", 7),
        ("pack", "cd"),
        ("language", "fr"),
        ("service", ""),
        ("pseudonym", "no"),
        ("scan", {"epoch": 1}),
        ("queue", "Social"),
        ("label", "a"),
        ("number", 0),
        ("number", 10_000),
        ("number", True),
        ("day", "22.11.2026"),
    ],
)
def test_member_out_of_form_is_refused(name: str, value: Any) -> None:
    fields = json.loads(line(TICKET)) | {name: value}
    with pytest.raises(ValueError, match=r"\w"):
        read_visit_record(fields)


@pytest.mark.parametrize("score", [0, 6, True, 3.0])
def test_score_is_one_to_five(score: object) -> None:
    fields = json.loads(line(RatingRecord(visit=VISIT, score=1))) | {"score": score}
    with pytest.raises(ValueError, match="score"):
        read_visit_record(fields)
