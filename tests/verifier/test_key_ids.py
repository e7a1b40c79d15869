import hashlib

import pytest

from tests.support.cards import ISSUER, kid, public
from tests.support.foreign import (
    P256,
    P256_OTHER,
    RSA,
    certificate,
    certified,
    entry,
    short,
    spki,
    thumbprint,
    x5c,
)
from tests.support.trust import base64url, jwk, keys_json
from verifier.key_ids import KID_BYTES_MAX
from verifier.model import Role
from verifier.trust import load_keys

DER = certificate(P256)


def held(member: dict[str, object]) -> bytes:
    """Return the one id under which an entry's key is held, nothing being wrong with it."""
    listed = load_keys(keys_json(member))
    assert listed.problems == ()
    ((_, name),) = listed.keys
    return name


def told(member: dict[str, object]) -> str:
    """Return what is wrong with an entry, which is left out."""
    listed = load_keys(keys_json(member))
    assert listed.keys == {}
    (problem,) = listed.problems
    return problem


def without_kid(member: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in member.items() if name != "kid"}


def test_citizen_code_names_its_key_by_the_keys_digest() -> None:
    assert held(jwk(public(ISSUER))) == kid(ISSUER)
    for other in ("00" * 8, kid(ISSUER).hex()[:14], kid(ISSUER).hex() + "00", ""):
        assert "SHA-256(key)" in told(jwk(public(ISSUER), kid=other))


def blanks(text: str) -> list[str]:
    """Return hex as `bytes.fromhex` would take it too."""
    return [f" {text}", f"{text}\n", f"{text[:2]} {text[2:]}", f"{text[:2]}\t{text[2:]}"]


def test_hex_is_of_digits_in_either_case_and_nothing_else() -> None:
    name = kid(ISSUER).hex()
    assert held(jwk(public(ISSUER), kid=name.upper())) == kid(ISSUER)
    for member in (
        jwk(public(ISSUER)),
        jwk(public(ISSUER), role="command"),
        jwk(public(ISSUER), formats=["claim169"]),
        entry(RSA),
    ):
        for other in (*blanks(name), f"0x{name}", name[:-1], name[:1] + "é" + name[2:]):
            assert told({**member, "kid": other}) == "key 0: kid is no hex"


def test_citizen_code_keeps_its_rule_beside_another_family() -> None:
    both = jwk(public(ISSUER), formats=["claim169", "cc1"])
    assert held(both) == kid(ISSUER)
    assert "SHA-256(key)" in told({**both, "kid": "00"})


@pytest.mark.parametrize(
    ("written", "octets"),
    [
        ("0a0B", b"\x0a\x0b"),
        ("7f", b"\x7f"),
        ("k", b"k"),
        ("key-1", b"key-1"),
        ("x" * 64, b"x" * 64),
        ("0a0", b"0a0"),
        ("0a 0b", b"0a 0b"),
    ],
)
def test_status_key_of_a_foreign_issuer_is_called_as_he_likes(written: str, octets: bytes) -> None:
    member = jwk(public(ISSUER), role="status", formats=["claim169"])
    assert held({**member, "kid": written}) == octets
    for other in ("", "x" * 65, "00" * 65):
        assert told({**member, "kid": other}) == "key 0: kid must be 1 to 64 octets"
    assert told(without_kid(member)) == "key 0: kid is missing"


@pytest.mark.parametrize(
    ("role", "every"),
    [
        ("status", ([], ["cc1"], ["cc1", "claim169"])),
        ("command", ([], ["cc1"], ["claim169"], ["shc"], ["pretix"])),
    ],
)
def test_the_citys_own_keys_keep_the_citizens_rule(role: str, every: list[list[str]]) -> None:
    for formats in every:
        member = jwk(public(ISSUER), role=role, formats=formats)
        assert held(member) == kid(ISSUER)
        assert told({**member, "kid": "00"})
        assert told(without_kid(member)) == "key 0: kid is missing"


def test_key_of_no_family_keeps_the_citizens_rule() -> None:
    member = jwk(public(ISSUER), formats=[])
    assert held(member) == kid(ISSUER)
    assert told({**member, "kid": "00"})
    assert told(without_kid(member))


