"""Timing stages against floors of the same run, and telling what came of it."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from rich.table import Table

from protocol.journal import compact
from simulator.ending import NEVER, Ending
from simulator.view import Screen

_COLUMNS: tuple[tuple[str, Literal["left", "right"]], ...] = (
    ("stage", "left"),
    ("best us", "right"),
    ("median", "right"),
    ("p99", "right"),
    ("ratio", "right"),
    ("budget", "right"),
    ("what", "left"),
)

_WHOLE_US = 100  # from here on parts of a microsecond are noise


class By(Enum):
    """What of a stage is held against the same of its floor."""

    BEST = "best"
    MEDIAN = "median"
    P99 = "p99"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Something to time, and the floor it is held against."""

    name: str
    what: str
    floor: str
    step: Callable[[int], object]  # given the round's number
    share: int = 1  # done every `share` rounds
    times: int = 1  # done so often a measurement: what is short drowns in the clock otherwise
    pieces: int = 1  # a step does so many at once, and the time is told of each
    prepare: Callable[[], object] = lambda: None  # before each measurement, not timed
    budget: float | None = None  # the ratio it is meant to keep
    by: By = By.BEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a stage took, once."""

    name: str
    what: str
    floor: str
    best_us: float
    median_us: float
    p99_us: float
    ratio: float  # median to the floor's median
    best_ratio: float  # least to the floor's least: what is left when nothing else runs
    p99_ratio: float
    budget: float | None
    by: By

    @property
    def held(self) -> float:
        """Return the ratio that the budget is about."""
        match self.by:
            case By.BEST:
                return self.best_ratio
            case By.MEDIAN:
                return self.ratio
            case By.P99:
                return self.p99_ratio

    @property
    def is_kept(self) -> bool:
        """Return whether the budget is kept, where there is one."""
        return self.budget is None or self.held <= self.budget

    def members(self) -> dict[str, object]:
        """Return the JSON object of `bench --json`."""
        told: dict[str, object] = {
            "stage": self.name,
            "what": self.what,
            "best_us": round(self.best_us, 3),
            "median_us": round(self.median_us, 3),
            "p99_us": round(self.p99_us, 3),
            "floor": self.floor,
            "ratio": round(self.ratio, 4),
            "best_ratio": round(self.best_ratio, 4),
            "p99_ratio": round(self.p99_ratio, 4),
        }
        if self.budget is None:
            return told
        return told | {"budget": self.budget, "kept": self.is_kept}


def measure(stages: list[Stage], rounds: int, ending: Ending = NEVER) -> list[Timing]:
    """Return the timings of `stages`, done in turn round by round so that noise hits all alike.

    Raises:
        Ended: the end has come.
    """
    spent: dict[str, list[float]] = {stage.name: [] for stage in stages}
    for number in range(rounds):
        for stage in stages:
            ending.check()
            if number % stage.share == 0:
                spent[stage.name].append(timed_us(stage, number))
    return timings_of(stages, spent)


def timed_us(stage: Stage, number: int) -> float:
    """Return the microseconds that one step of `stage` took in this round, prepared before."""
    stage.prepare()
    step, times = stage.step, range(stage.times)
    begun = time.perf_counter_ns()
    for _ in times:
        step(number)
    return (time.perf_counter_ns() - begun) / 1_000 / stage.times / stage.pieces


def timings_of(stages: Iterable[Stage], spent: dict[str, list[float]]) -> list[Timing]:
    """Return what each stage took, from its measurements in microseconds."""
    medians = {name: statistics.median(times) for name, times in spent.items()}
    p99s = {name: sorted(times)[len(times) * 99 // 100] for name, times in spent.items()}
    return [
        Timing(
            name=stage.name,
            what=stage.what,
            floor=stage.floor,
            best_us=min(spent[stage.name]),
            median_us=medians[stage.name],
            p99_us=p99s[stage.name],
            ratio=medians[stage.name] / medians[stage.floor],
            best_ratio=min(spent[stage.name]) / min(spent[stage.floor]),
            p99_ratio=p99s[stage.name] / p99s[stage.floor],
            budget=stage.budget,
            by=stage.by,
        )
        for stage in stages
    ]


def print_timings(timings: list[Timing], title: str, *, as_json: bool) -> None:
    """Print one JSON object a line, or a table."""
    if not as_json:
        Screen().print(_table(timings, title))
        return
    for timing in timings:
        print(compact(timing.members()).decode(), flush=True)


def _table(timings: list[Timing], title: str) -> Table:
    """Return what a person compares: least times, ratios to the floor, budgets."""
    table = Table(title=title)
    for heading, justify in _COLUMNS:
        table.add_column(heading, justify=justify, no_wrap=heading != "what")
    for timing in timings:
        table.add_row(
            timing.name,
            _short(timing.best_us),
            _short(timing.median_us),
            _short(timing.p99_us),
            f"{timing.held:.3f}",
            _held(timing),
            timing.what,
        )
    return table


def _held(timing: Timing) -> str:
    """Return the budget, and whether it is kept."""
    if timing.budget is None:
        return ""
    return f"{timing.budget:g} {'kept' if timing.is_kept else 'OVER'}"


def _short(microseconds: float) -> str:
    """Return a time with the digits that mean something."""
    return f"{microseconds:,.0f}" if microseconds >= _WHOLE_US else f"{microseconds:.2f}"
