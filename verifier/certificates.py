"""X.509 certificates (RFC 5280) as carriers of a key: what trusts them is the signed list."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from verifier.errors import TrustError
from verifier.foreign_signature import foreign_key, need_foreign
from verifier.model import KeyKind, UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The key of one certificate, and how long it is good for."""

    kind: KeyKind  # P-256 or RSA
    key: bytes  # SubjectPublicKeyInfo, DER
    not_before: UnixSeconds
    expires_at: UnixSeconds  # the second after notAfter, which is still within (section 4.1.2.5)
    digest: bytes  # SHA-256 of the certificate, DER


def load_certificate(text: str) -> Certificate:
    """Return the certificate of base64 `text`, DER, as `x5c` carries it (RFC 7517, section 4.7).

    Its signature, issuer and extensions are not looked at: whoever signed the trust list did.

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
    except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TrustError("x5c holds no certificate of a P-256 or RSA key") from error
    return Certificate(
        kind=kind,
        key=key,
        not_before=UnixSeconds(int(begins.timestamp())),
        expires_at=UnixSeconds(int(ends.timestamp()) + 1),
        digest=hashlib.sha256(der).digest(),
    )
