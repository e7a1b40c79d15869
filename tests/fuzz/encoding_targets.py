"""The encodings beneath all families, each by itself."""

import math
import zlib
from contextlib import suppress

import cbor2

from tests.fuzz.target import Target, mutated_cbor, mutated_json
from tests.support.families import cose, cwt, health_card, ticket
from tests.support.foreign import seal_data
from tests.support.trust import status_token
from verifier.encoding.base45 import decode, encode
from verifier.encoding.cbor import load_deterministic, write_tag
from verifier.encoding.cbor_reader import load
from verifier.encoding.inflate import inflate, inflate_raw
from verifier.encoding.jcs import canonical
from verifier.encoding.protobuf import read_fields
from verifier.encoding.sign1 import read_sign1
from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload

_INFLATED_MAX = 4_096
_KINDS = {1: bytes, 2: int, 3: bytes, 9: int}


def check_base45(octets: bytes) -> None:
    """Decode noise: what is accepted has this one text."""
    try:
        decoded = decode(octets)
    except MalformedPayload:
        decoded = b""
    else:
        assert encode(decoded) == octets, "octets have two texts"
    assert decode(encode(octets)) == octets


def check_cbor(octets: bytes) -> None:
    """Read noise as deterministic CBOR: what is accepted is its one encoding."""
    try:
        value = load_deterministic(octets)
    except MalformedPayload:
        return
    assert cbor2.dumps(value, canonical=True, default=write_tag) == octets


def check_cbor_reader(octets: bytes) -> None:
    """Read noise as any CBOR: plain values are what cbor2 reads, signed layers never raise."""
    with suppress(MalformedPayload):
        read_sign1(octets)
    try:
        value = load(octets)
    except MalformedPayload:
        return
    if _is_plain(value):
        assert cbor2.dumps(cbor2.loads(octets)) == cbor2.dumps(value), "cbor2 reads it otherwise"


def _is_plain(value: object) -> bool:
    """Return whether nothing in `value` is left for cbor2 to interpret."""
    match value:
        case dict():
            return all(_is_plain(part) for part in value.values())
        case list():
            return all(_is_plain(part) for part in value)
        case float():
            return not math.isnan(value)
        case bool() | int() | bytes() | str():
            return True
        case _:  # null: `undefined` is read as it, and cbor2 keeps them apart
            return False


def check_inflate(octets: bytes) -> None:
    """Inflate noise: never past the limit."""
    for unpack in (inflate, inflate_raw):
        try:
            assert len(unpack(octets, size_max=_INFLATED_MAX)) <= _INFLATED_MAX
        except MalformedPayload:
            continue


def check_json(octets: bytes) -> None:
    """Read noise as JSON: its canonical text is read as the same value, and is final."""
    try:
        value = load_object(octets)
        text = canonical(value)
    except MalformedPayload:
        return
    assert load_object(text) == value
    assert canonical(load_object(text)) == text


def check_protobuf(octets: bytes) -> None:
    """Read noise as a message: what is accepted is written the same again."""
    try:
        fields = read_fields(octets, _KINDS)
    except MalformedPayload:
        return
    assert ticket(fields) == octets, "one message has two spellings"


_NESTED_KEYS = b"\xa1" * 30 + bytes(31)  # hung cbor2 for hours: a finding that was mended

TARGETS = (
    Target(name="base45", run=check_base45, seeds=(b"BB8", b"%69 VD92EX0"), size_max=7_092),
    Target(
        name="cbor",
        run=check_cbor,
        seeds=(cbor2.dumps({1: [b"", "", -1, None, True]}), status_token(), _NESTED_KEYS),
        size_max=4_096,
        words=(b"\xd8\x40", b"\xc2\x41", b"\xbf", b"\x9f", b"\xfb", b"\x1b", b"\xd9\x01\x00"),
        mutate=mutated_cbor,
    ),
    Target(
        name="cbor-reader",
        run=check_cbor_reader,
        seeds=(
            cose(),
            cbor2.dumps(cwt()),
            b"\xbf\x61a\x9f\x01\xf9\x3c\x00\xff\x61b\x7f\x61c\xff\xff",
        ),
        size_max=4_096,
        words=(b"\xbf", b"\x9f", b"\x5f", b"\xff", b"\xf9", b"\x1b", b"\xd2\x84"),
        mutate=mutated_cbor,
    ),
    Target(
        name="inflate",
        run=check_inflate,
        seeds=(zlib.compress(b""), zlib.compress(bytes(2 * _INFLATED_MAX))),
        size_max=4_096,
    ),
    Target(
        name="json",
        run=check_json,
        seeds=(canonical(seal_data()), canonical({**health_card(), "nbf": 1})),
        size_max=4_096,
        words=(b"\\ud800", b"\\u0000", b"1e5", b"-0", b"9007199254740993", b"NaN", b'"a":1,'),
        mutate=mutated_json,
    ),
    Target(
        name="protobuf",
        run=check_protobuf,
        seeds=(ticket({1: "seed", 2: 300, 9: 2**62}),),
        size_max=512,
    ),
)
