import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, NOW, STRANGER, kid, public, sign1
from tests.support.trust import (
    CARD_KEY,
    CITY,
    LIST_NAME,
    STATUS,
    STATUS_KEY,
    status_list,
    status_token,
    table,
    with_value,
)
from verifier.errors import MalformedPayload, TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.reasons import Reason
from verifier.status import TOKEN_OCTETS_MAX, StatusList, list_name, load_list, value_at

KEYS = table(STATUS_KEY, CARD_KEY)


def load(octets: bytes, keys: KeyTable = KEYS, *, now: int = NOW) -> StatusList:
    return load_list(octets, keys, now=UnixSeconds(now))


def refused(octets: bytes, keys: KeyTable = KEYS, *, now: int = NOW) -> str:
    with pytest.raises(TrustError) as caught:
        load(octets, keys, now=now)
    return str(caught.value)


# The order of entries.


def drafted(shared: Path, name: str) -> bytes:
    """Return the CBOR of one of the draft's examples; its hex is wrapped over lines."""
    written = (shared / "vectors/token-status-list" / name).read_text("utf-8")
    return bytes.fromhex("".join(written.rpartition("encoded:")[2].split()))


def values(told: StatusList, count: int) -> Iterator[int]:
    return (value_at(told, index) for index in range(count))


