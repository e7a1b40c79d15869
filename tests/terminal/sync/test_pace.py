from hypothesis import given
from hypothesis import strategies as st

from terminal.sync.pace import JITTER_SHARE, wait_s

UNITS = st.floats(0, 1, exclude_max=True)


@given(now_s=st.floats(0, 4e9), period_s=st.floats(1, 86_400), random_unit=UNITS)
def test_a_round_is_half_a_period_away_at_least_and_one_and_a_half_at_most(
    now_s: float, period_s: float, random_unit: float
) -> None:
    told = wait_s(now_s, terminal="gate-7", period_s=period_s, random_unit=random_unit)
    assert 0.44 * period_s <= told <= 1.56 * period_s


def test_a_terminal_keeps_its_moment_from_period_to_period() -> None:
    now_s, moments = 1_000.0, list[float]()
    for number in range(20):
        now_s += wait_s(now_s, terminal="gate-7", period_s=60, random_unit=number / 20)
        moments.append(now_s % 60)
    assert max(moments) - min(moments) <= JITTER_SHARE * 60


def test_rounds_come_once_a_period_whatever_chance_says() -> None:
    now_s = 1_000.0
    for number in range(100):
        now_s += wait_s(now_s, terminal="gate-7", period_s=60, random_unit=number * 0.37 % 1)
    assert abs(now_s - 7_000) < 90


def test_terminals_that_began_together_are_spread_over_the_period() -> None:
    waits = [
        wait_s(1_000, terminal=f"gate-{number}", period_s=60, random_unit=0.5)
        for number in range(1_000)
    ]
    in_each_tenth = [
        sum(start <= wait % 60 < start + 6 for wait in waits) for start in range(0, 60, 6)
    ]
    assert min(in_each_tenth) > 60
    assert max(in_each_tenth) < 140
