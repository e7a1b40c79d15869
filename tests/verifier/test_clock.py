import pytest

from verifier.clock import ClockQuality, read_clock
from verifier.model import UnixSeconds

FLOOR = UnixSeconds(1_800_000_000)
TRUSTED, UNTRUSTED = ClockQuality.TRUSTED, ClockQuality.UNTRUSTED


@pytest.mark.parametrize(
    ("lead_s", "quality", "now"),
    [
        (-31, UNTRUSTED, FLOOR),
        (-30, TRUSTED, FLOOR - 30),
        (0, TRUSTED, FLOOR),
        (10**9, TRUSTED, FLOOR + 10**9),
        (-FLOOR, UNTRUSTED, FLOOR),
    ],
)
def test_clock_below_the_floor_is_replaced_by_the_floor(
    lead_s: int, quality: ClockQuality, now: int
) -> None:
    reading = read_clock(UnixSeconds(FLOOR + lead_s), floor=FLOOR, synchronised_age_s=0)
    assert (reading.quality, reading.now) == (quality, now)
    assert reading.uncertainty_s == (30 if quality is UNTRUSTED else 0)


@pytest.mark.parametrize(
    ("age_s", "uncertainty_s"),
    [(0, 0), (1, 1), (20_000, 1), (20_001, 2), (86_400, 5), (600_000, 30), (10**9, 30)],
)
def test_uncertainty_grows_by_50_millionths_rounded_up_to_30_seconds(
    age_s: int, uncertainty_s: int
) -> None:
    reading = read_clock(FLOOR, floor=FLOOR, synchronised_age_s=age_s)
    assert reading.uncertainty_s == uncertainty_s
