import pytest

from terminal.timekeeping import BUILD_DATE, Timekeeper
from verifier.clock import UNCERTAINTY_S_MAX, ClockQuality
from verifier.model import UnixSeconds


class Clocks:
    """Both of a machine's clocks, set by hand."""

    def __init__(self, now: int) -> None:
        self.now, self.ms = now, 5_000_000

    def keeper(self) -> Timekeeper:
        return Timekeeper(system=lambda: UnixSeconds(self.now), monotonic=lambda: self.ms)


@pytest.mark.parametrize(
    ("below_s", "quality"),
    [
        (-1, ClockQuality.TRUSTED),
        (0, ClockQuality.TRUSTED),
        (UNCERTAINTY_S_MAX, ClockQuality.TRUSTED),
        (UNCERTAINTY_S_MAX + 1, ClockQuality.UNTRUSTED),
    ],
)
def test_a_clock_is_trusted_down_to_half_a_minute_below_the_floor(
    below_s: int, quality: ClockQuality
) -> None:
    clocks = Clocks(BUILD_DATE - below_s)
    assert clocks.keeper().read().quality is quality


def test_an_untrusted_clock_is_replaced_by_the_floor_and_what_has_passed_since() -> None:
    clocks = Clocks(0)
    keeper = clocks.keeper()
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 1_000))
    clocks.ms += 7_999
    reading = keeper.read()
    assert reading.now == BUILD_DATE + 1_007
    assert reading.quality is ClockQuality.UNTRUSTED
    assert reading.uncertainty_s == UNCERTAINTY_S_MAX


def test_the_floor_never_falls() -> None:
    clocks = Clocks(BUILD_DATE + 500)
    keeper = clocks.keeper()
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 1_000))
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 10))
    assert keeper.read().quality is ClockQuality.UNTRUSTED


def test_a_document_that_is_older_than_what_has_passed_teaches_nothing() -> None:
    """Else each repetition of an old date would hide the seconds since it was learnt."""
    clocks = Clocks(0)
    keeper = clocks.keeper()
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 1_000))
    clocks.ms += 60_000
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 1_059))
    assert keeper.read().now == BUILD_DATE + 1_060
    keeper.raise_floor(UnixSeconds(BUILD_DATE + 1_061))
    assert keeper.read().now == BUILD_DATE + 1_061


def test_a_clock_that_stands_still_is_overtaken_by_the_floor() -> None:
    clocks = Clocks(BUILD_DATE)
    keeper = clocks.keeper()
    clocks.ms += UNCERTAINTY_S_MAX * 1_000
    assert keeper.read().quality is ClockQuality.TRUSTED
    clocks.ms += 1_000
    assert keeper.read().quality is ClockQuality.UNTRUSTED


@pytest.mark.parametrize(("days", "uncertainty_s"), [(0, 0), (1, 5), (30, UNCERTAINTY_S_MAX)])
def test_a_clock_grows_uncertain_as_it_runs_alone(days: int, uncertainty_s: int) -> None:
    clocks = Clocks(BUILD_DATE)
    keeper = clocks.keeper()
    clocks.now, clocks.ms = clocks.now + days * 86_400, clocks.ms + days * 86_400_000
    assert keeper.read().uncertainty_s == uncertainty_s
