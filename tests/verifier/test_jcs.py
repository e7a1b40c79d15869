import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.jcs import DEPTH_MAX, INTEGER_MAX, canonical
from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def refused(value: object) -> None:
    with pytest.raises(MalformedPayload) as caught:
        canonical(value)
    assert caught.value.reason is Reason.FORM_MALFORMED


def test_members_are_sorted_by_their_utf16_units() -> None:
    """As in RFC 8785, section 3.2.3: a face stands before a letter of a higher unit."""
    names = ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    text = canonical(dict.fromkeys(reversed(names), 0)).decode()
    assert list(json.loads(text)) == names
    assert sorted(names) != names


def test_space_and_order_of_the_text_are_gone_at_every_level() -> None:
    one = json.loads('{"b": [1, {"d": null, "c": true}], "a": "x"}')
    other = json.loads('{"a":"x","b":[1,{"c":true,"d":null}]}')
    assert canonical(one) == canonical(other) == b'{"a":"x","b":[1,{"c":true,"d":null}]}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", '""'),
        ('"\\/', '"\\"\\\\/"'),
        ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
        ("\x00\x0b\x1f", '"\\u0000\\u000b\\u001f"'),
        ("\x7f\x80\u2028", '"\x7f\x80\u2028"'),
        ("€\U0001f600", '"€\U0001f600"'),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-1, "-1"),
        (INTEGER_MAX, "9007199254740991"),
        (-INTEGER_MAX, "-9007199254740991"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_value_has_the_text_of_the_standard(value: object, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize("number", [INTEGER_MAX + 1, -INTEGER_MAX - 1, 1.0, 0.5, 1e3, float("nan")])
def test_number_that_is_no_small_integer_is_refused(number: float) -> None:
    refused(number)
    refused({"a": [number]})


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\ude00\ud83d"])
def test_half_of_a_pair_is_refused_as_text_and_as_name(text: str) -> None:
    refused(text)
    refused({text: 1})
    refused({text: 1, "a": 2})


def nested(depth: int, *, as_list: bool) -> object:
    value: object = 0
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


@pytest.mark.parametrize("as_list", [True, False])
def test_nesting_has_a_bound_from_both_sides(*, as_list: bool) -> None:
    assert canonical(nested(DEPTH_MAX, as_list=as_list))
    refused(nested(DEPTH_MAX + 1, as_list=as_list))
    refused(nested(900, as_list=as_list))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(VALUES)
def test_canonical_text_is_json_of_the_same_value_and_its_own_canonical_text(value: object) -> None:
    octets = canonical(value)
    assert json.loads(octets) == value
    assert canonical(json.loads(octets)) == octets
