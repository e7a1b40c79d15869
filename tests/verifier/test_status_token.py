import random
import zlib
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, NOW, STRANGER, kid, public, sign1
from tests.support.foreign import P256, es256, spki
from tests.support.lists import FOREIGN_KEY, jwt, load_list
from tests.support.trust import (
    CARD_KEY,
    CITY,
    LIST_NAME,
    STATUS,
    STATUS_KEY,
    base64url,
    status_token,
    table,
)
from verifier.errors import TrustError
from verifier.model import Algorithm, KeyKind, KeyTable, Role, UnixSeconds
from verifier.status import StatusList
from verifier.status_token import JWT_OCTETS_MAX, TOKEN_OCTETS_MAX

KEYS = table(STATUS_KEY, CARD_KEY)


def load(octets: bytes, keys: KeyTable = KEYS, *, now: int = NOW) -> StatusList:
    return load_list(octets, keys, now=UnixSeconds(now))


def refused(octets: bytes, keys: KeyTable = KEYS, *, now: int = NOW) -> str:
    with pytest.raises(TrustError) as caught:
        load(octets, keys, now=now)
    return str(caught.value)


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


@pytest.mark.parametrize("unprotected", [b"\xa1\x04\x41\x00", b"\xa1\x18\x63\x61x"])
def test_unsigned_header_is_refused(unprotected: bytes) -> None:
    """A pattern `{}` matches every mapping: anybody could write into a proven list's file."""
    assert "COSE_Sign1" in refused(status_token(unprotected=unprotected))
    refused(status_token(unprotected=b"\x80"))


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


def test_shard_by_a_foreign_algorithm_is_refused_and_another_list_is_read() -> None:
    """The city's own lists are proven by libsodium alone, whatever its trust list holds."""
    p256 = replace(STATUS_KEY, kind=KeyKind.P256, key=spki(P256), algorithms=(Algorithm.ES256,))
    unsigned = cbor2.loads(status_token(header={1: Algorithm.ES256})).value
    protected, _, payload, _ = unsigned
    signature = es256(P256, cbor2.dumps(["Signature1", protected, b"", payload]))
    token = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    assert load(token, table(p256)).name == LIST_NAME, "of no card key's template"
    assert "header" in refused(token, table(p256, CARD_KEY))


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


def test_largest_list_of_either_form_is_read() -> None:
    """What does not compress: the limits leave room for its header, and not for a second one."""
    octets = random.Random(7).randbytes(1 << 20)  # noqa: S311  # a test's own
    packed = {"bits": 8, "lst": zlib.compress(octets)}
    shard = status_token(claims={65533: packed}, packed=b"")
    text = jwt(claims={"status_list": {**packed, "lst": base64url(packed["lst"])}})
    for token, keys, size_max in (
        (shard, KEYS, TOKEN_OCTETS_MAX),
        (text, table(FOREIGN_KEY), JWT_OCTETS_MAX),
    ):
        assert load(token, keys).octets == octets
        assert size_max * 99 // 100 < len(token) <= size_max


@pytest.mark.parametrize(
    ("begin", "size"), [(b"\xd2", TOKEN_OCTETS_MAX), (b"e30.", JWT_OCTETS_MAX)]
)
def test_token_larger_than_any_list_is_refused_unread(begin: bytes, size: int) -> None:
    assert "larger" not in refused(begin.ljust(size, b"A"))
    assert "larger" in refused(begin.ljust(size + 1, b"A"))
