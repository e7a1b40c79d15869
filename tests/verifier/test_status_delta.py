"""Deltas: exact, for one base alone, and refused whole at the first doubt."""

import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, NOW, STRANGER, kid, public
from tests.support.lists import array_of, changes_of, delta, leb128, load_with_delta
from tests.support.trust import (
    CARD_KEY,
    LIST_NAME,
    STATUS_KEY,
    status_token,
    table,
)
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.status import SHARD_CARDS, StatusList, value_in
from verifier.status_delta import DELTA_OCTETS_MAX, delta_path, prove_delta

KEYS = table(STATUS_KEY, CARD_KEY)
BASE = array_of({0: 1, 5: 2, 9: 1}, bits=2, entries=16)
RESULT = array_of({0: 2, 5: 2, 15: 1}, bits=2, entries=16)
CHANGES = changes_of([(0, 2), (9, 0), (15, 1)], bits=2)


def updated(
    change: bytes, *, base: bytes = BASE, keys: KeyTable = KEYS, bits: int = 2
) -> StatusList:
    token = status_token(claims={65533: {"bits": bits, "lst": zlib.compress(base)}})
    return load_with_delta(token, change, keys, now=UnixSeconds(NOW))


def refused(change: bytes, *, keys: KeyTable = KEYS) -> str:
    with pytest.raises(TrustError) as caught:
        updated(change, keys=keys)
    return str(caught.value)


def test_base_and_delta_make_the_newer_list() -> None:
    told = updated(delta(BASE, RESULT, CHANGES))
    assert (told.name, told.issuer, told.bits) == (LIST_NAME, CARD_KEY.issuer, 2)
    assert (told.octets, told.issued_at, told.expires_at) == (RESULT, NOW, None)


def test_delta_stands_beside_its_list() -> None:
    assert delta_path("status/city.example/0.cwt") == "status/city.example/0.delta"
    assert delta_path("status/abroad.example/1.jwt") == "status/abroad.example/1.delta"


def test_delta_prolongs_no_list() -> None:
    packed = {"bits": 2, "lst": zlib.compress(BASE)}
    token = status_token(claims={4: NOW + 5, 65533: packed})
    told = load_with_delta(token, delta(BASE, RESULT, CHANGES), KEYS, now=UnixSeconds(NOW))
    assert told.expires_at == NOW + 5


@given(written=st.data(), bits=st.sampled_from([1, 2, 4, 8]))
def test_any_two_arrays_are_one_delta_apart(written: st.DataObject, bits: int) -> None:
    entries = 8 * written.draw(st.integers(1, 64))
    arrays = st.lists(st.integers(0, (1 << bits) - 1), min_size=entries, max_size=entries)
    before, after = written.draw(arrays), written.draw(arrays)
    changes = [(p, after[p]) for p in range(entries) if before[p] != after[p]]
    if not changes:
        return
    base, result = (
        array_of(dict(enumerate(values)), bits=bits, entries=entries) for values in (before, after)
    )
    change = delta(base, result, changes_of(changes, bits=bits), bits=bits)
    told = updated(change, base=base, bits=bits)
    assert [value_in(told, place) for place in range(entries)] == after


