import zlib

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.site import Site
from central.status_lists import ROUND, changes_between, entries_for, packed, status_list_token
from central.trust_list import trust_list
from protocol.keys import new_signing_key
from tests.central.peers import START
from tests.support.lists import changes_of, load_list
from verifier.errors import MalformedPayload, TrustError
from verifier.status import SHARD_CARDS, value_at
from verifier.trust import load_keys

NAME = "status/city.example/0.cwt"


def test_list_is_read_and_proven_by_the_verifier(site: Site) -> None:
    octets = packed({0: 1, 5: 2, ROUND - 1: 1}, ROUND)
    token = status_list_token(octets, name=NAME, issued_at=START, key=site.keys.status)
    loaded = load_list(token, load_keys(trust_list(site)).keys, now=START)
    assert (loaded.name, loaded.issuer, loaded.bits) == (NAME, "city.example", 2)
    assert loaded.issued_at == START
    assert [value_at(loaded, index) for index in (0, 1, 4, 5, 6, ROUND - 1)] == [1, 0, 0, 2, 0, 1]
    with pytest.raises(MalformedPayload):
        value_at(loaded, ROUND)


def test_list_by_another_key_is_not_believed(site: Site) -> None:
    octets = packed({}, ROUND)
    token = status_list_token(octets, name=NAME, issued_at=START, key=new_signing_key())
    with pytest.raises(TrustError):
        load_list(token, load_keys(trust_list(site)).keys, now=START)


def test_token_is_what_the_draft_says(site: Site) -> None:
    token = status_list_token(packed({}, ROUND), name=NAME, issued_at=START, key=site.keys.status)
    tagged = cbor2.loads(token)
    protected, unprotected, payload, signature = tagged.value
    assert (tagged.tag, unprotected, len(signature)) == (18, {}, 64)
    kid = site.keys.status.kid
    assert cbor2.loads(protected) == {1: -19, 4: kid, 16: "application/statuslist+cwt"}
    claims = cbor2.loads(payload)
    assert (claims[2], claims[6], claims[65533]["bits"]) == (NAME, START, 2)
    assert zlib.decompress(claims[65533]["lst"]) == bytes(ROUND // 4)


@settings(deadline=None)  # no real time in tests
@given(statuses=st.dictionaries(st.integers(0, ROUND - 1), st.integers(0, 3)))
def test_every_place_holds_its_own_value_and_no_others(statuses: dict[int, int]) -> None:
    octets = packed(statuses, ROUND)
    assert len(octets) == ROUND // 4
    values = [octets[place // 4] >> place % 4 * 2 & 3 for place in range(ROUND)]
    assert values == [statuses.get(place, 0) for place in range(ROUND)]


@settings(deadline=None)  # no real time in tests
@given(
    before=st.dictionaries(st.integers(0, ROUND - 1), st.integers(0, 3)),
    after=st.dictionaries(st.integers(0, ROUND - 1), st.integers(0, 3)),
)
def test_changes_are_every_place_that_differs_and_its_new_value(
    before: dict[int, int], after: dict[int, int]
) -> None:
    places = sorted(before.keys() | after.keys())
    differ = [(p, after.get(p, 0)) for p in places if before.get(p, 0) != after.get(p, 0)]
    told = changes_between(packed(before, ROUND), packed(after, ROUND))
    assert told == changes_of(differ, bits=2)


@pytest.mark.parametrize(
    ("allotted", "entries"),
    [
        (0, ROUND),
        (1, ROUND),
        (ROUND, ROUND),
        (ROUND + 1, 2 * ROUND),
        (SHARD_CARDS - 1, SHARD_CARDS),
        (SHARD_CARDS, SHARD_CARDS),
    ],
)
def test_list_covers_every_allotted_card_in_whole_rounds(allotted: int, entries: int) -> None:
    assert entries_for(allotted) == entries
