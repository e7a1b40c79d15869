import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_add
from nacl.signing import SigningKey

from tests.support.cards import HOLDER, ISSUER, STRANGER, kid, public
from tests.support.foreign import P256, RSA, certificate, certified, entry, short, spki, x5c
from tests.support.trust import CITY, TEMPLATE, base64url, jwk, keys_json
from verifier.errors import TrustError
from verifier.model import KeyKind, Role, TrustedKey
from verifier.trust import KEYS_OCTETS_MAX, KEYS_PER_KID_MAX, TIME_MAX, kid_of, load_keys
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
        {"exp": 1_900_000_000.0},
        {"nbf": -1},
        {"exp": TIME_MAX + 1},
        {"d": base64url(bytes(32))},
        {"capabilities": -1},
        {"capabilities": 128},
        {"capabilities": True},
        {"status_lists": "status/list.cwt"},
        {"status_lists": "{shard}/{shard}"},
        {"status_lists": "{shard}/{issuer}"},
        {"status_lists": "{shard}}"},
        {"status_lists": "{{shard}"},
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


ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
BAD_POINTS = {
    "zero": bytes(32),
    "neutral": b"\x01" + bytes(31),
    "order 2": b"\xec" + b"\xff" * 30 + b"\x7f",
    "order 8": ORDER_8,
    "off the curve": b"\x02" + bytes(31),
    "not canonical": b"\xee" + b"\xff" * 30 + b"\x7f",
    "torsion": crypto_core_ed25519_add(public(ISSUER), ORDER_8),
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
    for other in (octets[:-1], octets + b"\0", b""):
        assert load_keys(keys_json(jwk(other, role="seal", crv="X25519"))).keys == {}
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


# Keys of foreign families; their members are tried in test_jwk.py, their ids in test_key_ids.py.


def only(*entries: object) -> TrustedKey:
    """Return the one key that a list makes, nothing being wrong with it."""
    listed = load_keys(keys_json(*entries))
    assert listed.problems == ()
    ((key,),) = listed.keys.values()
    return key


@pytest.mark.parametrize(
    ("member", "kind", "octets", "algorithms"),
    [
        (entry(P256), KeyKind.P256, spki(P256), (-7,)),
        (entry(RSA), KeyKind.RSA, spki(RSA), (-37,)),
        (certified(certificate(P256)), KeyKind.P256, spki(P256), (-7,)),
        (certified(certificate(RSA)), KeyKind.RSA, spki(RSA), (-37,)),
    ],
    ids=["P-256", "RSA", "certificate of P-256", "certificate of RSA"],
)
def test_foreign_key_is_held_as_public_key_info(
    member: dict[str, object], kind: KeyKind, octets: bytes, algorithms: tuple[int, ...]
) -> None:
    key = only(member)
    assert (key.kind, key.key, key.algorithms) == (kind, octets, algorithms)
    assert (key.role, key.issuer, key.formats) == (Role.CARD, CITY, ("eu-dcc",))


@pytest.mark.parametrize(
    ("key", "alg", "fits"),
    [
        (P256, "ES256", True),
        (P256, "PS256", False),
        (P256, "EdDSA", False),
        (P256, "ES384", False),
        (P256, 7, False),
        (RSA, "PS256", True),
        (RSA, "RS256", False),
        (RSA, "ES256", False),
    ],
)
def test_alg_must_be_one_of_the_keys_kind(key: object, alg: object, *, fits: bool) -> None:
    listed = load_keys(keys_json(entry(key, alg=alg)))  # type: ignore[arg-type]  # either kind
    assert bool(listed.keys) is fits
    assert bool(listed.problems) is not fits


@pytest.mark.parametrize("role", ["command", "seal"])
@pytest.mark.parametrize("key", [P256, RSA], ids=["P-256", "RSA"])
def test_foreign_key_commands_and_seals_nothing(role: str, key: object) -> None:
    kid = kid_of(spki(key)).hex()  # type: ignore[arg-type]  # either kind
    listed = load_keys(keys_json(entry(key, role=role, kid=kid)))  # type: ignore[arg-type]  # as above
    assert listed.keys == {}
    assert "can't be" in listed.problems[0]


def test_foreign_key_signs_status_lists_under_the_id_of_its_own() -> None:
    kid = kid_of(spki(P256)).hex()
    key = only(entry(P256, role="status", kid=kid, formats=None))
    assert (key.role, key.kind, key.kid.hex()) == (Role.STATUS, KeyKind.P256, kid)
    assert load_keys(keys_json(entry(P256, role="status", formats=None))).problems


@pytest.mark.parametrize(
    ("member", "formats"),
    [
        (entry(P256), ["cc1"]),
        (entry(RSA), ["cc1"]),
        (entry(P256), ["eu-dcc", "cc1"]),
        (entry(RSA), ["shc"]),
        (entry(P256), ["pretix"]),
        (jwk(public(ISSUER)), ["eu-dcc"]),
        (jwk(public(ISSUER)), ["vds-nc"]),
        (jwk(public(ISSUER)), ["cc1", "shc"]),
    ],
    ids=repr,
)
def test_key_of_a_kind_that_its_family_has_not_is_bad(
    member: dict[str, object], formats: list[str]
) -> None:
    kid = kid_of(spki(P256)).hex()
    listed = load_keys(keys_json({**member, "formats": formats, "kid": kid}))
    assert listed.keys == {}
    assert "can't be" in listed.problems[0]


def test_bad_foreign_entries_lose_only_themselves() -> None:
    good = [jwk(public(ISSUER)), entry(P256), certified(certificate(RSA))]
    bad = [
        entry(P256, y=base64url(bytes(32))),
        entry(RSA, n=base64url(b"\x80" + bytes(127))),
        certified(certificate(P256), kid="00" * 8),
        certified(certificate(P256), x5c=["AAAA"]),
    ]
    mixed = [each for pair in zip(bad, [*good, None], strict=True) for each in pair if each]
    listed = load_keys(keys_json(*mixed))
    assert [told.split(":")[0] for told in listed.problems] == ["key 0", "key 2", "key 4", "key 6"]
    assert len(listed.keys) == 3


# Windows.

BEGINS, ENDS = 1_795_000_000, 1_805_000_000
DER = certificate(P256, begins=BEGINS, ends=ENDS - 1)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, (BEGINS, ENDS)),
        ({"nbf": BEGINS - 1, "exp": ENDS + 1}, (BEGINS, ENDS)),
        ({"nbf": BEGINS + 1, "exp": ENDS - 1}, (BEGINS + 1, ENDS - 1)),
        ({"nbf": BEGINS + 1}, (BEGINS + 1, ENDS)),
        ({"exp": ENDS - 1}, (BEGINS, ENDS - 1)),
        ({"exp": BEGINS - 1}, (BEGINS, BEGINS - 1)),
    ],
    ids=repr,
)
def test_window_is_within_both_the_entrys_and_the_certificates(
    window: dict[str, object], expected: tuple[int, int]
) -> None:
    key = only(certified(DER, **window))
    assert (key.not_before, key.expires_at) == expected


