from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.model import UnixSeconds
from verifier.profile import Concession, Hours, Tariff
from verifier.tariff import price

SENIOR, DISABLED, STUDENT = 1, 2, 8
DAY_S = 86_400
IN = UnixSeconds(1_795_392_000)  # Monday 2026-11-23, 0:00 UTC

RIDE = Tariff(
    base_minor=200,
    concessions=(
        Concession(card_types=STUDENT, percent=50),
        Concession(card_types=SENIOR, percent=0, hours=(Hours(
            days=frozenset(range(7)), from_min=540, to_min=960),)),
        Concession(card_types=SENIOR, percent=50),
    ),
)  # fmt: skip
STAY = Tariff(base_minor=300, free_s=900, unit_s=3_600, unit_minor=200, day_max_minor=2_000)


def ride(types: int, minute: int = 0) -> int:
    now = UnixSeconds(IN + minute * 60)
    return price(RIDE, types=types, entered_at=None, now=now, utc_offset_min=0)


def stay(seconds: int, tariff: Tariff = STAY, types: int = 0) -> int:
    now = UnixSeconds(IN + seconds)
    return price(tariff, types=types, entered_at=IN, now=now, utc_offset_min=0)


def test_fixed_price_asks_nobody_when_he_came() -> None:
    assert ride(0) == 200
    assert price(RIDE, types=0, entered_at=IN, now=IN, utc_offset_min=0) == 200


def test_concession_is_a_share_for_cards_of_any_of_its_types() -> None:
    assert ride(STUDENT) == 100
    assert ride(STUDENT | DISABLED) == 100
    assert ride(DISABLED) == 200


@pytest.mark.parametrize(("minute", "due"), [(539, 100), (540, 0), (959, 0), (960, 100)])
def test_concession_with_hours_holds_within_them(minute: int, due: int) -> None:
    assert ride(SENIOR, minute) == due


def test_concession_s_hours_are_local() -> None:
    morning = UnixSeconds(IN + 60 * 60)  # 9:00 where it is 8 hours later
    assert price(RIDE, types=SENIOR, entered_at=None, now=morning, utc_offset_min=480) == 0
    assert price(RIDE, types=SENIOR, entered_at=None, now=morning, utc_offset_min=0) == 100


def test_cheapest_concession_that_fits_counts_wherever_it_stands() -> None:
    assert ride(SENIOR | STUDENT, 600) == 0
    assert ride(SENIOR | STUDENT, 0) == 100
    turned = replace(RIDE, concessions=RIDE.concessions[::-1])
    noon = UnixSeconds(IN + 720 * 60)
    assert price(turned, types=SENIOR, entered_at=None, now=noon, utc_offset_min=0) == 0


def test_concession_for_no_type_is_for_every_card() -> None:
    sale = Tariff(base_minor=200, concessions=(Concession(card_types=0, percent=80),))
    assert price(sale, types=0, entered_at=None, now=IN, utc_offset_min=0) == 160


def test_fraction_of_a_minor_unit_falls_to_the_holder() -> None:
    third = Tariff(base_minor=101, concessions=(Concession(card_types=0, percent=50),))
    assert price(third, types=0, entered_at=None, now=IN, utc_offset_min=0) == 50


@pytest.mark.parametrize(
    ("seconds", "due"),
    [
        (0, 0),
        (900, 0),
        (901, 500),  # past the free quarter the whole stay counts
        (3_600, 500),
        (3_601, 700),
        (8 * 3_600, 1_900),
        (8 * 3_600 + 1, 2_000),  # 2,100 without the day's most
        (DAY_S, 2_000),
        (DAY_S + 1, 2_200),  # the second day begins: no base any more
        (DAY_S + 3_600, 2_200),
        (2 * DAY_S, 4_000),
        (2 * DAY_S + 1, 4_200),
    ],
)
def test_time_is_charged_by_units_begun_and_capped_each_day(seconds: int, due: int) -> None:
    assert stay(seconds) == due


def test_stay_without_a_days_most_goes_on_counting() -> None:
    endless = replace(STAY, day_max_minor=None, base_minor=0)
    assert stay(DAY_S, endless) == 24 * 200
    assert stay(3 * DAY_S + 1, endless) == 73 * 200


@pytest.mark.parametrize(
    ("seconds", "endless_minor", "capped_minor"),
    [
        (1, 1_000, 600),
        (3 * DAY_S, 1_000, 600),  # a week's unit is owed once, not each day anew
        (7 * DAY_S, 1_000, 600),
        (7 * DAY_S + 1, 2_000, 1_200),
    ],
)
def test_a_unit_that_goes_past_a_day_is_owed_once(
    seconds: int, endless_minor: int, capped_minor: int
) -> None:
    weekly = Tariff(base_minor=0, unit_s=7 * DAY_S, unit_minor=1_000)
    assert stay(seconds, weekly) == endless_minor
    assert stay(seconds, replace(weekly, day_max_minor=600)) == capped_minor


def test_units_that_do_not_fill_a_day_go_on_over_midnight() -> None:
    by_seven_hours = Tariff(base_minor=0, unit_s=7 * 3_600, unit_minor=100)
    assert stay(2 * DAY_S, by_seven_hours) == 700  # 48 hours are 6.9 times seven
    assert stay(2 * DAY_S, replace(by_seven_hours, day_max_minor=350)) == 350 + 300


def test_clock_that_was_set_back_charges_no_stay() -> None:
    assert stay(-5) == 0
    at_once = replace(STAY, free_s=0)
    assert (stay(-5, at_once), stay(0, at_once), stay(1, at_once)) == (0, 0, 500)


def test_unknown_entry_costs_a_whole_day_as_a_lost_ticket() -> None:
    assert price(STAY, types=0, entered_at=None, now=IN, utc_offset_min=0) == 2_000


def test_concession_lowers_a_stay_too() -> None:
    lowered = replace(STAY, concessions=(Concession(card_types=DISABLED, percent=0),))
    assert stay(7_200, lowered, DISABLED) == 0
    assert stay(7_200, lowered) == 700


@given(
    st.builds(
        Tariff,
        base_minor=st.integers(0, 10_000),
        free_s=st.integers(0, 7_200),
        unit_s=st.integers(1, DAY_S),
        unit_minor=st.integers(0, 10_000),
        day_max_minor=st.none() | st.integers(0, 10_000),
    ),
    st.integers(0, 40 * DAY_S),
    st.integers(0, 40 * DAY_S),
)
def test_longer_stay_never_costs_less(tariff: Tariff, one: int, other: int) -> None:
    short, long = sorted((one, other))
    assert stay(short, tariff) <= stay(long, tariff)
