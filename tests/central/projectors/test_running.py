from collections import Counter
from collections.abc import Sequence

import pytest

from central.projectors.entry import Entry
from central.projectors.outlet import OutletProjector
from central.projectors.running import ENTRIES_MAX, MARGIN_S, Projection
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds


class Seen:
    """A read model that keeps the places that it was given."""

    name = "seen"

    def __init__(self) -> None:
        self.places: list[tuple[str, int, int]] = []

    def take(self, entries: Sequence[Entry]) -> None:
        self.places += [(entry.terminal, entry.epoch, entry.seq) for entry in entries]

    def clear(self) -> None:
        self.places.clear()


class Failing(Seen):
    """One that fails at some entry, until it is mended."""

    at: int | None = 3

    def take(self, entries: Sequence[Entry]) -> None:
        if any(entry.seq == self.at for entry in entries):
            raise OSError
        super().take(entries)


def _places(terminal: str, epoch: int, last: int) -> list[tuple[str, int, int]]:
    return [(terminal, epoch, seq) for seq in range(1, last + 1)]


@pytest.mark.slow
def test_every_entry_is_taken_once_and_in_order(held: Held) -> None:
    seen = Seen()
    projection = Projection(held.store, seen)
    for terminal in ("b", "a"):
        held.enrol(terminal)
        held.bring(terminal, {}, {})
    projection.round(START)
    assert seen.places == _places("a", 1, 2) + _places("b", 1, 2)
    held.bring("b", {}, {})
    projection.round(START)
    projection.round(START)
    assert seen.places[4:] == [("b", 1, 3), ("b", 1, 4)]


@pytest.mark.slow
def test_step_takes_no_more_than_a_page_and_the_next_goes_on(held: Held) -> None:
    seen = Seen()
    projection = Projection(held.store, seen)
    for terminal in ("a", "b"):
        held.enrol(terminal)
        held.bring(terminal, *[{}] * (ENTRIES_MAX - 10))
    assert projection.step(START)
    assert len(seen.places) == ENTRIES_MAX
    while projection.step(START):
        pass
    assert seen.places == _places("a", 1, ENTRIES_MAX - 10) + _places("b", 1, ENTRIES_MAX - 10)


@pytest.mark.slow
def test_epoch_that_ended_gives_its_rest_also_when_that_comes_late(held: Held) -> None:
    seen = Seen()
    projection = Projection(held.store, seen)
    held.enrol("a")
    held.bring("a", {})
    before = held.held("a")
    held.enrol("a")
    held.bring("a", {})
    projection.round(START)
    assert seen.places == [("a", 1, 1), ("a", 2, 1)]
    held.now = UnixSeconds(START + 5)
    with held.store.transaction():  # as quarantine adds to it
        held.store.journals.append(
            before, [(2, b'{"at":1,"lane":"x","type":"passage","clock":"trusted"}', b"c" * 32)]
        )
    while projection.step(held.now):
        pass
    assert seen.places[2:] == [("a", 1, 2)]


@pytest.mark.slow
def test_terminal_that_was_silent_is_looked_at_again_when_it_speaks(held: Held) -> None:
    """The look may be earlier than what an upload under way will have brought by its end."""
    seen = Seen()
    projection = Projection(held.store, seen)
    held.enrol("a")
    held.bring("a", {})
    later = UnixSeconds(START + 10 * MARGIN_S)
    projection.round(later)  # notes that nothing is left
    assert not projection.step(later)
    held.now = UnixSeconds(later - MARGIN_S)
    held.bring("a", {})
    assert projection.step(later)
    assert seen.places == _places("a", 1, 2)


@pytest.mark.slow
def test_what_fails_moves_nothing_and_comes_again(held: Held) -> None:
    failing = Failing()
    projection = Projection(held.store, failing)
    held.enrol("a")
    held.bring("a", {}, {}, {})
    with pytest.raises(OSError):  # noqa: PT011  # our own
        projection.round(START)
    failing.at = None
    projection.round(START)
    assert failing.places == _places("a", 1, 3)


@pytest.mark.slow
def test_two_that_project_at_once_count_nothing_twice(held: Held) -> None:
    seen = Seen()
    one, other = Projection(held.store, seen), Projection(held.store, seen)
    held.enrol("a")
    held.bring("a", *[{}] * (ENTRIES_MAX + 5))
    one.step(START)
    other.round(START)
    one.round(START)
    assert Counter(seen.places).most_common(1)[0][1] == 1
    assert len(seen.places) == ENTRIES_MAX + 5


@pytest.mark.slow
def test_rebuild_makes_the_same_again(held: Held) -> None:
    seen = Seen()
    projection = Projection(held.store, seen)
    held.enrol("a")
    held.bring("a", {}, {}, {})
    projection.round(START)
    before = list(seen.places)
    projection.rebuild(START)
    assert seen.places == before


def test_rebuild_that_was_cut_off_is_ended_by_the_next_whole_round_of_anybody(held: Held) -> None:
    seen = Seen()
    serving = Projection(held.store, seen)
    for terminal in ("a", "b"):
        held.enrol(terminal)
        held.bring(terminal, {})
    serving.round(START)
    held.bring("a", {})
    assert serving.step(START)  # its round is under way
    Projection(held.store, seen).begin_anew(START)
    held.store.projections.note(seen.name, ["a", "b"], UnixSeconds(START + 2 * MARGIN_S))
    while serving.step(START):
        pass
    assert held.store.projections.is_made_anew(seen.name), "it had passed them before"
    while serving.step(START):
        pass
    assert not held.store.projections.is_made_anew(seen.name)
    assert seen.places == _places("a", 1, 2) + _places("b", 1, 1)


def test_outlet_is_not_made_anew(held: Held) -> None:
    projection = Projection(held.store, OutletProjector(held.store.outlet))
    with pytest.raises(ValueError, match="not made anew"):
        projection.rebuild(START)
