import json
import subprocess
import sys

import pytest

from simulator.effect_terminal import Stamps
from simulator.programs import ProgramFailed


def test_each_code_is_paired_with_the_command_that_followed_it() -> None:
    stamps = Stamps(heard=[1_000, 10_000], written=[3_000, 10_500])
    assert stamps.effects_us() == [2.0, 0.5]


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ([1_000, 2_000], [3_000]),  # a grant that opened nothing
        ([1_000], [3_000, 4_000]),  # a gate that opened for nobody
        ([3_000], [1_000]),  # it opened before anybody came
        ([1_000, 2_000], [3_000, 4_000]),  # and whose was the first?
    ],
)
def test_codes_and_commands_that_do_not_pair_give_no_figure(
    heard: list[int], written: list[int]
) -> None:
    with pytest.raises(ProgramFailed, match="do not pair"):
        Stamps(heard=heard, written=written).effects_us()


@pytest.mark.slow
@pytest.mark.journey
def test_bench_of_the_effect_opens_four_gates_and_tells_it_beside_the_floor() -> None:
    command = [sys.executable, "-m", "terminal", "bench", "effect", "--seconds", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    told = {timing["stage"]: timing for timing in map(json.loads, done.stdout.splitlines())}
    assert list(told) == ["floor", "effect", "line to line", "beside bad lanes"]
    assert told["effect"]["budget"] == 3
    for timing in told.values():
        assert 0 < timing["best_us"] <= timing["p99_us"]
        assert timing["p99_ratio"] == pytest.approx(
            timing["p99_us"] / told["floor"]["p99_us"], abs=0.001
        )
