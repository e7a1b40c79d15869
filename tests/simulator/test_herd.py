from dataclasses import replace

import pytest

from simulator.centre_bench import DRAIN_RATIO_MAX, HERD
from simulator.herd import Herd, drain

# The bench's own herd at half its size: the same ratio, sooner.
_HALF = replace(HERD, terminals=HERD.terminals // 2, rate=HERD.rate / 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_herd_drains_within_a_fifth_of_the_ideal(seed: int) -> None:
    drained = drain(replace(_HALF, seed=seed))
    assert drained.ratio <= DRAIN_RATIO_MAX
    assert drained.refused <= drained.accepted
    assert drained.accepted == _HALF.terminals * _HALF.batches


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted",
    [
        replace(_HALF, retry_after_s=0),  # the terminals' own back-off alone
        replace(_HALF, is_announced=False),  # nobody says what he has
        replace(_HALF, retry_after_s=120),  # everybody is sent away for long
    ],
)
def test_herd_that_is_not_told_by_what_waits_drains_later(planted: Herd) -> None:
    drained = drain(planted)
    assert drained.ratio > DRAIN_RATIO_MAX


def test_herd_of_one_seed_is_always_the_same() -> None:
    small = replace(HERD, terminals=40, rate=10.0)
    assert drain(small) == drain(small)
    assert drain(small) != drain(replace(small, seed=2))
