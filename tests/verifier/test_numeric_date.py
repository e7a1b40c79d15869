import math

import pytest

from verifier.encoding.numeric_date import SECONDS_MAX, whole_seconds
from verifier.errors import MalformedPayload


@pytest.mark.parametrize(
    ("value", "second"),
    [
        (0, 0),
        (1_600_000_000, 1_600_000_000),
        (1_600_000_000.0, 1_600_000_000),
        (1_600_000_000.001, 1_600_000_001),
        (1_600_000_000.999, 1_600_000_001),
        (SECONDS_MAX, SECONDS_MAX),
    ],
)
def test_fraction_is_rounded_to_the_first_second_not_before_it(value: float, second: int) -> None:
    assert whole_seconds(value) == second


@pytest.mark.parametrize(
    "value", [-1, -0.5, SECONDS_MAX + 1, 10**400, math.nan, math.inf, True, None, "1600000000", b""]
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(MalformedPayload):
        whole_seconds(value)
