"""What a lane counts and measures while it serves; it names nobody."""

import pytest

from drivers.base import Contact
from terminal.desk import Desk
from terminal.lanes.lane import Lane
from terminal.metrics import names
from terminal.metrics.metric import Metric, Spread
from tests.support.cards import holder_part, text
from tests.support.street import Street, play, settled

CODE = text(holder_part())


@pytest.fixture
def street() -> Street:
    return Street()


def told(desk: Desk, metric: Metric) -> dict[tuple[str, ...], float]:
    """Return counts, of a histogram how often it saw something."""
    return {
        sample.labels: sum(sample.value.counts)
        if isinstance(sample.value, Spread)
        else sample.value
        for family in desk.figures.families([metric])
        for sample in family.samples
    }


def test_presentations_are_counted_by_how_they_end_and_timed_on_their_way(
    desk: Desk, street: Street
) -> None:
    async def story(_: Lane) -> None:
        street.scan(CODE)
        await settled(lambda: len(street.program.answers) == 1)
        street.scan(b"junk")
        await settled(lambda: len(street.program.answers) == 2)

    play(desk, street, story)
    assert told(desk, names.DECISIONS) == {
        ("gate-1", "grant", "none"): 1,
        ("gate-1", "deny", "D.UNK"): 1,
    }
    assert told(desk, names.UNPROVEN) == {("gate-1", "D.UNK"): 1}
    for metric in (names.DECODE, names.DECIDE, names.ANSWER):
        assert told(desk, metric) == {("gate-1",): 2}, metric.name
    assert told(desk, names.COMMIT) == {(): 1}


def test_whoever_goes_through_without_a_grant_is_counted(desk: Desk, street: Street) -> None:
    async def story(_: Lane) -> None:
        street.touch(Contact.PASSAGE)
        await settled(lambda: told(desk, names.PASSAGES) == {("gate-1", "forced"): 1})

    play(desk, street, story)


def test_no_label_has_anything_of_a_card(desk: Desk, street: Street) -> None:
    async def story(_: Lane) -> None:
        street.scan(CODE)
        await settled(lambda: len(street.program.answers) == 1)

    play(desk, street, story)
    labels = {label for metric in names.METRICS for at in told(desk, metric) for label in at}
    assert labels == {"gate-1", "grant", "none"}
