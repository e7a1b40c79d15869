import pytest

from protocol.journal import Draft, line_of
from protocol.use import NoteKind, NoteRecord
from terminal.lanes.emergency import CONTACT_LINGERS_MS, Emergency, Source, left_open
from tests.support.cards import NOW
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds

BEGAN, ENDED = NoteKind.EMERGENCY_BEGAN, NoteKind.EMERGENCY_ENDED


def noted(lane: str, what: NoteKind, seq: int = 1) -> bytes:
    record = NoteRecord(what=what, count=1)
    clock = ClockQuality.TRUSTED
    draft = Draft(at=UnixSeconds(NOW), clock=clock, lane=lane, record=record)
    return line_of(draft, epoch=1, seq=seq)


def test_it_lasts_as_long_as_anybody_asks() -> None:
    emergency = Emergency()
    assert not emergency.is_on
    emergency.begin(Source.CONTACT)
    emergency.begin(Source.OPERATOR)
    assert emergency.by == "contact and operator"
    emergency.end(Source.OPERATOR, 0)
    assert emergency.by == "contact"
    emergency.lose_contact()
    assert not emergency.is_on
    assert emergency.by == ""


def test_asking_twice_is_taken_back_at_once() -> None:
    emergency = Emergency()
    for _ in range(2):
        emergency.begin(Source.OPERATOR)
    emergency.end(Source.OPERATOR, 0)
    assert not emergency.is_on


@pytest.mark.parametrize(
    ("later_ms", "is_on"), [(CONTACT_LINGERS_MS - 1, True), (CONTACT_LINGERS_MS, False)]
)
def test_a_contact_must_be_quiet_for_a_while(later_ms: int, *, is_on: bool) -> None:
    emergency = Emergency()
    emergency.begin(Source.CONTACT)
    emergency.tick(10**9)
    emergency.end(Source.CONTACT, 1_000)
    emergency.tick(1_000 + later_ms)
    assert emergency.is_on is is_on


def test_a_contact_with_a_loose_cable_is_one_emergency() -> None:
    emergency = Emergency()
    for now_ms in range(0, 60_000, 30):
        emergency.begin(Source.CONTACT)
        emergency.end(Source.CONTACT, now_ms)
        emergency.tick(now_ms + 30)
        assert emergency.is_on
    emergency.tick(60_000 + CONTACT_LINGERS_MS)
    assert not emergency.is_on


def test_a_contact_that_never_asked_begins_nothing_by_its_end() -> None:
    emergency = Emergency()
    emergency.end(Source.CONTACT, 0)
    assert not emergency.is_on


def test_a_lane_without_an_end_in_the_journal_was_left_open() -> None:
    lines = [
        noted("gate-1", BEGAN),
        noted("gate-2", BEGAN),
        noted("gate-1", ENDED),
        noted("gate-3", NoteKind.FORCED),
        b"no line of ours",
    ]
    assert left_open(lines) == {"gate-2"}
    assert left_open([*lines, noted("gate-1", BEGAN)]) == {"gate-1", "gate-2"}
    assert left_open([]) == frozenset()
