import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_object_is_read_as_it_was_written(value: dict[str, object]) -> None:
    assert load_object(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_noise_is_an_object_or_refused(noise: bytes) -> None:
    for octets in (noise, b"{" + noise + b"}"):
        try:
            assert isinstance(load_object(octets), dict)
        except MalformedPayload:
            continue


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b'"a"',
        b"1",
        b"{} {}",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"\\u0062":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b"{'a':1}",
        b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"1" * 5_000 + b"}",
        b'{"a":' + b"[" * 60_000 + b"]" * 60_000 + b"}",
        b'{"a":' * 60_000,
    ],
    ids=lambda octets: repr(octets[:12]),
)
def test_what_is_no_single_object_is_refused(octets: bytes) -> None:
    with pytest.raises(MalformedPayload):
        load_object(octets)
