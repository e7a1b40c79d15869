"""The examples of draft-ietf-oauth-status-list, read in place; every file is used, once."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cbor2
import pytest

from tests.support.cards import NOW
from tests.support.lists import FOREIGN, FOREIGN_KEY, FOREIGN_NAME, jwt, load_list
from tests.support.p256 import keys_that_signed
from tests.support.trust import base64url, status_list, status_token, table
from tests.verifier.test_status_token import load
from verifier.encoding import base64url as base64url_codec
from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload, TrustError
from verifier.foreign_signature import p256_key
from verifier.model import Algorithm, KeyKind, SignedOctets, UnixSeconds
from verifier.status import StatusList, value_at, value_in

SHORT_1 = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]  # section 4.1, in its own words
SHORT_2 = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
# Appendix C: 2^20 entries, all others 0.
LONG_1 = dict.fromkeys(
    (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345), 1
)
LONG_2 = LONG_1 | {1993: 2, 159495: 3, 645645: 2, 934534: 2, 1000345: 3}
LONG_4_PLACES = (0, 1993, 35460, 459495, 595669, 754353, 845645, 923232, 924445, 934534)
LONG_4 = {place: value for value, place in enumerate(LONG_4_PLACES, 1)}
LONG_4 |= {1004534: 11, 1000345: 12, 1030203: 13, 1030204: 14, 1030205: 15}

SHORT: Mapping[str, list[int]] = {
    "status_list_encoding_cbor.md": SHORT_1,
    "status_list_encoding_json.md": SHORT_1,
    "status_list_encoding2_cbor.md": SHORT_2,
}
LONG: Mapping[str, dict[int, int]] = {
    "status_list_encoding1_long_json.md": LONG_1,
    "status_list_encoding2_long_cbor.md": LONG_2,
    "status_list_encoding4_json.md": LONG_4,
}
# Signed by a key that the draft's fragments don't give: it is computed from the signatures.
SIGNED = ("referenced_token_cwt.md", "status_list_cwt.md")


def written(shared: Path, name: str) -> str:
    """Return an example without the draft's line breaks."""
    text = (shared / "vectors/token-status-list" / name).read_text("utf-8")
    return "".join(line.strip() for line in text.rpartition("encoded:")[2].splitlines())


def drafted(shared: Path, name: str) -> tuple[int, bytes]:
    """Return bits and the compressed list of an example of either encoding."""
    text = written(shared, name)
    if name.endswith("_json.md"):
        members = json.loads(text)
        return members["bits"], base64url_codec.decode(members["lst"])
    members = cbor2.loads(bytes.fromhex(text))
    return members["bits"], members["lst"]


def test_every_file_of_the_set_is_used(shared: Path) -> None:
    found = {path.name for path in (shared / "vectors/token-status-list").iterdir()}
    assert found == {*SHORT, *LONG, *SIGNED, "SOURCE.txt"}
    assert len(found) == 9


@pytest.mark.parametrize("name", SHORT)
def test_short_example_is_read_in_the_order_of_the_draft(shared: Path, name: str) -> None:
    bits, packed = drafted(shared, name)
    told = status_list(octets=zlib.decompress(packed), bits=bits)
    assert [value_at(told, place) for place in range(len(SHORT[name]))] == SHORT[name]
    with pytest.raises(MalformedPayload):
        value_at(told, len(SHORT[name]))


def listed(told: StatusList) -> dict[int, int]:
    assert len(told.octets) * 8 // told.bits == 1 << 20
    return {place: value for place in range(1 << 20) if (value := value_in(told, place))}


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_long_example_passes_through_both_forms_to_the_last_card(shared: Path, name: str) -> None:
    bits, packed = drafted(shared, name)
    told = load(status_token(claims={65533: {"bits": bits, "lst": packed}}))
    assert listed(told) == LONG[name]
    claims = {"status_list": {"bits": bits, "lst": base64url(packed)}}
    abroad = load(jwt(claims=claims), table(FOREIGN_KEY))
    assert (abroad.name, abroad.bits) == (FOREIGN_NAME, bits)
    assert abroad.octets == told.octets


# The signed examples.


def signed(shared: Path, name: str) -> tuple[bytes, SignedOctets]:
    octets = bytes.fromhex(written(shared, name))
    return octets, read_sign1(octets).signed


def test_signed_examples_are_of_one_key_and_are_proven(shared: Path) -> None:
    """A signature of ECDSA leaves two keys that can have made it; only one made both."""
    pair = [signed(shared, name) for name in SIGNED]
    candidates = [keys_that_signed(each.message, each.signature) for _, each in pair]
    ((x, y),) = candidates[0] & candidates[1]
    key = replace(
        FOREIGN_KEY,
        kid=b"12",
        kind=KeyKind.P256,
        key=p256_key(x, y),
        algorithms=(Algorithm.ES256,),
    )
    card = cbor2.loads(read_sign1(pair[0][0]).payload)
    place, name = card[65535]["status_list"]["idx"], card[65535]["status_list"]["uri"]
    told = load_list(pair[1][0], table(key), now=UnixSeconds(NOW))
    assert (told.name, told.issuer, told.expires_at) == (name, FOREIGN, 2_291_720_170)
    assert value_in(told, place) == 1
    assert [value_in(told, each) for each in range(16)] == SHORT_1
    altered = bytearray(pair[1][0])
    altered[-1] ^= 1
    with pytest.raises(TrustError, match="role status"):
        load_list(bytes(altered), table(key), now=UnixSeconds(NOW))


def test_signed_example_is_not_believed_without_its_key(shared: Path) -> None:
    octets, _ = signed(shared, "status_list_cwt.md")
    with pytest.raises(TrustError, match="role status"):
        load(octets)