def test_certificate_is_valid_through_its_last_second_and_no_further() -> None:
    key = only(certified(DER))
    within = [now for now in (BEGINS - 1, BEGINS, ENDS - 1, ENDS) if key.is_within(now)]  # type: ignore[arg-type]  # plain numbers
    assert within == [BEGINS, ENDS - 1]


def test_window_may_be_as_wide_as_five_octets() -> None:
    key = only(jwk(public(ISSUER), nbf=0, exp=TIME_MAX))
    assert (key.not_before, key.expires_at) == (0, TIME_MAX)
    for changes in ({"nbf": -1}, {"exp": TIME_MAX + 1}):
        (told,) = load_keys(keys_json(certified(DER, **changes))).problems
        assert told == "key 0: nbf and exp must be 0 to 4294967295"


@pytest.mark.parametrize("name", ["alg", "status_lists"])
def test_null_leaves_two_members_out(name: str) -> None:
    without = {each: value for each, value in GOOD.items() if each != name}
    assert only({**GOOD, name: None}) == only(without)


@pytest.mark.parametrize(
    "name", ["kty", "x5c", "kid", "role", "issuer", "nbf", "exp", "formats", "capabilities"]
)
def test_null_is_no_value_of_another_member(name: str) -> None:
    assert problem(**{name: None})