def test_hour_of_a_full_shard_is_some_hundred_octets() -> None:
    """44 changes are what a city of 10 million sees in an hour at 4 % a year."""
    places = sorted(random.Random(44).sample(range(SHARD_CARDS), 44))  # noqa: S311  # a test's own
    result = bytearray(SHARD_CARDS // 4)
    for place in places:
        result[place // 4] |= 1 << place % 4 * 2
    changes = changes_of([(place, 1) for place in places], bits=2)
    change = delta(bytes(len(result)), bytes(result), changes)
    assert updated(change, base=bytes(len(result))).octets == result
    assert len(change) < 400


# Refused.


def test_every_single_bit_change_is_refused() -> None:
    change = delta(BASE, RESULT, CHANGES)
    for bit in range(len(change) * 8):
        altered = bytearray(change)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_every_truncation_and_a_trailing_octet_are_refused() -> None:
    change = delta(BASE, RESULT, CHANGES)
    for size in range(len(change)):
        refused(change[:size])
    refused(change + b"\0")


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise)
    refused(b"\xd2\x84" + noise)


def test_delta_larger_than_half_a_list_is_refused_unread() -> None:
    assert "larger" in refused(b"\xd2".ljust(DELTA_OCTETS_MAX + 1))
    assert "larger" not in refused(b"\xd2".ljust(DELTA_OCTETS_MAX))


def test_only_a_key_of_role_status_of_the_same_issuer_signs_deltas() -> None:
    assert "role status" in refused(delta(BASE, RESULT, CHANGES, key=ISSUER))
    assert "role status" in refused(delta(BASE, RESULT, CHANGES, key=STRANGER))
    abroad = replace(STATUS_KEY, kid=kid(STRANGER), key=public(STRANGER), issuer="other.example")
    other = table(STATUS_KEY, CARD_KEY, abroad)
    assert "another list" in refused(delta(BASE, RESULT, CHANGES, key=STRANGER), keys=other)
    ended = table(
        replace(STATUS_KEY, not_before=UnixSeconds(NOW - 9), expires_at=UnixSeconds(NOW)), CARD_KEY
    )
    with pytest.raises(TrustError, match="role status"):
        prove_delta(delta(BASE, RESULT, CHANGES), ended, now=UnixSeconds(NOW))
    assert prove_delta(delta(BASE, RESULT, CHANGES), ended, now=UnixSeconds(NOW - 1))


@pytest.mark.parametrize(
    "header",
    [
        {1: -7},
        {16: "application/statuslist+cwt"},
        {4: kid(ISSUER)},
        {4: 7},
        {4: "key-1"},
        {3: 0},
        {2: [16]},
    ],
    ids=repr,
)
def test_header_out_of_form_is_refused(header: dict[int, object]) -> None:
    refused(delta(BASE, RESULT, CHANGES, header=header))


@pytest.mark.parametrize(
    "claims",
    [{2: b"x"}, {6: "now"}, {1: "city.example"}, {4: NOW + 60}, {-65538: []}, {-65538: {}}],
    ids=repr,
)
def test_claims_out_of_form_are_refused(claims: dict[object, object]) -> None:
    assert "claims" in refused(delta(BASE, RESULT, CHANGES, claims=claims))


@pytest.mark.parametrize(
    "members",
    [{0: "1"}, {1: "x"}, {1: bytes(31)}, {1: bytes(33)}, {2: "2"}, {3: []}, {4: bytes(31)}, {4: 1}],
    ids=repr,
)
def test_members_out_of_form_are_refused(members: dict[int, object]) -> None:
    refused(delta(BASE, RESULT, CHANGES, members=members))


def test_a_token_is_no_delta_and_a_delta_no_token() -> None:
    assert "header" in refused(status_token())
    with pytest.raises(TrustError):
        load_with_delta(
            delta(BASE, RESULT, CHANGES),
            delta(BASE, RESULT, CHANGES),
            KEYS,
            now=UnixSeconds(NOW),
        )


def test_delta_of_another_list_is_refused() -> None:
    name = LIST_NAME.replace("1", "2")
    assert "another list" in refused(delta(BASE, RESULT, CHANGES, claims={2: name}))


def test_delta_of_another_base_is_refused() -> None:
    assert "iat" in refused(delta(BASE, RESULT, CHANGES, base_iat=NOW - 61))
    assert "iat" in refused(delta(BASE, RESULT, CHANGES, base_iat=NOW - 59))
    assert "digest" in refused(delta(RESULT, RESULT, CHANGES))
    assert "bits" in refused(delta(BASE, RESULT, CHANGES, bits=4))


@pytest.mark.parametrize("issued_at", [NOW - 60, NOW - 61, 0, -1])
def test_delta_not_younger_than_its_base_is_refused(issued_at: int) -> None:
    assert "younger" in refused(delta(BASE, RESULT, CHANGES, claims={6: issued_at}))


def test_delta_one_second_younger_than_its_base_is_taken() -> None:
    told = updated(delta(BASE, RESULT, CHANGES, claims={6: NOW - 59}))
    assert told.issued_at == NOW - 59


def test_delta_that_does_not_lead_where_it_says_is_refused() -> None:
    assert "lead" in refused(delta(BASE, BASE, CHANGES))
    assert "lead" in refused(delta(BASE, RESULT, CHANGES[:1]))


def test_change_to_the_value_that_was_there_is_refused() -> None:
    same = changes_of([(0, 1)], bits=2)
    assert "what it was" in refused(delta(BASE, BASE, same))


def test_first_place_outside_the_list_is_refused() -> None:
    last, outside = changes_of([(15, 3)], bits=2), changes_of([(16, 3)], bits=2)
    result = array_of({0: 1, 5: 2, 9: 1, 15: 3}, bits=2, entries=16)
    assert updated(delta(BASE, result, last)).octets == result
    assert "outside" in refused(delta(BASE, result, outside))
    assert "outside" in refused(delta(BASE, result, b"\xff\xff\xff\xff\x7f"))


@pytest.mark.parametrize(
    "changes",
    [b"\x82\x00", b"\x82\x80\x00", b"\x82", CHANGES + b"\x80", b"\x80\x80\x80\x80\x80\x01"],
    ids=bytes.hex,
)
def test_number_cut_or_longer_than_it_must_be_is_refused(changes: bytes) -> None:
    assert "number" in refused(delta(BASE, RESULT, changes))


def test_delta_of_no_change_is_refused() -> None:
    assert "nothing" in refused(delta(BASE, BASE, b""))


def test_place_can_not_be_named_twice() -> None:
    """A gap is counted from the place behind the last change: 0 is the next one."""
    twice = changes_of([(0, 2)], bits=2) + leb128(0 << 2 | 3)
    result = array_of({0: 2, 1: 3, 5: 2, 9: 1}, bits=2, entries=16)
    assert updated(delta(BASE, result, twice)).octets == result
