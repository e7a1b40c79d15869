import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.benched_decode import Measured
from simulator.decode_sums import Sample
from simulator.decode_tables import print_decoders
from simulator.engines import OWN_ENGINES, PEER_ENGINES
from simulator.hardships import Kind

COMMAND = [sys.executable, "-m", "terminal", "bench", "decode", "--frames", "1"]


def run(*arguments: str, shared: Path | str = "/nowhere") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "SCAN_TERMINAL_SHARED": str(shared)},
        check=False,
    )


def sample(engine: str, kind: str, *, read: bool, cpu_ms: float) -> Sample:
    return Sample(kind=kind, number=0, engine=engine, read=read, wrong=False, cpu_ms=cpu_ms)


@pytest.mark.slow
@pytest.mark.journey
def test_bench_tells_every_kind_and_engine_with_its_promises() -> None:
    done = run("--json", "--seed", "7")

    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    rows = {(one["kind"], one["engine"]): one for one in told if "engine" in one}
    kinds = {kind.value for kind in Kind}
    assert {(kind, engine) for kind in kinds for engine in ("ours", *OWN_ENGINES)} < set(rows)
    assert {("empty", "ours-stream"), ("idle", "ours-stream"), ("idle", "zxing")} < set(rows)
    assert all(row["cpu_ms_median"] <= row["cpu_ms_p95"] for row in rows.values())
    assert [one["video"] for one in told if "video" in one] == [kind.value for kind in Kind]
    promises = {one["promise"]: one for one in told if "promise" in one}
    assert promises["points above zxing-cpp"]["budget"] == ">= 8"
    skipped = [one["skipped"] for one in told if "skipped" in one]
    assert [line.partition(":")[0] for line in skipped] == ["engines of others", "public pictures"]


@pytest.mark.slow
def test_engines_that_are_missing_are_refused_with_the_remedy() -> None:
    done = run("--peers", sys.executable)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"lacks {PEER_ENGINES[0]}" in done.stderr
    assert "pip install -r tests/engines/requirements.txt" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("all", "--peers", "/bin/true"), "--peers is for")],
)
def test_options_of_other_parts_are_refused(arguments: tuple[str, ...], words: str) -> None:
    command = [sys.executable, "-m", "terminal", "bench", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert words in done.stderr


def one_frame(*, ours_ms: float) -> Measured:
    return Measured(
        drawn=(
            sample("ours", "clean", read=True, cpu_ms=ours_ms),
            sample("ours", "glare", read=True, cpu_ms=ours_ms),
            sample("zxing", "clean", read=True, cpu_ms=2),
            sample("zxing", "glare", read=False, cpu_ms=2),
        ),
        public=(),
        empty=(
            sample("ours-stream", "empty", read=False, cpu_ms=2),
            sample("zxing", "empty", read=False, cpu_ms=2),
            sample("ours-stream", "idle", read=False, cpu_ms=1),
            sample("zxing", "idle", read=False, cpu_ms=2),
        ),
        videos=(),
        skipped=("public pictures: none",),
    )


@pytest.mark.parametrize(("ours_ms", "kept"), [(40, True), (41, False)])
def test_one_promise_that_is_missed_is_enough(ours_ms: float, kept: bool) -> None:  # noqa: FBT001  # a parameter
    assert one_frame(ours_ms=ours_ms).is_kept is kept


def test_table_marks_what_is_missed_and_says_what_was_not_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = one_frame(ours_ms=50)

    print_decoders(measured, "one frame", as_json=False)

    told = capsys.readouterr().out
    assert "one frame: % read" in told
    assert "MISSED: 50.0" in told
    assert "not measured: public pictures: none" in told
    kept = [promise.name for promise in measured.promises() if promise.kept]
    assert "an idle lane to zxing-cpp, CPU in all" in kept
