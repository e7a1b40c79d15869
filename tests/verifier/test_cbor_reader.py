import math
import struct

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.cbor_reader import DEPTH_MAX, ITEMS_MAX, Tagged, load
from verifier.errors import MalformedPayload
from verifier.reasons import Reason

SCALARS = (
    st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=40)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.integers(-300, 70_000) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=30,
)


def refusal(octets: bytes) -> Reason:
    with pytest.raises(MalformedPayload) as caught:
        load(octets)
    return caught.value.reason


@given(VALUES)
def test_what_another_encoder_writes_is_read_and_is_a_truncation_nowhere(value: object) -> None:
    octets = cbor2.dumps(value)
    assert load(octets) == value
    assert refusal(octets + b"\0") is Reason.FORM_MALFORMED
    for size in range(len(octets)):
        assert refusal(octets[:size]) is Reason.FORM_MALFORMED


@given(st.binary(max_size=80))
def test_noise_is_refused_or_a_value_that_encodes_to_itself(noise: bytes) -> None:
    try:
        value = load(noise)
    except MalformedPayload:
        return
    assert repr(load(cbor2.dumps(value, default=_tagged))) == repr(value)  # a NaN is not itself


def _tagged(encoder: cbor2.CBOREncoder, value: object) -> None:
    assert isinstance(value, Tagged)
    encoder.encode(cbor2.CBORTag(value.tag, value.value))


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("1800", 0),  # longer than needed
        ("1b0000000000000001", 1),
        ("bf0102ff", {1: 2}),
        ("9f01820203ff", [1, [2, 3]]),
        ("5f41014102ff", b"\1\2"),
        ("7f6161ff", "a"),
        ("5fff", b""),
        ("a202010102", {2: 1, 1: 2}),  # keys in no order
        ("f93c00", 1.0),
        ("fa3fc00000", 1.5),
        ("d28101", Tagged(tag=18, value=[1])),
        ("f7", None),
    ],
)
def test_every_well_formed_spelling_is_read(octets: str, value: object) -> None:
    assert load(bytes.fromhex(octets)) == value


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "ff",  # a break with nothing to break
        "81ff",
        "a1ff",
        "a101ff",
        "bf01ff",
        "d2ff",
        "c0",
        "1c",  # reserved heads
        "3e",
        "1f",
        "3f",
        "df01",
        "f8",
        "f820",  # simple values that mean nothing
        "e0",
        "61ff",  # no UTF-8
        "7f61c361a9ff",  # a character cut in two
        "5f6161ff",  # text among octets
        "5f5f4101ffff",
        "a1810101",  # a key that is no key
        "a1f501",
        "a1f601",
        "a1fb3ff000000000000001",
    ],
)
def test_what_is_not_well_formed_is_refused(octets: str) -> None:
    assert refusal(bytes.fromhex(octets)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("octets", ["a201020103", "bf01020103ff", "a20102180103", "a2616101616102"])
def test_key_that_stands_twice_is_refused_in_whatever_spelling(octets: str) -> None:
    """cbor2 keeps the last: a reader that keeps the first would see another card."""
    assert refusal(bytes.fromhex(octets)) is Reason.FORM_MALFORMED


def test_number_and_text_that_look_alike_are_two_keys() -> None:
    assert load(cbor2.dumps({1: 1, "1": 2})) == {1: 1, "1": 2}


def test_nesting_is_read_to_the_limit_and_not_one_deeper() -> None:
    assert load(b"\x81" * (DEPTH_MAX - 1) + b"\x01")
    for bomb in (b"\x81", b"\x9f", b"\xa1\x01", b"\xbf\x01", b"\xc1"):
        assert refusal(bomb * DEPTH_MAX + b"\x01") is Reason.FORM_MALFORMED
        assert refusal(bomb * 30_000) is Reason.FORM_MALFORMED


def test_items_are_read_to_the_limit_and_not_one_more() -> None:
    assert load(b"\x9f" + b"\0" * (ITEMS_MAX - 2) + b"\xff") == [0] * (ITEMS_MAX - 2)
    for octets in (
        b"\x9f" + b"\0" * (ITEMS_MAX - 1) + b"\xff",
        b"\x5f" + b"\x40" * ITEMS_MAX + b"\xff",
        b"\x99" + struct.pack(">H", ITEMS_MAX) + b"\0" * ITEMS_MAX,
    ):
        assert refusal(octets) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("head", ["9bffffffffffffffff", "bbffffffffffffffff", "5bffffffffffffffff"])
def test_length_that_is_not_there_costs_nothing(head: str) -> None:
    assert refusal(bytes.fromhex(head)) is Reason.FORM_MALFORMED


def test_not_a_number_is_read_and_left_to_who_asks_for_one() -> None:
    value = load(bytes.fromhex("f97e00"))
    assert isinstance(value, float)
    assert math.isnan(value)
