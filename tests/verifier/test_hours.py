from datetime import UTC, datetime

import pytest

from verifier.hours import is_open
from verifier.model import UnixSeconds
from verifier.profile import Hours

WEEKDAYS = frozenset(range(5))
OFFICE = Hours(days=WEEKDAYS, from_min=540, to_min=1_020)  # Monday to Friday, 9:00 to 17:00
NIGHT = Hours(days=frozenset({4}), from_min=1_320, to_min=360)  # Friday 22:00 to Saturday 6:00
BEIJING = 480


def at(text: str) -> UnixSeconds:
    return UnixSeconds(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()))


def opened(text: str, *hours: Hours, offset: int = 0, closed: tuple[str, ...] = ()) -> bool:
    return is_open(hours, at=at(text), utc_offset_min=offset, closed_on=closed)


@pytest.mark.parametrize(
    ("moment", "is_so"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-27T12:00:00", True),
        ("2026-11-28T12:00:00", False),
        ("2026-11-29T12:00:00", False),
    ],
)
def test_first_minute_belongs_to_a_span_and_its_end_no_more(moment: str, *, is_so: bool) -> None:
    assert opened(moment, OFFICE) is is_so


@pytest.mark.parametrize(
    ("moment", "is_so"),
    [
        ("2026-11-27T21:59:59", False),
        ("2026-11-27T22:00:00", True),
        ("2026-11-27T23:59:59", True),
        ("2026-11-28T00:00:00", True),
        ("2026-11-28T05:59:59", True),
        ("2026-11-28T06:00:00", False),
        ("2026-11-28T22:00:00", False),
        ("2026-11-27T05:00:00", False),
    ],
)
def test_night_goes_past_midnight_and_belongs_to_the_day_it_began(
    moment: str, *, is_so: bool
) -> None:
    assert opened(moment, NIGHT) is is_so


def test_whole_day_has_no_seam_at_midnight() -> None:
    whole = Hours(days=frozenset({0, 1}), from_min=0, to_min=1_440)
    assert not opened("2026-11-22T23:59:59", whole)
    assert opened("2026-11-23T00:00:00", whole)
    assert opened("2026-11-23T23:59:59", whole)
    assert opened("2026-11-24T00:00:00", whole)
    assert not opened("2026-11-25T00:00:00", whole)


def test_day_from_noon_to_noon_is_twenty_four_hours() -> None:
    noon = Hours(days=frozenset({0}), from_min=720, to_min=720)
    assert not opened("2026-11-23T11:59:59", noon)
    assert opened("2026-11-23T12:00:00", noon)
    assert opened("2026-11-24T11:59:59", noon)
    assert not opened("2026-11-24T12:00:00", noon)


def test_hours_are_local() -> None:
    assert not opened("2026-11-23T00:59:59", OFFICE, offset=BEIJING)
    assert opened("2026-11-23T01:00:00", OFFICE, offset=BEIJING)
    assert opened("2026-11-23T20:59:59", OFFICE, offset=-240)
    assert not opened("2026-11-23T21:00:00", OFFICE, offset=-240)
    sunday_in_greenwich = "2026-11-22T23:30:00"
    early = Hours(days=frozenset({0}), from_min=420, to_min=480)
    assert opened(sunday_in_greenwich, early, offset=BEIJING)


def test_closed_day_is_the_local_one_from_midnight_to_midnight() -> None:
    closed = ("2026-11-24",)
    assert opened("2026-11-23T23:59:59", closed=closed)
    assert not opened("2026-11-24T00:00:00", closed=closed)
    assert not opened("2026-11-24T23:59:59", closed=closed)
    assert opened("2026-11-25T00:00:00", closed=closed)
    assert not opened("2026-11-23T16:00:00", offset=BEIJING, closed=closed)
    assert opened("2026-11-24T16:00:00", offset=BEIJING, closed=closed)


def test_night_that_began_before_a_closed_day_goes_on_and_none_begins_on_it() -> None:
    nights = Hours(days=frozenset(range(7)), from_min=1_320, to_min=360)
    closed = ("2026-11-24",)
    assert opened("2026-11-24T05:59:59", nights, closed=closed)
    assert not opened("2026-11-24T22:00:00", nights, closed=closed)
    assert not opened("2026-11-25T05:59:59", nights, closed=closed)
    assert opened("2026-11-25T22:00:00", nights, closed=closed)


def test_any_of_several_spans_will_do() -> None:
    lunch = Hours(days=WEEKDAYS, from_min=660, to_min=780)
    dinner = Hours(days=WEEKDAYS, from_min=1_020, to_min=1_140)
    assert opened("2026-11-23T11:30:00", lunch, dinner)
    assert not opened("2026-11-23T15:00:00", lunch, dinner)
    assert opened("2026-11-23T18:00:00", lunch, dinner)
