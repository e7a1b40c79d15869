import pytest

from central.operators.appeals import claim, end, leave, words_of
from central.operators.audit import lines, members_of
from central.operators.cases import CaseTaken
from central.store.visits import APPEALS_EACH_MAX, APPEALS_SHOWN_MAX, Appeal, AppealState
from protocol.keys import new_opening_key
from protocol.sealed import seal_details
from tests.central.peers import START
from tests.central.stores import Held

_PLACE = ("kiosk-1", 1, 1)
_KEY = new_opening_key()
_WORDS = {"text": "the ramp is too steep", "contact": "desk 3"}


@pytest.fixture
def appealed(held: Held) -> Held:
    """A kiosk at which somebody left an appeal."""
    held.enrol("kiosk-1")
    left = {
        "type": "appeal",
        "visit": "a" * 32,
        "pack": "b" * 16,
        "service": "ramps",
        "language": "zh",
        "urgency": "urgent",
        "sealed": seal_details(_WORDS, _KEY.public).members(),
        "verdict": None,
        "pseudonym": "c" * 32,
        "scan": {"epoch": 1, "seq": 1},
    }
    held.bring("kiosk-1", left)
    held.project()
    return held


def _state(held: Held) -> tuple[AppealState, str]:
    found = held.store.visits.appeal(*_PLACE)
    assert found is not None
    return found.state, found.operator


def _told(held: Held) -> list[tuple[object, object]]:
    return [(each["who"], each["what"]) for each in map(members_of, lines(held.store))]


def _left(terminal: str, seq: int, at: int) -> Appeal:
    return Appeal(
        terminal=terminal,
        epoch=1,
        seq=seq,
        lane="lane-1",
        at=at,
        urgency="sudden",
        service="",
        sector="",
        pseudonym="",
    )


def test_appeals_that_fill_one_screen_hide_nobody_elses(held: Held) -> None:
    """Somebody who stands at a kiosk for an hour, or a terminal that was taken over."""
    flood = [_left("kiosk-1", seq, START + seq) for seq in range(1, APPEALS_SHOWN_MAX + 2)]
    own = _left("kiosk-2", 1, START + APPEALS_SHOWN_MAX * 2)
    with held.store.transaction():
        held.store.visits.add_appeals([*flood, own])
    shown = held.store.visits.appeals(AppealState.OPEN)
    assert shown == (*flood[:APPEALS_EACH_MAX], own)
    claim(held.store, ("kiosk-1", 1, 1), "li", START)
    assert held.store.visits.appeals(AppealState.OPEN) == (*flood[1 : APPEALS_EACH_MAX + 1], own)


def test_second_operator_cannot_take_an_appeal(appealed: Held) -> None:
    claim(appealed.store, _PLACE, "li", START)
    for who in ("wang", "li"):
        with pytest.raises(CaseTaken):
            claim(appealed.store, _PLACE, who, START)
    assert _state(appealed) == (AppealState.CLAIMED, "li")


def test_words_are_opened_by_whom_works_on_it_alone_and_audited(appealed: Held) -> None:
    with pytest.raises(CaseTaken):
        words_of(appealed.store, _PLACE, "li", [_KEY], START)
    claim(appealed.store, _PLACE, "li", START)
    with pytest.raises(CaseTaken):
        words_of(appealed.store, _PLACE, "wang", [_KEY], START)
    assert words_of(appealed.store, _PLACE, "li", [_KEY], START) == _WORDS
    assert _told(appealed) == [("li", "appeal.claimed"), ("li", "details.open")]
    assert "steep" not in str([members_of(each) for each in lines(appealed.store)])


def test_words_sealed_to_another_key_stay_closed_and_unaudited(appealed: Held) -> None:
    claim(appealed.store, _PLACE, "li", START)
    with pytest.raises(ValueError, match="which is not here"):
        words_of(appealed.store, _PLACE, "li", [new_opening_key()], START)
    assert _told(appealed) == [("li", "appeal.claimed")]


def test_appeal_of_another_is_neither_ended_nor_left(appealed: Held) -> None:
    claim(appealed.store, _PLACE, "li", START)
    with pytest.raises(CaseTaken):
        end(appealed.store, _PLACE, "wang", state=AppealState.CLOSED, note="x", now=START)
    with pytest.raises(CaseTaken):
        leave(appealed.store, _PLACE, "wang", of="wang", now=START)
    assert _state(appealed) == (AppealState.CLAIMED, "li")


def test_appeal_that_there_is_not_is_taken_by_nobody(appealed: Held) -> None:
    with pytest.raises(CaseTaken):
        claim(appealed.store, ("kiosk-1", 1, 2), "li", START)


def test_appeal_is_claimed_left_claimed_again_and_answered(appealed: Held) -> None:
    claim(appealed.store, _PLACE, "li", START)
    leave(appealed.store, _PLACE, "boss", of="li", now=START)
    claim(appealed.store, _PLACE, "wang", START)
    end(appealed.store, _PLACE, "wang", state=AppealState.ANSWERED, note="called", now=START)
    found = appealed.store.visits.appeal(*_PLACE)
    assert found is not None
    assert (found.state, found.operator, found.note) == (AppealState.ANSWERED, "wang", "called")
    assert [what for _, what in _told(appealed)] == [
        "appeal.claimed",
        "appeal.open",
        "appeal.claimed",
        "appeal.answered",
    ]
