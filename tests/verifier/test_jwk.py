import base64
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, public
from tests.support.foreign import (
    P256,
    P256_OTHER,
    P384,
    RSA,
    PrivateKey,
    certificate,
    numbers,
    spki,
    x5c,
)
from tests.support.trust import base64url
from verifier.certificates import load_certificate
from verifier.errors import TrustError
from verifier.jwk import public_key
from verifier.model import KeyKind

DER = certificate(P256)
OKP = {"kty": "OKP", "crv": "Ed25519", "x": base64url(public(ISSUER))}


def refused(entry: Mapping[str, object]) -> str:
    with pytest.raises((TrustError, KeyError)) as told:
        public_key(entry)
    return str(told.value)


def test_key_is_read_by_its_own_members() -> None:
    for key, kind in ((P256, KeyKind.P256), (RSA, KeyKind.RSA)):
        read = public_key(numbers(key))
        assert (read.kind, read.octets, read.certificate) == (kind, spki(key), None)
    assert public_key(OKP).octets == public(ISSUER)


def test_key_is_read_from_its_certificate() -> None:
    read = public_key({"x5c": x5c(DER)})
    assert (read.kind, read.octets) == (KeyKind.P256, spki(P256))
    assert read.certificate == load_certificate(x5c(DER)[0])


def test_key_and_certificate_may_stand_together_if_they_are_one() -> None:
    assert public_key({**numbers(P256), "x5c": x5c(DER)}).octets == spki(P256)
    for other in (numbers(P256_OTHER), numbers(RSA), OKP):
        assert refused({**other, "x5c": x5c(DER)}) == "the key is not that of its certificate"


def named(value: object) -> str:
    """Return what a test is called by: a key's repr is another in each process."""
    return repr(value) if isinstance(value, dict) else type(value).__name__


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (P256, {"kty": "EC", "crv": "P-256"}),
        (P256, {"kty": "EC"}),
        (RSA, {"kty": "RSA"}),
    ],
    ids=named,
)
def test_kty_and_crv_may_stand_beside_a_certificate_alone(
    key: PrivateKey, names: dict[str, object]
) -> None:
    """RFC 7517, section 4.1, requires kty of every key."""
    der = certificate(key)
    assert public_key({**names, "x5c": x5c(der)}) == public_key({"x5c": x5c(der)})
    assert refused(names)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (P256, {"kty": "RSA"}),
        (P256, {"kty": "OKP", "crv": "Ed25519"}),
        (P256, {"kty": "EC", "crv": "P-384"}),
        (P256, {"kty": "EC", "crv": None}),
        (P256, {"kty": ["EC"]}),
        (P256, {"kty": None}),
        (RSA, {"kty": "EC", "crv": "P-256"}),
        (RSA, {"kty": "RSA", "crv": "P-256"}),
        (RSA, {"kty": "RSA", "crv": None}),
    ],
    ids=named,
)
def test_names_of_another_kind_beside_a_certificate_are_refused(
    key: PrivateKey, names: dict[str, object]
) -> None:
    told = refused({**names, "x5c": x5c(certificate(key))})
    assert told == "the key is not that of its certificate"


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth"])
def test_private_key_in_a_public_list_is_refused(name: str) -> None:
    """Whoever reads the list could sign: the key is lost, whatever else the entry says."""
    for entry in (OKP, numbers(P256), numbers(RSA), {"x5c": x5c(DER)}):
        for value in (base64url(bytes(32)), "", None):
            assert "private key" in refused({**entry, name: value})


@pytest.mark.parametrize("name", ["kty", "crv", "x", "y"])
def test_members_beside_a_certificate_are_whole_or_absent(name: str) -> None:
    entry = {key: value for key, value in numbers(P256).items() if key != name}
    assert name in refused({**entry, "x5c": x5c(DER)})
    assert name in refused(entry)


def test_empty_chain_is_no_certificate() -> None:
    """Public key sets of SMART Health Cards carry one."""
    assert public_key({**numbers(P256), "x5c": []}).certificate is None


def test_certificates_behind_the_first_are_not_read() -> None:
    assert public_key({"x5c": [*x5c(DER), "junk", 7]}).octets == spki(P256)


def test_certificate_of_a_curve_that_is_not_read_is_refused() -> None:
    assert "neither of P-256 nor RSA" in refused({"x5c": x5c(certificate(P384))})


@pytest.mark.parametrize(
    "chain",
    [
        None,
        7,
        "text",
        [7],
        [None],
        [""],
        ["AAAA"],
        ["not base64!"],
        [f"{x5c(DER)[0][:64]}\n{x5c(DER)[0][64:]}"],
        [x5c(DER)[0][:-4]],
        [base64url(DER)],
        [base64.b64encode(DER + b"\0").decode()],
        [base64.b64encode(DER[:-1]).decode()],
        [base64.b64encode(spki(P256)).decode()],
        ["é"],
    ],
    ids=lambda chain: repr(chain)[:12],
)
def test_chain_that_holds_no_certificate_is_refused(chain: object) -> None:
    refused({"x5c": chain})


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "oct"},
        {"kty": None},
        {"kty": ["EC"]},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": None},
        {"x": 7},
        {"x": ""},
        {"y": base64url(bytes(32))},
        {"y": base64url(bytes(31))},
        {"x": numbers(P256)["y"]},
        {"x": f"{numbers(P256)['x']}="},
    ],
    ids=named,
)
def test_p256_key_out_of_form_is_refused(changes: dict[str, object]) -> None:
    refused({**numbers(P256), **changes})


@pytest.mark.parametrize(
    "changes",
    [{"n": ""}, {"e": ""}, {"e": "AAAB"}, {"e": "AQ"}, {"n": "AQAB"}, {"n": 7}, {"e": None}],
    ids=named,
)
def test_rsa_key_out_of_form_is_refused(changes: dict[str, object]) -> None:
    refused({**numbers(RSA), **changes})


@given(st.binary(max_size=200))
def test_noise_is_no_certificate(octets: bytes) -> None:
    with pytest.raises(TrustError):
        load_certificate(base64.b64encode(octets).decode())


# The library warns of what a later release of it will refuse; the verdict is what counts here.
TOLD = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


@TOLD
@pytest.mark.parametrize("serial", [b"\x00", b"\x80", b"\xff"])
def test_certificate_without_a_positive_serial_number_is_refused(serial: bytes) -> None:
    """RFC 5280, section 4.1.2.2; releases of the library differ."""
    assert DER.count(b"\x02\x01\x07") == 1
    octets = DER.replace(b"\x02\x01\x07", b"\x02\x01" + serial)
    refused({"x5c": [base64.b64encode(octets).decode()]})


@TOLD
@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_changed_certificate_is_refused_or_has_another_id(place: int, change: int) -> None:
    octets = bytearray(DER)
    octets[place] ^= change
    try:
        read = load_certificate(base64.b64encode(octets).decode())
    except TrustError:
        return
    assert read.digest != load_certificate(x5c(DER)[0]).digest


def test_ed25519_certificate_is_not_read() -> None:
    """Ed25519 keys stand in the list by themselves: their verdicts are libsodium's."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert "neither" in refused({"x5c": x5c(certificate(key))})
