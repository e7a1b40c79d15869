import csv
import io
from collections.abc import Iterator
from contextlib import closing

import pytest

from central.reports import REPORTS
from central.site import Site
from tests.central.cli_runs import Run
from tests.central.stores import Held


@pytest.fixture
def own(site: Site) -> Iterator[Held]:
    with closing(site.open_store()) as store:
        held = Held(store)
        held.enrol("gate-1")
        yield held


def test_report_takes_in_what_no_service_has_taken_in(run: Run, own: Held) -> None:
    own.bring("gate-1", {}, {"verdict": "deny", "reason": "R.REV"})
    assert run("report", "refusals", "--json").objects == [{"reason": "R.REV", "count": 1}]
    assert run("report", "--json").objects[-1]["entries"] == 2
    assert run("report", "--rebuild", "--json").objects[-1]["entries"] == 2


def test_every_report_answers_in_every_form(run: Run) -> None:
    for name in REPORTS:
        for words in ((), ("--json",), ("--csv",)):
            outcome = run("report", name, *words, "--since", "2020-01-01T00:00:00Z")
            assert (outcome.code, outcome.err) == (0, "")


def test_sheet_has_a_head_and_no_formulas(run: Run, own: Held) -> None:
    wide = "\uff1dcmd()"
    own.bring("gate-1", {"lane": "=cmd()"}, {"lane": "-1", "reason": 'a "b", c'}, {"lane": wide})
    rows = list(csv.DictReader(io.StringIO(run("report", "passages", "--csv").out)))
    assert [row["lane"] for row in rows] == ["'-1", "'=cmd()", f"'{wide}"]
    assert [row["granted"] for row in rows] == ["1"] * 3


def test_period_is_taken_from_the_words(run: Run, own: Held) -> None:
    own.bring("gate-1", {})
    at_eight = "2027-01-15T08:00:00Z"
    assert len(run("report", "passages", "--json", "--since", at_eight).objects) == 1
    assert run("report", "passages", "--json", "--until", at_eight).objects == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "choose from passages, refusals"),
        (["--csv"], "by name"),
        (["passages", "--csv", "--json"], "--json"),
        (["passages", "--since", "yesterday"], "--since"),
    ],
)
def test_mistake_is_one_clear_line(run: Run, words: list[str], said: str) -> None:
    outcome = run("report", *words)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert said in outcome.err