@pytest.mark.parametrize("family", ["eu-dcc", "vds-nc"])
def test_certificate_is_named_by_its_own_digest(family: str) -> None:
    member = certified(DER, formats=[family])
    assert held(member).hex() == short(DER)
    for other in ("00" * 8, short(spki(P256)), short(DER)[:14], short(DER) + "00"):
        assert "SHA-256(certificate)" in told({**member, "kid": other})
    assert told(without_kid(member)) == "key 0: kid is missing"


def test_certificate_that_is_renewed_over_the_same_key_has_another_id() -> None:
    renewed = certificate(P256, ends=1_900_000_000)
    listed = load_keys(keys_json(certified(DER), certified(renewed)))
    assert {name.hex() for _, name in listed.keys} == {short(DER), short(renewed)}


def test_national_list_may_give_key_and_id_alone() -> None:
    assert held(entry(RSA)).hex() == "0011223344556677"
    for other in ("", "00" * 7, "00" * 9):
        assert told(entry(RSA, kid=other)) == "key 0: kid must be 8 octets"
    assert told(entry(RSA, kid=None)) == "key 0: kid is missing"


def test_visible_seal_needs_its_certificate() -> None:
    assert "needs its certificate" in told(entry(P256, formats=["vds-nc"]))
    assert "needs its certificate" in told(entry(P256, formats=["eu-dcc", "vds-nc"]))


def test_health_card_names_its_key_by_thumbprint() -> None:
    name = thumbprint(P256)
    for member in (entry(P256), certified(DER), entry(P256, x5c=x5c(DER))):
        assert held({**member, "formats": ["shc"], "kid": name}) == name.encode()
    for other in (thumbprint(P256_OTHER), name + "=", name[:-1], short(spki(P256)), ""):
        assert "thumbprint" in told(entry(P256, formats=["shc"], kid=other))
    assert told(entry(P256, formats=["shc"], kid=None)) == "key 0: kid is missing"


def test_thumbprint_is_that_of_the_standard() -> None:
    """The example of RFC 7638, section 3.1, is of RSA; ours is by the same words."""
    point = P256.public_key().public_numbers()
    x, y = (base64url(each.to_bytes(32, "big")) for each in (point.x, point.y))
    text = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    assert thumbprint(P256) == base64url(hashlib.sha256(text.encode()).digest())


def test_ticket_key_has_no_name() -> None:
    member = jwk(public(ISSUER), formats=["pretix"])
    assert "without kid" in told(member)
    assert held(without_kid(member)) == b""


def test_other_family_names_its_key_in_octets_of_its_own_or_not_at_all() -> None:
    for family in ("claim169", "example.of-somebody-else"):
        member = jwk(public(ISSUER), formats=[family])
        for octets in (b"\0", bytes(8), bytes(KID_BYTES_MAX)):
            assert held({**member, "kid": octets.hex()}) == octets
        for other in ("", "00" * (KID_BYTES_MAX + 1), "0", "text"):
            assert told({**member, "kid": other})
        assert held(without_kid(member)) == b""


@pytest.mark.parametrize("family", ["claim169", "eu-dcc"])
def test_entry_of_two_spellings_is_ambiguous(family: str) -> None:
    for name in (thumbprint(P256), "0011223344556677"):
        member = entry(P256, formats=["shc", family], kid=name)
        assert told(member) == "key 0: kid is text for one of its formats and hex for another"


def test_nameless_family_shares_no_entry_with_one_that_names() -> None:
    for families in (["pretix", "cc1"], ["claim169", "pretix"]):
        assert told(jwk(public(ISSUER), formats=families))
    assert told(without_kid(jwk(public(ISSUER), formats=["pretix", "cc1"])))
    both = without_kid(jwk(public(ISSUER), formats=["pretix", "claim169"]))
    assert held(both) == b""


def test_name_of_nothing_is_no_name() -> None:
    """`"kid": null` is an entry out of form, and not one without a kid."""
    for value in (None, 7, [], True):
        listed = load_keys(keys_json({**jwk(public(ISSUER), formats=["pretix"]), "kid": value}))
        assert listed.keys == {}


def test_roles_hold_their_names_apart() -> None:
    listed = load_keys(keys_json(jwk(public(ISSUER)), entry(P256, kid=kid(ISSUER).hex())))
    assert len(listed.keys[Role.CARD, kid(ISSUER)]) == 2
    assert (Role.STATUS, kid(ISSUER)) not in listed.keys
