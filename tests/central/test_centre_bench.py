import json
from dataclasses import replace

import pytest

from central.cli import main
from simulator.centre_bench import (
    DRAIN_RATIO_MAX,
    HERD,
    INGEST_RATIO_MIN,
    RAW,
    Figure,
    Load,
    measure_centre,
)
from simulator.ending import NEVER
from simulator.own_postgres import OwnPostgres

_LITTLE = Load(
    terminals=2,
    entries={500: 1_000, 10: 20},
    uploads_each=1,
    served=("PostgreSQL",),  # each takes a second to start
    herd=replace(HERD, terminals=40, rate=10.0),
)


@pytest.mark.slow
def test_bench_measures_both_engines_and_leaves_nothing(postgres: OwnPostgres) -> None:
    """How fast they are is no matter of a test: each stage checks that all has arrived."""
    figures = measure_centre(postgres.url(), rounds=1, load=_LITTLE, ending=NEVER)
    assert [figure.name for figure in figures] == [
        RAW,
        "ingest by 500, PostgreSQL",
        "ingest by 10, PostgreSQL",
        "ingest by 500, SQLite",
        "ingest by 10, SQLite",
        "requests of 10, PostgreSQL",
        "herd of 40 drained",
        "refused for each taken",
    ]
    assert all(figure.median > 0 for figure in figures[:-1])
    budgets = {figure.name: (figure.at_least, figure.at_most) for figure in figures}
    assert budgets["ingest by 500, PostgreSQL"] == (INGEST_RATIO_MIN, None)
    assert budgets["herd of 40 drained"] == (None, DRAIN_RATIO_MAX)
    assert all(json.dumps(figure.members()) for figure in figures)


@pytest.mark.parametrize(
    ("at_least", "at_most", "is_kept"),
    [
        (None, None, True),
        (1.0, None, True),
        (1.01, None, False),
        (None, 1.0, True),
        (None, 0.99, False),
    ],
)
def test_budget_is_kept_on_its_edge_and_not_beyond(
    at_least: float | None, at_most: float | None, *, is_kept: bool
) -> None:
    figure = Figure(
        name="x",
        unit="",
        median=1,
        best=1,
        ratio=1,
        best_ratio=1,
        at_least=at_least,
        at_most=at_most,
    )
    assert figure.is_kept is is_kept
    assert figure.members()["kept"] is is_kept


def test_bench_names_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--rounds", "1", "--database", "postgresql://u:hunter-2@[broken/x"])
    told = capsys.readouterr().err
    assert (ended.value.code, "hunter-2" in told, told.count("\n")) == (2, False, 1)