@pytest.mark.parametrize("name", ["nbf", "exp"])
def test_window_is_required_where_there_is_no_certificate(name: str) -> None:
    assert load_keys(keys_json(entry(P256, **{name: None}))).problems == (
        f"key 0: {name} is missing",
    )


@pytest.mark.parametrize("value", [None, "1", 1.5, True])
def test_window_of_another_type_is_bad_beside_a_certificate_too(value: object) -> None:
    assert load_keys(keys_json({**certified(DER), "exp": value})).problems


# Several keys under one name.


def named(number: int) -> dict[str, object]:
    """Return an entry of a key of its own under a name that all share."""
    key = SigningKey(number.to_bytes(32, "big"))
    return jwk(public(key), formats=["claim169"], kid="0a")


def test_keys_that_share_a_name_stand_in_the_lists_order() -> None:
    entries = [named(number) for number in range(3)]
    listed = load_keys(keys_json(*entries))
    held = [base64url(key.key) for key in listed.keys[Role.CARD, b"\x0a"]]
    assert held == [each["x"] for each in entries]


def test_seventeenth_key_of_one_name_is_told_and_left_out() -> None:
    """Else one junk code would cost as many signatures as a list has keys."""
    entries = [named(number) for number in range(KEYS_PER_KID_MAX + 2)]
    whole = load_keys(keys_json(*entries[:KEYS_PER_KID_MAX]))
    assert whole.problems == ()
    listed = load_keys(keys_json(*entries, GOOD))
    assert listed.problems == (
        "key 16: 16 keys above share its role and kid",
        "key 17: 16 keys above share its role and kid",
    )
    assert listed.keys[Role.CARD, b"\x0a"] == whole.keys[Role.CARD, b"\x0a"]
    assert (Role.CARD, kid(ISSUER)) in listed.keys


def test_nameless_keys_are_as_many_at_most() -> None:
    entries = [{**named(number), "formats": ["pretix"]} for number in range(KEYS_PER_KID_MAX + 1)]
    for each in entries:
        del each["kid"]
    listed = load_keys(keys_json(*entries))
    assert len(listed.keys[Role.CARD, b""]) == KEYS_PER_KID_MAX
    assert len(listed.problems) == 1


def test_foreign_key_listed_under_a_second_issuer_keeps_its_first() -> None:
    """It is one key whether it comes by its numbers or by a certificate."""
    der = certificate(P256)
    listed = load_keys(keys_json(entry(P256), certified(der, issuer="other.example")))
    assert listed.problems == ("key 1: it stands above with another role or issuer",)
    both = entry(P256, x5c=x5c(der), kid=short(der))
    assert len(load_keys(keys_json(entry(P256), both)).keys) == 2


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
    ],
    ids=lambda octets: repr(octets[:14]),
)
def test_document_that_is_no_key_set_is_refused_whole(octets: bytes) -> None:
    with pytest.raises(TrustError):
        load_keys(octets)


def test_key_set_is_read_to_the_limit_and_not_one_octet_more() -> None:
    octets = keys_json(GOOD)
    longest = octets + b" " * (KEYS_OCTETS_MAX - len(octets))
    assert load_keys(longest).keys
    with pytest.raises(TrustError, match="larger"):
        load_keys(longest + b" ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@pytest.mark.parametrize("alg", ["x\nall is well", "\x1b[2J", "\ud800", "A" * 900_000])
def test_what_is_told_of_an_entry_is_one_line_that_can_be_written(alg: str) -> None:
    told = problem(alg=alg)
    assert told.startswith("key 1: alg '")
    assert told.isprintable()
    assert len(told) <= 220


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
