from protocol.journal import Draft, line_of
from protocol.use import NoteKind, NoteRecord
from terminal.lanes.emergency import Emergency, Source, left_open
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
    emergency.ask(Source.CONTACT, is_open=True)
    emergency.ask(Source.OPERATOR, is_open=True)
    assert emergency.by == "contact and operator"
    emergency.ask(Source.OPERATOR, is_open=False)
    assert emergency.is_on
    emergency.ask(Source.CONTACT, is_open=False)
    assert not emergency.is_on
    assert emergency.by == ""


def test_asking_twice_is_taken_back_at_once() -> None:
    emergency = Emergency()
    for _ in range(2):
        emergency.ask(Source.OPERATOR, is_open=True)
    emergency.ask(Source.OPERATOR, is_open=False)
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
