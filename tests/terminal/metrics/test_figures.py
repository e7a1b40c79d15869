import threading

import pytest

from terminal.metrics import names
from terminal.metrics.figures import CELLS_MAX, Figures
from terminal.metrics.metric import Sample, Spread


def told(figures: Figures, metric: object) -> dict[tuple[str, ...], float | Spread]:
    families = figures.families([metric])  # type: ignore[list-item]  # one of names'
    return {each.labels: each.value for family in families for each in family.samples}


def test_what_is_counted_adds_up_by_its_labels() -> None:
    figures = Figures()
    figures.count(names.UNPROVEN, "gate-1", "D.FORM")
    figures.count(names.UNPROVEN, "gate-1", "D.FORM", by=2)
    figures.count(names.UNPROVEN, "gate-2", "D.FORM")
    assert told(figures, names.UNPROVEN) == {("gate-1", "D.FORM"): 3, ("gate-2", "D.FORM"): 1}


def test_counter_without_labels_begins_at_nothing_and_one_with_labels_is_not_there() -> None:
    figures = Figures()
    assert told(figures, names.LOG_LOST) == {(): 0}
    assert figures.families([names.UNPROVEN]) == []


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0005, 0), (0.00051, 1), (5.0, 11), (5.01, 12), (-1.0, 0)]
)
def test_duration_counts_in_the_bucket_whose_end_it_does_not_pass(
    seconds: float, bucket: int
) -> None:
    figures = Figures()
    figures.observe(names.COMMIT, seconds)
    (spread,) = told(figures, names.COMMIT).values()
    assert isinstance(spread, Spread)
    assert [place for place, count in enumerate(spread.counts) if count] == [bucket]
    assert spread.sum_s == max(0.0, seconds)


def test_names_without_end_are_counted_together() -> None:
    figures = Figures()
    for number in range(CELLS_MAX + 3):
        figures.count(names.PASSAGES, "gate-1", str(number))
    held = told(figures, names.PASSAGES)
    assert len(held) == CELLS_MAX + 1
    assert held["other", "other"] == 3
    figures.count(names.PASSAGES, "gate-1", "0")
    assert told(figures, names.PASSAGES)["gate-1", "0"] == 2


def test_nothing_is_lost_between_threads() -> None:
    figures = Figures()

    def add() -> None:
        for _ in range(2_000):
            figures.count(names.LOG_LOST)
            figures.observe(names.COMMIT, 0.001)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert told(figures, names.LOG_LOST) == {(): 8_000}
    (spread,) = told(figures, names.COMMIT).values()
    assert isinstance(spread, Spread)
    assert sum(spread.counts) == 8_000


def test_metric_is_used_as_what_it_is() -> None:
    figures = Figures()
    with pytest.raises(ValueError, match="is a histogram"):
        figures.count(names.COMMIT)
    with pytest.raises(ValueError, match="with the labels"):
        figures.count(names.UNPROVEN, "gate-1")
    assert Sample(value=1.0).labels == ()
