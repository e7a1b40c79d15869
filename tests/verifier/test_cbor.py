import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.cbor import load_deterministic, write_tag
from verifier.errors import MalformedPayload


def dump(value: object) -> bytes:
    """Return the deterministic encoding of `value`, as the library makes it."""
    return cbor2.dumps(value, canonical=True, default=write_tag)


VALUES = st.recursive(
    st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=20)
    | st.text(max_size=10)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-70_000, 70_000), inner, max_size=4)
    ),
    max_leaves=10,
)


@pytest.mark.slow
@given(VALUES)
def test_values_round_trip(value: object) -> None:
    assert load_deterministic(dump(value)) == value


@given(st.binary(max_size=80))
def test_noise_is_refused_or_is_its_own_encoding(noise: bytes) -> None:
    try:
        value = load_deterministic(noise)
    except MalformedPayload:
        return
    assert dump(value) == noise


@pytest.mark.parametrize(
    "octets",
    [
        "0000",  # trailing octet
        "1800",  # longer integer
        "1b0000000000000001",
        "5f4100ff",  # indefinite lengths
        "9f00ff",
        "bf0000ff",
        "7f6161ff",
        "a200000001",  # duplicate label
        "a2010002000000",
        "a2020001 00",  # wrong order
        "f97e01",  # another spelling of not-a-number
        "fb3ff0000000000000",  # 1.0 in eight octets where two do
        "c249000000000000000001",  # bignum for a small number
        "62ffff",  # no UTF-8
        "",
        "ff",
        "1c",
    ],
)
def test_second_spelling_is_refused(octets: str) -> None:
    with pytest.raises(MalformedPayload):
        load_deterministic(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "octets",
    [
        b"\x81" * 100_000 + b"\0",  # deep nesting
        b"\xa1\x00" * 100_000,
        b"\xc6" * 100_000,
        bytes.fromhex("c5821a7fffffff01"),  # 2 ** 2147483647
        bytes.fromhex("c4821b7fffffffffffffff01"),  # 10 ** (2 ** 63)
        bytes.fromhex("5bffffffffffffffff"),  # 2 ** 64 octets announced
        bytes.fromhex("9bffffffffffffffff"),
        bytes.fromhex("d81e820100"),  # one divided by nothing
        b"\xd8\x23\x63(((",  # a regular expression that is none
        bytes.fromhex("d81c81d81d00"),  # an array that holds itself
        bytes.fromhex("c11b7fffffffffffffff"),  # a date past all calendars
        b"\xc4\x82\x00\xc2\x5a\x00\x08\x00\x00" + b"\xff" * 524_288,  # a decimal fraction: 40 s
        b"\xc5\x82\x00\xc2\x5a\x00\x08\x00\x00" + b"\xff" * 524_288,
        bytes.fromhex("d9010443010203"),  # an address of three octets
        bytes.fromhex("d82461ff"),  # mail
    ],
    ids=lambda octets: octets[:12].hex(),
)
def test_hostile_value_is_refused_and_costs_nothing(octets: bytes) -> None:
    with pytest.raises(MalformedPayload):
        load_deterministic(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"\xa1" * 3 + bytes(4),  # a map that is a key of a map
        b"\xa1" * 400 + bytes(401),
        b"\xd9\x01\x02\x81" * 40 + b"\x00",  # a set within a set
        b"\xa1\x80\x00",  # a list as a key
        b"\xa1\xf6\x00",
        b"\xa1\xf9\x3c\x00\x00",
    ],
    ids=lambda octets: octets[:12].hex(),
)
def test_key_that_is_no_number_and_no_string_is_refused(octets: bytes) -> None:
    """cbor2 took twice as long for each level of maps within keys: found by fuzzing."""
    with pytest.raises(MalformedPayload):
        load_deterministic(octets)


def test_labels_are_sorted_as_cose_needs_them() -> None:
    octets = dump({65533: 0, 2: 0, 6: 0, 65534: 0, 4: 0})
    assert list(cbor2.loads(octets)) == [2, 4, 6, 65533, 65534]
