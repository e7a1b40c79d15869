"""X.509 certificates (RFC 5280) as carriers of a key: what trusts them is the signed list."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.errors import TrustError
from verifier.foreign_signature import foreign_key, need_foreign
from verifier.model import KeyKind, UnixSeconds

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Parsed

# Extended key usages that limit what a signer of EU certificates may state, with the arc of the
# first drafts, and the statement's group (Technical Specifications for EU Digital COVID
# Certificates, volume 1, "Extended key usage identifiers").
_ARCS = ("1.3.6.1.4.1.1847.2021.1.", "1.3.6.1.4.1.0.1847.2021.1.")
_STATEMENTS = {
    arc + place: group for arc in _ARCS for place, group in zip("123", "tvr", strict=True)
}
_ARC_DER = bytes.fromhex("8e378f6501")  # 1847.2021.1, which is in both, as a certificate has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The key of one certificate, and how long it is good for."""

    kind: KeyKind  # P-256 or RSA
    key: bytes  # SubjectPublicKeyInfo, DER
    not_before: UnixSeconds
    expires_at: UnixSeconds  # the second after notAfter, which is still within (section 4.1.2.5)
    digest: bytes  # SHA-256 of the certificate, DER
    statements: tuple[str, ...]  # groups of EU statements it may sign; empty: all


def load_certificate(text: str) -> Certificate:
    """Return the certificate of base64 `text`, DER, as `x5c` carries it (RFC 7517, section 4.7).

    Its signature and issuer are not looked at: whoever signed the trust list did.

    Raises:
        TrustError: no certificate, a key that is not read here, or no extra `foreign`.
    """
    need_foreign()
    from cryptography import x509  # noqa: PLC0415  # extra foreign
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # extra foreign

    try:
        der = base64.b64decode(text, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        if certificate.serial_number <= 0:  # section 4.1.2.2; releases of the library differ
            raise ValueError("a serial number that is not positive")  # noqa: TRY301  # told below
        kind, key = foreign_key(certificate.public_key())
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        statements = _statements(certificate)
    except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TrustError("x5c holds no certificate of a P-256 or RSA key") from error
    return Certificate(
        kind=kind,
        key=key,
        not_before=UnixSeconds(int(begins.timestamp())),
        expires_at=UnixSeconds(int(ends.timestamp()) + 1),
        digest=hashlib.sha256(der).digest(),
        statements=statements,
    )


def _statements(certificate: "Parsed") -> tuple[str, ...]:
    """Return what the extended key usages allow; empty: anything.

    The signed list trusts the key, and these only narrow it: none, or none of those named here,
    limit nothing. The library reads all extensions or none.

    Raises:
        TrustError: they can't be read, and some of those named here are among them.
    """
    from cryptography import x509  # noqa: PLC0415  # extra foreign

    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    except (
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
        TypeError,  # this and the next of TLS features that have no number or an unknown one
        KeyError,
    ) as error:
        if _ARC_DER in certificate.tbs_certificate_bytes:
            raise TrustError("x5c limits what its key is for, and can't be read") from error
        return ()
    named = {_STATEMENTS.get(usage.dotted_string) for usage in usages}
    return tuple(sorted(group for group in named if group is not None))
