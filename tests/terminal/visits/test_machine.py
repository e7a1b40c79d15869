import pytest

from terminal.visits.held import read_held
from terminal.visits.machine import TRANSITIONS, Happening, OpenVisit, VisitBook
from terminal.visits.port import VisitState
from tests.support.hall import PACK

HELD = read_held(PACK, "hall")
IDLE_MS = 60_000


def visit(name: str = "a", state: VisitState = VisitState.SCAN) -> OpenVisit:
    return OpenVisit(
        id=name * 32,
        lane="kiosk-1",
        held=HELD,
        service=HELD.pack.services[0],
        language="zh",
        state=state,
        ends_ms=0,
    )


@pytest.fixture
def book() -> VisitBook:
    return VisitBook({"kiosk-1": IDLE_MS})


def test_one_visit_is_open_at_a_lane(book: VisitBook) -> None:
    book.begin(visit("a"), 0)
    with pytest.raises(ValueError, match="open"):
        book.begin(visit("b"), 0)
    assert book.get("kiosk-1", "b" * 32) is None
    assert book.get("kiosk-2", "a" * 32) is None


def test_visit_is_over_when_nobody_touched_it_for_so_long(book: VisitBook) -> None:
    held = book.begin(visit(), 0)
    assert book.over(IDLE_MS - 1) == ()
    assert book.over(IDLE_MS) == (held,)
    book.touch(held, IDLE_MS - 1)
    assert book.over(2 * IDLE_MS - 2) == ()


def test_visit_that_ended_tells_nothing_of_what_it_was(book: VisitBook) -> None:
    ended = book.end(book.begin(visit(), 0))
    assert (ended.state, ended.service, ended.done.ticket) == (VisitState.ENDED, None, None)
    assert book.at("kiosk-1") is None


def test_each_try_asks_by_a_key_of_its_own() -> None:
    assert visit().scan_key == "a" * 32 + "-0"


@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("happening", Happening)
def test_what_can_not_befall_a_visit_is_our_bug(state: VisitState, happening: Happening) -> None:
    held = visit(state=state)
    if happening in TRANSITIONS[state]:
        assert held.may(happening)
        assert held.after(happening).state is TRANSITIONS[state][happening]
        return
    with pytest.raises(ValueError, match=happening.value):
        held.after(happening)


def test_nothing_leads_out_of_the_end_and_all_leads_there() -> None:
    assert TRANSITIONS[VisitState.ENDED] == {}
    open_states = set(VisitState) - {VisitState.ENDED}
    assert all(TRANSITIONS[state][Happening.OVER] is VisitState.ENDED for state in open_states)
