import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.use import (
    AMOUNT_MAX,
    TEXT_OCTETS_MAX,
    Place,
    Use,
    is_short,
    key_digest,
    read_place,
    read_use,
)

SALE = Use(
    amount_minor=1_250,
    currency="CNY",
    fund="insured-account",
    client="till-1",
    key="a1b2c3d4e5f60718",
    asked="0123456789abcdef",
)

TEXTS = st.text(max_size=TEXT_OCTETS_MAX).filter(is_short)


@given(
    zone=TEXTS,
    direction=st.sampled_from(["", "in", "out"]),
    amount_minor=st.none() | st.integers(0, AMOUNT_MAX),
    client=TEXTS,
    key=TEXTS,
)
def test_what_a_line_moves_reads_back(**members: Any) -> None:
    use = Use(currency="CNY", **members)
    assert read_use(json.loads(json.dumps(use.members()))) == use


def test_a_line_that_moves_nothing_has_no_use() -> None:
    assert read_use({"verdict": "grant"}) is None
    assert Use().members() == {}
    assert read_use({"amount_minor": 0}) == Use(amount_minor=0)


@pytest.mark.parametrize(
    "members",
    [
        {"zone": 7},
        {"key": None},
        {"amount_minor": -1},
        {"amount_minor": AMOUNT_MAX + 1, "currency": "CNY"},
        {"amount_minor": 1.5},
        {"amount_minor": True},
        {"amount_minor": "7"},
        {"amount_minor": 7},
        {"direction": "up"},
        {"zone": "z" * (TEXT_OCTETS_MAX + 1)},
    ],
)
def test_members_that_are_no_use_are_refused(members: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"zone|key|amount|direction|text"):
        read_use(members)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("z" * TEXT_OCTETS_MAX, True),
        ("z" * (TEXT_OCTETS_MAX + 1), False),
        ("区" * 21, True),
        ("区" * 22, False),
        ('a"b', False),
        ("a\\b", False),
        ("a\nb", False),
        ("\ud800", False),
    ],
)
def test_a_text_is_as_long_in_the_line_as_it_may_be(text: str, *, fits: bool) -> None:
    """What JSON escapes would grow sixfold there."""
    assert is_short(text) is fits
    if fits:
        assert replace(SALE, zone=text).zone == text
        assert len(json.dumps(text, ensure_ascii=False).encode()) <= TEXT_OCTETS_MAX + 2
    else:
        with pytest.raises(ValueError, match="text"):
            replace(SALE, zone=text)


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "1/2",
        {"epoch": 1},
        {"epoch": 1, "seq": 0},
        {"epoch": -1, "seq": 1},
        {"epoch": 1, "seq": "2"},
        {"epoch": 1, "seq": 2, "more": 3},
    ],
)
def test_what_names_no_entry_is_no_reference(reference: object) -> None:
    with pytest.raises(ValueError, match="reference"):
        read_place(reference)


def test_a_reference_reads_back() -> None:
    place = Place(epoch=3, seq=1)
    assert read_place(place.members()) == place
    assert place < Place(epoch=3, seq=2) < Place(epoch=4, seq=1)


def test_a_key_is_its_clients_own() -> None:
    assert key_digest("till-1", "k") == key_digest("till-1", "k")
    names = [("till-1", "k"), ("till-2", "k"), ("till", "-1k"), ("till-1k", "")]
    assert len({key_digest(*name) for name in names}) == len(names)
    assert len(key_digest("till-1", "k")) == 32
