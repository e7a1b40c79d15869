import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import HOLDER, ISSUER, STRANGER, kid, public
from tests.support.trust import CITY, TEMPLATE, base64url, jwk, keys_json
from verifier.errors import TrustError
from verifier.model import Role
from verifier.trust import KEYS_OCTETS_MAX, load_keys
from verifier.trust import base64url as read_base64url

GOOD = jwk(public(ISSUER))


def problem(**changes: object) -> str:
    """Return what is said of one altered entry, between two good ones that stay."""
    others = jwk(public(HOLDER)), jwk(public(STRANGER))
    listed = load_keys(keys_json(others[0], {**GOOD, **changes}, others[1]))
    assert set(listed.keys) == {(Role.CARD, kid(HOLDER)), (Role.CARD, kid(STRANGER))}
    (told,) = listed.problems
    assert told.startswith("key 1: ")
    return told


def test_every_member_of_an_entry_is_read() -> None:
    listed = load_keys(keys_json({**GOOD, "alg": "Ed25519", "capabilities": 5}))
    (key,) = listed.keys[Role.CARD, kid(ISSUER)]
    assert listed.problems == ()
    assert (key.kid, key.role, key.issuer, key.key) == (
        kid(ISSUER),
        Role.CARD,
        CITY,
        public(ISSUER),
    )
    assert (key.algorithms, key.formats, key.capabilities) == ((-19,), ("cc1",), 5)
    assert (key.not_before, key.expires_at) == (1_790_000_000, 1_900_000_000)
    assert key.status_lists == TEMPLATE


@pytest.mark.parametrize(
    ("alg", "number"), [(None, (-19, -8)), ("Ed25519", (-19,)), ("EdDSA", (-8,))]
)
def test_algorithm_of_an_entry_pins_it(alg: str | None, number: tuple[int, ...]) -> None:
    entry = GOOD if alg is None else {**GOOD, "alg": alg}
    (key,) = load_keys(keys_json(entry)).keys[Role.CARD, kid(ISSUER)]
    assert key.algorithms == number


def test_what_an_entry_leaves_out_permits_nothing() -> None:
    optional = {"formats", "capabilities", "status_lists"}
    entry = {name: value for name, value in GOOD.items() if name not in optional}
    (key,) = load_keys(keys_json(entry)).keys[Role.CARD, kid(ISSUER)]
    assert (key.formats, key.capabilities, key.status_lists) == ((), 0, None)


@pytest.mark.parametrize("name", ["kty", "crv", "x", "kid", "role", "issuer", "nbf", "exp"])
def test_entry_without_a_member_loses_only_itself(name: str) -> None:
    entry = {key: value for key, value in GOOD.items() if key != name}
    listed = load_keys(keys_json(entry, jwk(public(HOLDER))))
    assert len(listed.problems) == 1
    assert list(listed.keys) == [(Role.CARD, kid(HOLDER))]


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"crv": "X25519"},
        {"crv": "Ed448"},
        {"x": base64url(public(ISSUER)) + "="},
        {"x": base64url(public(ISSUER)[:31])},
        {"x": base64url(public(ISSUER)).replace("-", "+")[:-1] + "!"},
        {"x": 7},
        {"kid": "00" * 8},
        {"kid": "0011"},
        {"kid": "not hex"},
        {"kid": 7},
        {"role": "root"},
        {"role": None},
        {"role": ["card"]},
        {"alg": "ES256"},
        {"alg": ["Ed25519"]},
        {"issuer": None},
        {"issuer": ""},
        {"issuer": "\ud800"},
        {"issuer": "city\n"},
        {"formats": "cc1"},
        {"formats": [1]},
        {"formats": {"cc1": 1}},
        {"nbf": 1.5},
        {"nbf": True},
        {"exp": "1900000000"},
        {"capabilities": -1},
        {"capabilities": 128},
        {"capabilities": True},
        {"status_lists": "status/list.cwt"},
        {"status_lists": "{shard}/{shard}"},
        {"status_lists": "{shard}/{issuer}"},
        {"status_lists": 7},
    ],
    ids=repr,
)
def test_entry_out_of_form_loses_only_itself(changes: dict[str, object]) -> None:
    assert problem(**changes)


