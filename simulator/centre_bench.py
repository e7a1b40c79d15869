"""`scan-central bench`: what the centre takes, on both engines, and how a herd is served."""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.table import Table

from central.database.scratch import scratch
from simulator.benched_ingest import Ingest, Plan, opened_ingest
from simulator.benched_requests import Requests, serving
from simulator.ending import Ending, until_signalled
from simulator.herd import Herd, drain
from simulator.own_postgres import own_postgres
from simulator.view import Screen, printing

RAW = "raw COPY"
INGEST_RATIO_MIN = 0.4
DRAIN_RATIO_MAX = 1.2

# Some seconds a round on two cores; in fewer rows the first ones' noise would show.
_ENTRIES = {500: 32_000, 100: 16_000, 10: 1_600}
_UPLOADS_EACH = 20

# A city's fleet scaled down to a fiftieth, rate and all: 2,000 terminals with 3,000 entries each,
# before a centre that needs five minutes for them. Smaller ones end with the two minutes that
# terminals back off, larger ones take longer to simulate and come out the same.
HERD = Herd(terminals=2_000, batches=6, rate=40.0, seed=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How large each part is."""

    terminals: int = 16  # at once; more would only wait
    entries: dict[int, int] = field(default_factory=lambda: dict(_ENTRIES))  # by batch
    uploads_each: int = _UPLOADS_EACH
    served: tuple[str, ...] = ("PostgreSQL", "SQLite")
    herd: Herd = HERD


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured thing."""

    name: str
    unit: str
    median: float
    best: float
    ratio: float | None = None  # to the floor, or to the ideal; medians
    best_ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_kept(self) -> bool:
        """Return whether it keeps its budget; by the best, which other work disturbs least."""
        if self.best_ratio is None:
            return True
        above = self.at_least is None or self.best_ratio >= self.at_least
        return above and (self.at_most is None or self.best_ratio <= self.at_most)

    def members(self) -> dict[str, object]:
        """Return the JSON object of `bench --json`."""
        told: dict[str, object] = {
            "name": self.name,
            "unit": self.unit,
            "median": round(self.median, 3),
            "best": round(self.best, 3),
        }
        if self.ratio is not None and self.best_ratio is not None:
            told |= {"ratio": round(self.ratio, 3), "best_ratio": round(self.best_ratio, 3)}
        if self.at_least is not None:
            told["at_least"] = self.at_least
        if self.at_most is not None:
            told["at_most"] = self.at_most
        return told | {"kept": self.is_kept}


def run_centre_bench(*, database: str | None, rounds: int, check: bool, as_json: bool) -> int:
    """Measure and print; return 0, 1 where a budget is missed and `check` is set, 130 after Ctrl-C.

    Args:
        database: URL of a PostgreSQL; its tables are made in a schema that is dropped again. None:
            a server of its own.
        rounds: how often each is measured.
        check: whether to judge.
        as_json: print one object a line instead of a table.

    Raises:
        CentralError: the database can't be reached, or there is no server to start.
    """

    def work(ending: Ending) -> int:
        figures = measure_centre(database, rounds=rounds, load=Load(), ending=ending)
        with printing():
            _print(figures, f"the centre, {rounds} rounds", as_json=as_json)
        return 1 if check and not all(figure.is_kept for figure in figures) else 0

    return until_signalled("bench", work)


def measure_centre(
    database: str | None, *, rounds: int, load: Load, ending: Ending
) -> list[Figure]:
    """Return every figure; the stages are done in turn, so that noise hits all alike."""
    with ExitStack() as stack:
        stages = dict(_stages(stack, database, load, ending))
        taken: dict[str, list[float]] = {name: [] for name in stages}
        for _ in range(rounds):
            for name, stage in stages.items():
                ending.check()
                taken[name].append(stage())
    figures = [_figure(name, rates, taken[RAW]) for name, rates in taken.items()]
    return [*figures, *_herd_figures(load.herd)]


Stage = tuple[str, Callable[[], float]]


def _stages(stack: ExitStack, database: str | None, load: Load, ending: Ending) -> Iterator[Stage]:
    name = stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-centre-bench-"))
    folder = Path(name)
    url = stack.enter_context(_postgres(database))
    in_postgres = stack.enter_context(
        opened_ingest(folder / "ingest", stack.enter_context(scratch(url)))
    )
    in_postgres.make_raw_table()
    in_sqlite = stack.enter_context(opened_ingest(folder / "ingest-sqlite", None))
    yield RAW, lambda: in_postgres.raw_rate(load.entries[500])
    for engine, ingest in (("PostgreSQL", in_postgres), ("SQLite", in_sqlite)):
        yield from _ingest_stages(engine, ingest, load)
    for engine in load.served:
        where = stack.enter_context(scratch(url)) if engine == "PostgreSQL" else None
        own = folder / f"served-{engine}"
        own.mkdir()
        requests = stack.enter_context(serving(own, where, ending))
        yield f"requests of 10, {engine}", _asked(requests, load)


def _ingest_stages(engine: str, ingest: Ingest, load: Load) -> Iterator[Stage]:
    for batch, entries in load.entries.items():
        plan = Plan(batch=batch, entries=entries, terminals=load.terminals)
        yield f"ingest by {batch}, {engine}", partial(ingest.rate, plan)


def _asked(requests: Requests, load: Load) -> Callable[[], float]:
    return lambda: requests.rate(terminals=load.terminals, uploads=load.uploads_each, batch=10)


@contextmanager
def _postgres(database: str | None) -> Iterator[str]:
    if database is not None:
        yield database
        return
    with own_postgres(durable=True) as server:
        yield server.url()


def _figure(name: str, rates: list[float], raw: list[float]) -> Figure:
    median, best = statistics.median(rates), max(rates)
    if name.startswith("requests"):
        return Figure(name=name, unit="requests/s", median=median, best=best)
    return Figure(
        name=name,
        unit="entries/s",
        median=median,
        best=best,
        ratio=median / statistics.median(raw),
        best_ratio=best / max(raw),
        at_least=INGEST_RATIO_MIN if name == "ingest by 500, PostgreSQL" else None,
    )


def _herd_figures(herd: Herd) -> Iterator[Figure]:
    drained = drain(herd)
    yield Figure(
        name=f"herd of {herd.terminals} drained",
        unit="s (virtual)",
        median=drained.drained_s,
        best=drained.drained_s,
        ratio=drained.ratio,
        best_ratio=drained.ratio,
        at_most=DRAIN_RATIO_MAX,
    )
    share = drained.refused / drained.accepted
    yield Figure(name="refused for each taken", unit="", median=share, best=share)


def _print(figures: list[Figure], title: str, *, as_json: bool) -> None:
    if as_json:
        for figure in figures:
            print(json.dumps(figure.members()))
        return
    table = Table(title=title)
    for column in ("what", "unit", "median", "best", "ratio", "best ratio", "budget"):
        is_text = column in ("what", "unit")
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    for figure in figures:
        table.add_row(*_cells(figure))
    Screen(highlight=False).print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    bound = figure.at_least if figure.at_least is not None else figure.at_most
    sign = ">=" if figure.at_least is not None else "<="
    missed = "" if figure.is_kept else " missed"
    budget = "" if bound is None else f"{sign} {bound}{missed}"
    return (
        figure.name,
        figure.unit,
        f"{figure.median:,.1f}",
        f"{figure.best:,.1f}",
        shown(figure.ratio),
        shown(figure.best_ratio),
        budget,
    )
