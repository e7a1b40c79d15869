import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.measuring import By, Stage, measure, timings_of

STAGES = ["parse", "verify", "decide", "decode", "commit", "append, 16 lanes", "sync"]


def test_ratio_is_held_against_the_floor_of_the_same_run() -> None:
    calls: list[str] = []
    stages = [
        Stage(name="floor", what="", floor="floor", step=lambda _: calls.append("floor")),
        Stage(name="dear", what="", floor="floor", step=lambda _: sum(range(20_000))),
        Stage(name="rare", what="", floor="floor", step=lambda _: calls.append("rare"), share=5),
    ]

    timings = {timing.name: timing for timing in measure(stages, 10)}

    assert timings["floor"].ratio == 1
    assert timings["dear"].ratio > 1
    assert calls.count("floor") == 10
    assert calls.count("rare") == 2


def test_what_prepares_a_stage_is_done_each_time_and_before_it() -> None:
    calls: list[str] = []
    stage = Stage(
        name="floor",
        what="",
        floor="floor",
        step=lambda _: calls.append("step"),
        prepare=lambda: calls.append("prepare"),
    )

    measure([stage], 2)

    assert calls == ["prepare", "step", "prepare", "step"]


def test_the_time_of_a_step_is_shared_among_its_pieces() -> None:
    def step(_: int) -> int:
        return sum(range(20_000))

    stages = [
        Stage(name="floor", what="", floor="floor", step=step),
        Stage(name="of many", what="", floor="floor", step=step, pieces=1_000, budget=0.5),
    ]
    _, shared = measure(stages, 5)
    assert shared.ratio < 0.5
    assert shared.is_kept


@pytest.mark.parametrize(
    ("by", "budget", "is_kept"),
    [
        (By.BEST, 0.5, True),
        (By.BEST, 0.49, False),
        (By.MEDIAN, 1.25, True),
        (By.MEDIAN, 1.24, False),
        (By.P99, 1.5, True),
        (By.P99, 1.49, False),
    ],
)
def test_a_budget_is_of_least_times_medians_or_p99s(
    *, by: By, budget: float, is_kept: bool
) -> None:
    stages = [
        Stage(name="floor", what="", floor="floor", step=lambda _: None),
        Stage(name="held", what="", floor="floor", step=lambda _: None, budget=budget, by=by),
    ]
    spent = {"floor": [2.0, 4.0, 6.0], "held": [1.0, 5.0, 9.0]}
    _, held = timings_of(stages, spent)
    assert held.is_kept is is_kept
    assert held.members()["kept"] is is_kept


@pytest.mark.slow
@pytest.mark.journey
def test_bench_prints_every_stage_with_median_p99_and_ratio() -> None:
    command = [sys.executable, "-m", "terminal", "bench", "--rounds", "10", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    by_stage = {timing["stage"]: timing for timing in told}
    assert set(STAGES) < set(by_stage)
    for timing in told:
        assert 0 < timing["median_us"] <= timing["p99_us"]
        assert timing["floor"] in by_stage
        assert timing["ratio"] > 0


@pytest.mark.slow
@pytest.mark.journey
def test_ctrl_c_ends_the_bench_with_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "terminal", "bench", "--rounds", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        process_group=0,
    )
    with bench:
        while not list(tmp_path.glob("scan-bench-*/centre.log")):
            assert bench.poll() is None
        os.killpg(bench.pid, signal.SIGINT)
        told, complaint = bench.communicate(timeout=15)

    interrupted = (130, b"", b"scan-terminal: the bench was interrupted\n")
    assert (bench.returncode, told, complaint) == interrupted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.journey
def test_bench_of_the_verifier_tells_each_code_with_its_budget(oracle: str) -> None:
    command = [sys.executable, "-m", "terminal", "bench", "verify", "--rounds", "10", "--json"]
    done = subprocess.run(
        [*command, "--peers", oracle], capture_output=True, text=True, timeout=180, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    told = {timing["stage"]: timing for timing in map(json.loads, done.stdout.splitlines())}
    budgets = {name: timing["budget"] for name, timing in told.items() if "budget" in timing}
    assert budgets == {
        "static code": 1.45,
        "dynamic code": 2.8,
        "dynamic code, seen": 1.5,
        "status look-up": 0.02,
    }
    assert {"python-cwt", "pycose", "claim169 (Rust)"} < set(told)
    assert all(timing["best_ratio"] > 0 for timing in told.values())
    assert told["dynamic code, seen"]["best_us"] < told["dynamic code"]["best_us"]


def test_bench_says_what_its_peers_lack() -> None:
    command = [sys.executable, "-m", "terminal", "bench", "verify", "--rounds", "10", "--json"]
    done = subprocess.run(
        [*command, "--peers", "/nowhere/python"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 2
    assert "--peers /nowhere/python: it can't be run" in done.stderr