@pytest.mark.parametrize("entry", [None, 7, "key", [], {}])
def test_entry_that_is_no_key_loses_only_itself(entry: object) -> None:
    listed = load_keys(keys_json(entry, GOOD))
    assert (len(listed.problems), len(listed.keys)) == (1, 1)


BAD_POINTS = {
    "zero": bytes(32),
    "neutral": b"\x01" + bytes(31),
    "order 2": b"\xec" + b"\xff" * 30 + b"\x7f",
    "order 8": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "off the curve": b"\x02" + bytes(31),
    "not canonical": b"\xee" + b"\xff" * 30 + b"\x7f",
    "torsion": bytes.fromhex("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"),
}


@pytest.mark.parametrize("point", BAD_POINTS.values(), ids=BAD_POINTS)
@pytest.mark.parametrize("role", ["card", "status", "command"])
def test_key_that_is_no_valid_point_is_left_out(point: bytes, role: str) -> None:
    listed = load_keys(keys_json(jwk(point, role=role), GOOD))
    assert listed.problems == ("key 0: x is no valid public key",)
    assert len(listed.keys) == 1


def test_seal_key_is_x25519_and_no_point_of_the_other_curve() -> None:
    octets = bytes(range(32))
    listed = load_keys(keys_json(jwk(octets, role="seal", crv="X25519")))
    assert [role for role, _ in listed.keys] == [Role.SEAL]
    assert load_keys(keys_json(jwk(octets, role="seal"))).problems
    assert load_keys(keys_json(jwk(public(ISSUER), crv="X25519"))).problems


def test_key_listed_under_a_second_role_or_issuer_keeps_its_first() -> None:
    """One role per key is what keeps a signature of one kind from passing for another."""
    for changes in ({"role": "status"}, {"issuer": "other.example"}):
        listed = load_keys(keys_json(GOOD, {**GOOD, **changes}))
        assert listed.problems == ("key 1: it stands above with another role or issuer",)
        assert set(listed.keys) == {(Role.CARD, kid(ISSUER))}
        assert len(listed.keys[Role.CARD, kid(ISSUER)]) == 1


def test_key_may_be_listed_again_for_another_family() -> None:
    listed = load_keys(keys_json(GOOD, {**GOOD, "formats": ["claim169"]}))
    assert len(listed.keys[Role.CARD, kid(ISSUER)]) == 2


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"7",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [}',
        b"\xff\xfe",
        b'{"keys": ' + b"[" * 100_000,
        b'{"keys": ' + b"1" * 5_000 + b"}",
        b" " * (KEYS_OCTETS_MAX + 1),
    ],
    ids=lambda octets: repr(octets[:14]),
)
def test_document_that_is_no_key_set_is_refused_whole(octets: bytes) -> None:
    with pytest.raises(TrustError):
        load_keys(octets)


def test_key_set_exactly_at_the_limit_is_read() -> None:
    octets = keys_json(GOOD)
    assert load_keys(octets + b" " * (KEYS_OCTETS_MAX - len(octets))).keys


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), JSON, max_size=3))
def test_entry_of_noise_never_raises(changes: dict[str, object]) -> None:
    listed = load_keys(keys_json({**GOOD, **changes}))
    assert len(listed.keys) + len(listed.problems) == 1


@given(st.binary(max_size=60))
def test_base64url_round_trips(octets: bytes) -> None:
    assert read_base64url(base64url(octets)) == octets


@given(st.text(max_size=12))
def test_base64url_has_one_text_for_any_octets(noise: str) -> None:
    try:
        octets = read_base64url(noise)
    except TrustError:
        return
    assert base64url(octets) == noise


@pytest.mark.parametrize("text", ["A", "AB==", "AB", "A+/A", "A A A", "é", "AAA=", "\ud800AAA"])
def test_other_base64_is_refused(text: str) -> None:
    with pytest.raises(TrustError):
        read_base64url(text)


def test_json_is_read_as_json_says_and_not_as_python_would() -> None:
    document = json.loads(keys_json(GOOD))
    document["comment"] = {"unknown": "members of the set are ignored, as RFC 7517 says"}
    assert load_keys(json.dumps(document).encode()).keys
