"""Looking a card up: the order of entries, the edges of a list, and nothing but the truth."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW, STATUS_INDEX, issuer_claims, issuer_part, text
from tests.support.lists import FOREIGN_NAME, array_of
from tests.support.trust import (
    CARD_KEY,
    CITY,
    answer,
    judged,
    status_list,
    with_value,
    world,
)
from verifier.errors import MalformedPayload, StatusUnreadable
from verifier.model import Skipped, Stale, Verdict
from verifier.pipeline import parse
from verifier.reasons import Reason
from verifier.status import SHARD_CARDS, list_name, value_at, value_in
from verifier.verify import verify

BITS = pytest.mark.parametrize("bits", [1, 2, 4, 8])


@given(
    bits=st.sampled_from([1, 2, 4, 8]),
    index=st.integers(0, 2**32 - 1),
    value=st.integers(0, 255),
)
def test_value_written_at_a_place_is_read_there_and_nowhere_else(
    bits: int, index: int, value: int
) -> None:
    value &= (1 << bits) - 1
    told = status_list(octets=with_value(index, value, bits=bits), bits=bits)
    assert value_at(told, index) == value
    for other in (index ^ 1, index ^ 7, index ^ (1 << 19)):
        assert value_at(told, other) == 0


@BITS
@given(written=st.data())
def test_list_says_what_a_dictionary_would(bits: int, written: st.DataObject) -> None:
    """Exact: nobody is revoked who is not, nobody passes who is."""
    entries = written.draw(st.integers(1, 64)) * 8
    model = written.draw(
        st.dictionaries(st.integers(0, entries - 1), st.integers(0, (1 << bits) - 1))
    )
    shard = written.draw(st.integers(0, 4_095))
    told = status_list(octets=array_of(model, bits=bits, entries=entries), bits=bits)
    expected = [model.get(place, 0) for place in range(entries)]
    assert [value_at(told, shard * SHARD_CARDS + place) for place in range(entries)] == expected
    assert [value_in(told, place) for place in range(entries)] == expected


@pytest.mark.slow
@BITS
def test_every_card_of_a_full_shard_has_its_own_status(bits: int) -> None:
    """Three cards in a thousand are listed; the other 1,045,430 are valid, to the last."""
    values = (1 << bits) - 1
    model = {place: 1 + place % values for place in range(7, SHARD_CARDS, 333)}
    model |= {0: 1, SHARD_CARDS - 1: values}
    octets = bytearray(SHARD_CARDS * bits // 8)
    for place, value in model.items():
        octets[place * bits // 8] |= value << place * bits % 8
    told = status_list(octets=bytes(octets), bits=bits)
    wrong = [place for place in range(SHARD_CARDS) if value_at(told, place) != model.get(place, 0)]
    assert wrong == []
    assert Counter(model.values())[0] == 0


@pytest.mark.parametrize(("bits", "places"), [(1, 16), (2, 8), (4, 4), (8, 2)])
def test_first_place_outside_the_list_is_refused(bits: int, places: int) -> None:
    told = status_list(octets=b"\xff\xff", bits=bits)
    for look_up in (value_at, value_in):
        assert look_up(told, places - 1) == (1 << bits) - 1
        with pytest.raises(MalformedPayload) as caught:
            look_up(told, places)
        assert caught.value.reason is Reason.STATUS_INDEX_OUTSIDE


def test_list_without_shards_has_no_places_before_or_beyond_its_own() -> None:
    """Taken by shards, place 2^20 would be place 0 once more."""
    told = status_list(octets=b"\x01\x00", bits=8)
    assert value_at(told, SHARD_CARDS) == 1
    for place in (-1, -SHARD_CARDS, SHARD_CARDS, 2**64):
        with pytest.raises(MalformedPayload) as caught:
            value_in(told, place)
        assert caught.value.reason is Reason.STATUS_INDEX_OUTSIDE


def test_name_of_a_list_is_its_template_with_the_shard() -> None:
    assert list_name("s/{shard}.cwt", (1 << 20) - 1) == "s/0.cwt"
    assert list_name("s/{shard}.cwt", 1 << 20) == "s/1.cwt"


# What the check makes of it.

CARD = text(issuer_part(issuer_claims()))


@pytest.mark.parametrize(
    ("bits", "value", "reason"),
    [
        (1, 1, Reason.REVOKED),
        (2, 2, Reason.SUSPENDED),
        (2, 3, Reason.STATUS_VALUE_UNKNOWN),
        (4, 3, Reason.STATUS_VALUE_UNKNOWN),
        (4, 15, Reason.STATUS_VALUE_UNKNOWN),
        (8, 255, Reason.STATUS_VALUE_UNKNOWN),
    ],
)
def test_any_value_but_valid_is_denied(bits: int, value: int, reason: Reason) -> None:
    told = status_list(octets=with_value(STATUS_INDEX, value, bits=bits), bits=bits)
    assert answer(CARD, world(lists=[told])) == (Verdict.DENY, reason)


class _Lost:
    """An array whose file is gone."""

    def __len__(self) -> int:
        return 1 << 18

    def __getitem__(self, place: int, /) -> int:
        raise StatusUnreadable


def test_list_that_can_not_be_read_any_more_is_an_unknown_one() -> None:
    judgement = judged(CARD, world(lists=[status_list(octets=_Lost())]))
    assert isinstance(judgement.verification.checks[6], Skipped)
    assert judgement.verification.ages.status_s is None
    assert judgement.decision.reason is Reason.STATUS_LIST_UNKNOWN


@pytest.mark.parametrize(("is_behind", "age_s"), [(False, 0), (True, 7_200)])
def test_list_that_lacks_published_changes_is_as_old_as_itself(
    *, is_behind: bool, age_s: int
) -> None:
    """The date of the trusted set would call it fresh, though others know more."""
    told = status_list(issued_at=NOW - 7_200, is_behind=is_behind)
    verification = judged(CARD, world(lists=[told], issued_at=NOW)).verification
    assert verification.ages.status_s == age_s
    assert isinstance(verification.checks[6], Stale) is is_behind
    assert (CARD_KEY.issuer, verification.issuer) == (CITY, CITY)


def test_foreign_list_is_as_old_as_itself_whoever_publishes_it_today() -> None:
    named = replace(parse(CARD), status_list=FOREIGN_NAME, status_index=0)
    listed = status_list(name=FOREIGN_NAME, issued_at=NOW - 7_200)
    verification = verify(named, world(lists=[listed], issued_at=NOW), replay="not here")
    assert verification.ages.status_s == 7_200
    assert isinstance(verification.checks[6], Stale)


def test_foreign_list_dated_ahead_is_no_younger_than_the_set_that_brought_it() -> None:
    named = replace(parse(CARD), status_list=FOREIGN_NAME, status_index=0)
    listed = status_list(name=FOREIGN_NAME, issued_at=NOW + 365 * 86_400)
    verification = verify(named, world(lists=[listed], issued_at=NOW - 7_200), replay="not here")
    assert verification.ages.status_s == 7_200


def test_card_that_names_its_list_has_its_place_in_it_directly() -> None:
    """Its list has no shards: what would be place 185,991 of shard 1 lies outside."""
    named = replace(parse(CARD), status_list=FOREIGN_NAME)
    octets = with_value(STATUS_INDEX, 1)
    listed = status_list(name=FOREIGN_NAME, octets=octets)
    outside = verify(named, world(lists=[listed]), replay="not here")
    assert outside.failure is Reason.STATUS_INDEX_OUTSIDE
    here = replace(named, status_index=STATUS_INDEX % SHARD_CARDS)
    assert verify(here, world(lists=[listed]), replay="not here").failure is Reason.REVOKED
    unknown = verify(named, world(), replay="not here").checks[6]
    assert isinstance(unknown, Skipped)
