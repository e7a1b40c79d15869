import json
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding.cose import bstr, head, sig_structure
from verifier.signature import is_signed_by
from verifier.trust import base64url

EDGES = [0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1]


@given(st.sampled_from(EDGES) | st.integers(0, 2**32 - 1))
def test_head_is_the_shortest(number: int) -> None:
    assert head(0, number) == cbor2.dumps(number)
    assert head(1, number) == cbor2.dumps(-1 - number)


def test_number_over_32_bits_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        head(0, 2**32)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_536])
def test_byte_string_is_what_another_encoder_makes(size: int) -> None:
    assert bstr(bytes(size)) == cbor2.dumps(bytes(size))


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=30))
def test_sig_structure_is_what_another_encoder_makes(
    protected: bytes, payload: bytes, aad: bytes
) -> None:
    expected = cbor2.dumps(["Signature1", protected, aad, payload])
    assert sig_structure(protected, payload, aad) == expected


def test_published_example_of_the_cose_working_group_verifies(shared: Path) -> None:
    path = shared / "vectors/cose-wg/eddsa-examples/eddsa-sig-01.json"
    example = json.loads(path.read_bytes())
    message = cbor2.loads(bytes.fromhex(example["output"]["cbor"]))
    protected, _, payload, signature = message.value
    signed = sig_structure(protected, payload)
    assert signed.hex().upper() == example["intermediates"]["ToBeSign_hex"].upper()
    key = example["input"]["sign0"]["key"]
    public = bytes.fromhex(key["x_hex"]) if "x_hex" in key else base64url(key["x"])
    assert is_signed_by(public, signed, signature)
    assert not is_signed_by(public, signed + b"\0", signature)
