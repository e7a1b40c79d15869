"""Every limit from both sides, as it asks the centre and as it refuses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.limits import (
    CardStanding,
    Ceilings,
    Way,
    Weighed,
    ceilings,
    exceeded,
    weigh,
    weigh_unreachable,
)
from verifier.model import Verdict
from verifier.profile import Limits, Online
from verifier.reasons import Reason

NEW = CardStanding()
OFFLINE, ONLINE, REFER, REFUSE = Way.OFFLINE, Way.ONLINE, Way.REFER, Way.REFUSE
LAST_DRAWN = 999


def limits(**fields: Any) -> Limits:
    return Limits(**{"floor_minor": 1_000, **fields})


def weighed(
    amount_minor: int,
    of: Limits,
    standing: CardStanding = NEW,
    *,
    is_stale: bool = False,
    drawn: int = LAST_DRAWN,
) -> Weighed:
    return weigh(amount_minor, standing, of, is_stale=is_stale, drawn_per_mille=drawn)


def alone(
    amount_minor: int, of: Limits, standing: CardStanding = NEW, *, is_stale: bool = False
) -> Weighed:
    return weigh_unreachable(amount_minor, standing, of, is_stale=is_stale)


@pytest.mark.parametrize(("amount", "way"), [(999, OFFLINE), (1_000, OFFLINE), (1_001, ONLINE)])
def test_up_to_the_floor_a_sale_is_granted_here_and_above_it_the_centre_is_asked(
    amount: int, way: Way
) -> None:
    reason = Reason.FLOOR_LIMIT if way is ONLINE else None
    assert weighed(amount, limits()) == Weighed(way=way, reason=reason)


@pytest.mark.parametrize(("unreachable", "way"), [(Verdict.DENY, REFUSE), (Verdict.REFER, REFER)])
def test_above_the_floor_without_a_word_the_profile_decides(unreachable: Verdict, way: Way) -> None:
    of = limits(unreachable=unreachable)
    assert alone(1_000, of) == Weighed(way=OFFLINE)
    assert alone(1_001, of) == Weighed(way=way, reason=Reason.FLOOR_LIMIT)


@pytest.mark.parametrize("unreachable", list(Verdict))
def test_an_upper_limit_refuses_whatever_the_profile_says_of_the_floor(
    unreachable: Verdict,
) -> None:
    of = limits(upper_count=0, unreachable=unreachable)
    assert alone(1, of) == Weighed(way=REFUSE, reason=Reason.CARD_COUNT_LIMIT)


CARD = CardStanding(count=4, sum_minor=600, velocity_count=2, exposure_minor=5_000)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"upper_count": 5}, None),
        ({"upper_count": 4}, Reason.CARD_COUNT_LIMIT),
        ({"upper_sum_minor": 700}, None),
        ({"upper_sum_minor": 699}, Reason.CARD_SUM_LIMIT),
        ({"velocity_count": 3, "velocity_window_s": 60}, None),
        ({"velocity_count": 2, "velocity_window_s": 60}, Reason.VELOCITY_LIMIT),
        ({"exposure_minor": 5_100}, None),
        ({"exposure_minor": 5_099}, Reason.EXPOSURE_LIMIT),
        ({"upper_count": 4, "upper_sum_minor": 0, "exposure_minor": 0}, Reason.CARD_COUNT_LIMIT),
    ],
)
def test_what_leads_exactly_to_a_limit_is_within_it(
    fields: dict[str, int], reason: Reason | None
) -> None:
    """With the centre in reach it is asked; without a word, or where it is never asked, refused."""
    way, asked = (OFFLINE, OFFLINE) if reason is None else (REFUSE, ONLINE)
    assert alone(100, limits(**fields), CARD) == Weighed(way=way, reason=reason)
    assert weighed(100, limits(**fields), CARD) == Weighed(way=asked, reason=reason)
    never = limits(online=Online.NEVER, **fields)
    assert weighed(100, never, CARD) == Weighed(way=way, reason=reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lower_count": 5}, None),
        ({"lower_count": 4}, Reason.CARD_COUNT_LIMIT),
        ({"lower_sum_minor": 700}, None),
        ({"lower_sum_minor": 699}, Reason.CARD_SUM_LIMIT),
    ],
)
def test_a_lower_limit_asks_and_does_not_refuse(
    fields: dict[str, int], reason: Reason | None
) -> None:
    way = OFFLINE if reason is None else ONLINE
    of = limits(upper_count=9, upper_sum_minor=9_000, **fields)
    assert weighed(100, of, CARD) == Weighed(way=way, reason=reason)
    assert alone(100, of, CARD) == Weighed(way=OFFLINE)
    assert weighed(100, limits(online=Online.NEVER, **fields), CARD) == Weighed(way=OFFLINE)


@pytest.mark.parametrize(
    ("drawn", "way"), [(0, ONLINE), (49, ONLINE), (50, OFFLINE), (999, OFFLINE)]
)
def test_some_of_a_thousand_sales_are_asked_about_by_chance(drawn: int, way: Way) -> None:
    of = limits(random_per_mille=50)
    assert weighed(1, of, drawn=drawn) == Weighed(way=way)
    assert alone(1, of) == Weighed(way=OFFLINE)
    assert weighed(1, limits(online=Online.NEVER, random_per_mille=1_000), drawn=0).way is OFFLINE


def test_without_random_selection_nobody_is_drawn() -> None:
    assert weighed(1, limits(), drawn=0) == Weighed(way=OFFLINE)


@pytest.mark.parametrize(("unreachable", "way"), [(Verdict.DENY, REFUSE), (Verdict.REFER, REFER)])
def test_where_the_centre_is_always_asked_nothing_is_granted_without_its_word(
    unreachable: Verdict, way: Way
) -> None:
    """Such a profile need name no ceiling, so nothing else would end what is granted."""
    of = limits(online=Online.ALWAYS, unreachable=unreachable)
    assert weighed(1, of) == Weighed(way=ONLINE)
    for amount in (1, 1_000, 1_001):
        assert alone(amount, of) == Weighed(way=way, reason=Reason.FLOOR_LIMIT)


@pytest.mark.parametrize("online", list(Online))
def test_what_costs_nothing_is_never_asked_about_nor_refused(online: Online) -> None:
    of = limits(floor_minor=0, upper_count=0, exposure_minor=0, online=online)
    assert weighed(0, of, CARD, drawn=0) == Weighed(way=OFFLINE)
    assert alone(0, of, CARD) == Weighed(way=OFFLINE)


def test_a_floor_of_nothing_asks_about_each_sale() -> None:
    assert weighed(1, limits(floor_minor=0)) == Weighed(way=ONLINE, reason=Reason.FLOOR_LIMIT)


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({"floor_minor": 601}, 300),  # half of an odd number is rounded down
        ({"upper_count": 11}, 1),
        ({"upper_sum_minor": 1_401}, 100),
        ({"velocity_count": 7, "velocity_window_s": 60}, 1),
        ({"exposure_minor": 10_201}, 100),
    ],
)
def test_old_lists_shrink_every_limit_to_the_profiles_share(
    fields: dict[str, int], amount: int
) -> None:
    of = limits(**{"stale_percent": 50, **fields})
    assert alone(amount, of, CARD, is_stale=True) == Weighed(way=OFFLINE)
    more = CardStanding(
        count=CARD.count + 1,
        sum_minor=CARD.sum_minor + 1,
        velocity_count=CARD.velocity_count + 1,
        exposure_minor=CARD.exposure_minor + 1,
    )
    assert alone(amount + 1, of, more, is_stale=True).way is REFUSE
    assert alone(amount + 1, of, more, is_stale=False).way is OFFLINE


def test_old_lists_ask_sooner() -> None:
    of = limits(lower_count=10, lower_sum_minor=1_399, stale_percent=50)
    assert weighed(99, of, CARD).way is OFFLINE
    assert weighed(99, of, CARD, is_stale=True).way is OFFLINE
    assert weighed(100, of, CARD, is_stale=True).way is ONLINE


def test_a_share_of_nothing_grants_nothing_here() -> None:
    assert alone(1, limits(stale_percent=0), is_stale=True).way is REFUSE
    assert alone(1, limits(stale_percent=100), is_stale=True).way is OFFLINE


def test_the_ledger_holds_the_upper_limits() -> None:
    of = limits(
        lower_count=1,
        upper_count=5,
        lower_sum_minor=2,
        upper_sum_minor=801,
        velocity_count=3,
        velocity_window_s=60,
        exposure_minor=9_001,
    )
    assert ceilings(of, is_stale=False) == Ceilings(
        count_max=5,
        sum_minor_max=801,
        velocity_count_max=3,
        velocity_window_s=60,
        exposure_minor_max=9_001,
    )
    assert ceilings(of, is_stale=True) == Ceilings(
        count_max=2,
        sum_minor_max=400,
        velocity_count_max=1,
        velocity_window_s=60,
        exposure_minor_max=4_500,
    )
    assert ceilings(limits(), is_stale=True) == Ceilings()
    assert exceeded(10**12, CARD, Ceilings()) is None


NUMBERS = st.none() | st.integers(0, 2_000)


@given(
    amount=st.integers(0, 2_000),
    of=st.builds(
        Limits,
        floor_minor=st.integers(0, 2_000),
        lower_count=NUMBERS,
        upper_count=NUMBERS,
        lower_sum_minor=NUMBERS,
        upper_sum_minor=NUMBERS,
        velocity_count=NUMBERS,
        exposure_minor=NUMBERS,
        random_per_mille=st.integers(0, 1_000),
        stale_percent=st.integers(0, 100),
        online=st.sampled_from(Online),
        unreachable=st.sampled_from((Verdict.DENY, Verdict.REFER)),
    ),
    standing=st.builds(
        CardStanding,
        count=st.integers(0, 2_000),
        sum_minor=st.integers(0, 2_000),
        velocity_count=st.integers(0, 2_000),
        exposure_minor=st.integers(0, 2_000),
    ),
    is_stale=st.booleans(),
    drawn=st.integers(0, LAST_DRAWN),
)
def test_what_is_granted_here_is_within_every_ceiling_and_the_floor(
    amount: int, of: Limits, standing: CardStanding, drawn: int, *, is_stale: bool
) -> None:
    for told in (
        weigh(amount, standing, of, is_stale=is_stale, drawn_per_mille=drawn),
        weigh_unreachable(amount, standing, of, is_stale=is_stale),
    ):
        if told.way is OFFLINE and amount:
            assert amount <= of.floor_minor
            assert exceeded(amount, standing, ceilings(of, is_stale=is_stale)) is None
        if told.way is ONLINE:
            assert of.online is not Online.NEVER
        if told.way in (REFER, REFUSE):
            assert told.reason is not None
