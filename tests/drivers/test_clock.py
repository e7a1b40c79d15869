import time

from drivers.clock import monotonic_ms


def test_clock_is_the_one_that_all_processes_share() -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000
    now_ms = monotonic_ms()
    assert before <= now_ms <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000