@pytest.mark.parametrize(
    ("name", "bits", "expected"),
    [
        # Section 4.1: status[0] = 1, status[1] = 0, ... in the draft's own words.
        ("status_list_encoding_cbor.md", 1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
        ("status_list_encoding2_cbor.md", 2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
    ],
)
def test_examples_of_the_draft_are_read_in_its_order(
    shared: Path, name: str, bits: int, expected: list[int]
) -> None:
    example = cbor2.loads(drafted(shared, name))
    assert example["bits"] == bits
    told = status_list(octets=zlib.decompress(example["lst"]), bits=bits)
    assert list(values(told, len(expected))) == expected
    with pytest.raises(MalformedPayload):
        value_at(told, len(expected))


# Appendix C of the draft, two bits.
LONG_EXAMPLE = {
    0: 1,
    1993: 2,
    25460: 1,
    159495: 3,
    495669: 1,
    554353: 1,
    645645: 2,
    723232: 1,
    854545: 1,
    934534: 2,
    1000345: 3,
}


@pytest.mark.slow
def test_long_example_of_the_draft_is_one_whole_shard(shared: Path) -> None:
    example = cbor2.loads(drafted(shared, "status_list_encoding2_long_cbor.md"))
    token = status_token(packed=example["lst"])
    told = load(token)
    assert len(told.octets) * 8 // told.bits == 1 << 20
    found = {place: value for place in range(1 << 20) if (value := value_at(told, place))}
    assert found == LONG_EXAMPLE


@given(
    bits=st.sampled_from([1, 2, 4, 8]),
    index=st.integers(0, 2**32 - 1),
    value=st.integers(0, 255),
)
def test_value_written_at_a_place_is_read_there_and_nowhere_else(
    bits: int, index: int, value: int
) -> None:
    value &= (1 << bits) - 1
    told = status_list(octets=with_value(index, value, bits=bits), bits=bits)
    assert value_at(told, index) == value
    for other in (index ^ 1, index ^ 7, index ^ (1 << 19)):
        assert value_at(told, other) == 0


@pytest.mark.parametrize(("bits", "places"), [(1, 16), (2, 8), (4, 4), (8, 2)])
def test_first_place_outside_the_list_is_refused(bits: int, places: int) -> None:
    told = status_list(octets=b"\xff\xff", bits=bits)
    assert value_at(told, places - 1) == (1 << bits) - 1
    with pytest.raises(MalformedPayload) as caught:
        value_at(told, places)
    assert caught.value.reason is Reason.STATUS_INDEX_OUTSIDE


def test_name_of_a_list_is_its_template_with_the_shard() -> None:
    assert list_name("s/{shard}.cwt", (1 << 20) - 1) == "s/0.cwt"
    assert list_name("s/{shard}.cwt", 1 << 20) == "s/1.cwt"


# Tokens.


@pytest.mark.parametrize("alg", [-19, -8])
def test_every_member_of_a_token_is_read(alg: int) -> None:
    told = load(status_token(claims={4: NOW + 60, 65534: 3_600}, header={1: alg}))
    assert (told.name, told.issuer, told.bits) == (LIST_NAME, CITY, 2)
    assert (told.issued_at, told.expires_at, told.octets) == (NOW - 60, NOW + 60, b"\x00\x01")
    assert load(status_token()).expires_at is None


def test_every_single_bit_change_is_refused() -> None:
    token = status_token()
    for bit in range(len(token) * 8):
        altered = bytearray(token)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_every_truncation_and_a_trailing_octet_are_refused() -> None:
    token = status_token()
    for size in range(len(token)):
        refused(token[:size])
    refused(token + b"\0")


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise)
    refused(b"\xd2\x84" + noise)


def test_unsigned_token_is_refused() -> None:
    token = status_token()
    refused(token[:-66] + b"\x40")
    refused(token[:-64] + bytes(64))


def test_token_without_its_tag_or_with_another_is_refused() -> None:
    token = status_token()
    refused(token[1:])
    refused(b"\xd1" + token[1:])
    refused(b"\xd8\x3d" + token)


@pytest.mark.parametrize("unprotected", [b"\xa1\x04\x41\x00", b"\xa1\x18\x63\x61x", b"\x80"])
def test_unsigned_header_is_refused(unprotected: bytes) -> None:
    """A pattern `{}` matches every mapping: anybody could write into a proven list's file."""
    assert "COSE_Sign1" in refused(status_token(unprotected=unprotected))


def test_only_a_key_of_role_status_signs_lists() -> None:
    for role in (Role.CARD, Role.COMMAND, Role.SEAL):
        assert "role status" in refused(status_token(), table(replace(STATUS_KEY, role=role)))
    assert "role status" in refused(status_token(key=ISSUER), KEYS)
    assert "role status" in refused(status_token(), table())


def test_list_belongs_to_the_issuer_of_the_key_that_signed_it() -> None:
    other = replace(STATUS_KEY, issuer="other.example")
    assert load(status_token(), table(other)).issuer == "other.example"


def test_every_key_that_shares_an_id_is_tried() -> None:
    impostor = replace(STATUS_KEY, key=public(STRANGER), issuer="other.example")
    assert load(status_token(), table(impostor, STATUS_KEY)).issuer == CITY


def test_algorithm_pinned_by_the_key_is_the_only_one() -> None:
    pinned = table(replace(STATUS_KEY, algorithms=(-19,)))
    assert load(status_token(), pinned)
    refused(status_token(header={1: -8}), pinned)


def test_key_signs_lists_inside_its_window_only() -> None:
    begins, ends = STATUS_KEY.not_before, STATUS_KEY.expires_at
    assert load(status_token(), now=begins)
    assert load(status_token(), now=ends - 1)
    refused(status_token(), now=begins - 1)
    refused(status_token(), now=ends)


@pytest.mark.parametrize(
    "header",
    [
        {1: -7},
        {16: "application/statuslist+jwt"},
        {16: 1},
        {4: kid(STATUS).hex()},
        {4: kid(ISSUER)},
        {2: [16]},
        {3: 0},
    ],
    ids=repr,
)
def test_header_out_of_form_is_refused(header: dict[int, object]) -> None:
    refused(status_token(header=header))


@pytest.mark.parametrize(
    "claims",
    [
        {2: b"name"},
        {6: "1800000000"},
        {4: "1800000000"},
        {1: "city.example"},
        {65533: {"bits": 3, "lst": zlib.compress(b"\0")}},
        {65533: {"bits": 2, "lst": "eA"}},
        {65533: {"lst": zlib.compress(b"\0")}},
        {65533: {"bits": 2, "lst": zlib.compress(b"\0"), "aggregation_uri": "x"}},
        {65533: []},
    ],
    ids=repr,
)
def test_claims_out_of_form_are_refused(claims: dict[object, object]) -> None:
    refused(status_token(claims=claims))


def test_claims_in_another_order_are_refused() -> None:
    lst = {"bits": 2, "lst": zlib.compress(b"\0")}
    payload = cbor2.dumps({65533: lst, 6: NOW, 2: LIST_NAME})
    header = cbor2.dumps({1: -19, 4: kid(STATUS), 16: "application/statuslist+cwt"})
    assert "deterministic" in refused(b"\xd2" + sign1(header, payload, STATUS))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_list_of_one_whole_shard_passes_and_one_octet_more_is_refused(bits: int) -> None:
    octets = bytes((1 << 20) * bits // 8)
    lst = zlib.compress(octets, 1)
    whole = load(status_token(claims={65533: {"bits": bits, "lst": lst}}))
    assert len(whole.octets) == len(octets)
    more = zlib.compress(octets + b"\0", 1)
    assert "inflate" in refused(status_token(claims={65533: {"bits": bits, "lst": more}}))


def test_bomb_signed_by_a_trusted_key_is_refused_before_it_is_inflated() -> None:
    bomb = zlib.compress(bytes(20_000_000), 9)
    assert "inflate" in refused(status_token(packed=bomb))


@pytest.mark.parametrize(
    "packed", [b"", b"\0", zlib.compress(b"\0") + b"\0", zlib.compress(b"\0")[:-1]]
)
def test_lst_that_is_not_one_whole_stream_is_refused(packed: bytes) -> None:
    assert "inflate" in refused(status_token(packed=packed))


def test_token_larger_than_any_shard_is_refused_unread() -> None:
    assert "larger" in refused(bytes(TOKEN_OCTETS_MAX + 1))
    assert "larger" not in refused(bytes(TOKEN_OCTETS_MAX))


def test_example_of_the_draft_signed_otherwise_is_not_believed(shared: Path) -> None:
    """It is ES256 with an unsigned kid; ours is Ed25519 and signs all that it says."""
    written = (shared / "vectors/token-status-list/status_list_cwt.md").read_text("utf-8")
    assert "COSE_Sign1" in refused(bytes.fromhex("".join(written.split())))
