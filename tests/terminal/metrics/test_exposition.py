"""The text is Prometheus', and its own tool finds no fault with it."""

import re
from pathlib import Path

from terminal.metrics import names
from terminal.metrics.exposition import exposition
from terminal.metrics.figures import Figures
from terminal.metrics.metric import Family, Kind, Metric, Sample, family, one_hot, single
from tests.support.promtool import Promtool

DOCS = Path(__file__).resolve().parents[3] / "docs"


def everything() -> list[Family]:
    """Return a family of every metric there is."""
    figures, told = Figures(), list[Family]()
    for metric in names.METRICS:
        labels = tuple(f"{label}-1" for label in metric.labels)
        if metric.kind is Kind.HISTOGRAM:
            figures.observe(metric, 0.003, *labels)
        elif metric.kind is Kind.COUNTER:
            figures.count(metric, *labels, by=3)
        else:
            told.append(family(metric, [Sample(labels=labels, value=1)]))
    return [*told, *figures.families(names.METRICS)]


def test_promtool_finds_no_fault_with_any_metric(promtool: Promtool) -> None:
    assert promtool("check", "metrics", given=exposition(everything())) == ""


def test_every_metric_is_there_by_its_name() -> None:
    text = exposition(everything()).decode()
    found = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert {metric.name for metric in names.METRICS} <= found


def test_buckets_add_up_to_their_count() -> None:
    figures = Figures()
    for seconds in (0.0001, 0.003, 99.0):
        figures.observe(names.COMMIT, seconds)
    text = exposition(figures.families([names.COMMIT]), with_process=False).decode()
    assert 'journal_commit_seconds_bucket{le="0.0005"} 1.0' in text
    assert 'journal_commit_seconds_bucket{le="0.005"} 2.0' in text
    assert 'journal_commit_seconds_bucket{le="5"} 2.0' in text
    assert 'journal_commit_seconds_bucket{le="+Inf"} 3.0' in text
    assert "journal_commit_seconds_count 3.0" in text


def test_state_is_one_of_all_there_are() -> None:
    metric = names.CLOCK_STATE
    samples = one_hot(metric, (), ("alone", "jumped"), "jumped")
    text = exposition([family(metric, samples)], with_process=False).decode()
    assert 'clock_state{state="alone"} 0.0' in text
    assert 'clock_state{state="jumped"} 1.0' in text


def test_text_that_could_break_a_line_is_escaped() -> None:
    odd = family(names.LOCAL_LISTENERS, [Sample(labels=('a"\n\\',), value=1)])
    text = exposition([odd], with_process=False).decode()
    assert 'listener="a\\"\\n\\\\"' in text
    assert len(text.splitlines()) == 3


def test_without_the_process_the_same_state_is_the_same_text() -> None:
    state = [single(names.VALUE_STOP, 0)]
    assert exposition(state, with_process=False) == exposition(state, with_process=False)
    assert b"process_open_fds" in exposition(state)


def row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    mark = " ~" if metric.is_volatile else ""
    return f"| `{metric.name}`{mark} | {metric.kind.value} | {labels} | {metric.help} |"


def test_page_has_every_metric_as_the_program_tells_it() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8").splitlines()
    told = [line for line in page if line.startswith("| `scan_terminal_")]
    assert told == [row(metric) for metric in names.METRICS]
