"""Certificates of the trust list, by what their extensions hold."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.cards import ISSUER, NOW, public
from tests.support.foreign import (
    P256,
    SHA256,
    certificate,
    certified,
    dcc,
    dcc_claims,
    entry,
    x5c,
)
from tests.support.trust import jwk, keys_json, world
from verifier.certificates import load_certificate
from verifier.errors import TrustError
from verifier.model import Failed
from verifier.pipeline import parse
from verifier.reasons import Reason
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet, verify

TESTS = "1.3.6.1.4.1.1847.2021.1.1"
ALTERNATIVE_NAMES, TLS_FEATURES = "2.5.29.17", "1.3.6.1.5.5.7.1.24"
# Each by what the library raises when it is asked for the extensions, all or none.
UNREADABLE = {
    "x400Address": (ALTERNATIVE_NAMES, "3004a3023000"),  # UnsupportedGeneralNameType
    "no DER": (ALTERNATIVE_NAMES, "ff"),  # ValueError
    "no features": (TLS_FEATURES, "3000"),  # TypeError
    "unknown feature": (TLS_FEATURES, "3003020163"),  # KeyError
}


def with_extension(number: str, value: str, *, usages: tuple[str, ...] = ()) -> bytes:
    """Return a certificate, DER, with an extension of any octets behind its usages."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=P256.public_key(),
        serial_number=7,
        not_valid_before=datetime.fromtimestamp(NOW - 1_000, UTC),
        not_valid_after=datetime.fromtimestamp(NOW + 1_000, UTC),
    )
    if usages:
        named = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(named, critical=False)
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier(number), bytes.fromhex(value))
    builder = builder.add_extension(other, critical=False)
    return builder.sign(P256, SHA256).public_bytes(Encoding.DER)


@pytest.mark.parametrize("name", UNREADABLE)
def test_extension_that_can_not_be_read_loses_no_key(name: str) -> None:
    """It escaped from the loader once, and took the city's own keys with it."""
    listed = load_keys(keys_json(certified(with_extension(*UNREADABLE[name])), jwk(public(ISSUER))))
    assert (len(listed.keys), listed.problems) == (2, ())
    assert load_certificate(x5c(with_extension(*UNREADABLE[name]))[0]).statements == ()


@pytest.mark.parametrize("name", UNREADABLE)
def test_certificate_whose_limits_can_not_be_read_loses_only_itself(name: str) -> None:
    """Else a signer of tests, say, would state vaccinations by one broken extension beside."""
    der = with_extension(*UNREADABLE[name], usages=(TESTS,))
    with pytest.raises(TrustError, match="limits"):
        load_certificate(x5c(der)[0])
    listed = load_keys(keys_json(certified(der), jwk(public(ISSUER))))
    assert len(listed.keys) == 1
    (problem,) = listed.problems
    assert problem.startswith("key 0: ")


def test_key_that_stands_twice_states_what_either_entry_lets_it() -> None:
    narrow = certified(certificate(P256, usages=(TESTS,)))
    kid = str(narrow["kid"])
    code = dcc(dcc_claims(), header={1: -7, 4: bytes.fromhex(kid)})
    for entries, expected in (
        ([narrow], Reason.CAPABILITIES_EXCEED_KEY),
        ([narrow, entry(P256, kid=kid)], None),
        ([entry(P256, kid=kid), narrow], None),
    ):
        keys = load_keys(keys_json(*entries))
        assert keys.problems == ()
        assert failure(code, TrustedSet(keys=keys.keys, issued_at=None, lists={})) is expected


def failure(code: bytes, trusted: TrustedSet) -> Reason | None:
    known = world()
    circumstances = Circumstances(
        trusted=trusted, clock=known.clock, status_limits=known.status_limits
    )
    checks = verify(parse(code), circumstances, replay="not asked here").checks
    return next((check.reason for check in checks if isinstance(check, Failed)), None)
