"""shc, SMART Health Cards: `shc:/` and digits, two for each character of a compact JWS.

Specification: spec.smarthealth.cards 1.4. The health data inside is proven as a whole and not
looked at.
"""

import re

from verifier.encoding.base64url import decode
from verifier.encoding.inflate import inflate_raw
from verifier.encoding.jose import read_jws
from verifier.encoding.numeric_date import whole_seconds
from verifier.encoding.printable import printable
from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.model import Algorithm, Credential, SignedOctets
from verifier.reasons import Reason

PREFIX = b"shc:/"
CARD_TYPE = "https://smarthealth.cards#health-card"

# The longest text of any code (7,089 digits) holds 3,542 characters and so some 2,600 deflated
# octets; FHIR as JSON deflates to a third, in long rows of like entries to a tenth.
INFLATED_BYTES_MAX = 65_536

SIGNATURE_BYTES = 64  # ES256 in JWS: r and s, not DER (RFC 7518, section 3.4)
THUMBPRINT_BYTES = 32  # SHA-256 (RFC 7638)

_PART = re.compile(rb"([1-9][0-9]?)/([1-9][0-9]?)/[0-9]+")
_PAIR_MAX = 77  # "z" is 122, and 45 is taken from each character


class Shc:
    """The family of SMART Health Cards; satisfies `Format`."""

    name = "shc"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` begins with the prefix."""
        return payload.startswith(PREFIX)

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        The specification names no holder: a card's subject is the digest of all it says, so the
        same card shown again is known, and nobody is taken for somebody of his name and birthday.

        Raises:
            MalformedPayload: no such card; D.PART for one code of a card in several.
        """
        digits = payload[len(PREFIX) :]
        part = _PART.fullmatch(digits)
        if part is not None and int(part[1]) <= int(part[2]):
            raise MalformedPayload(Reason.CODE_IN_PARTS)
        jws = read_jws(_characters(digits))
        kid = _kid(jws.header)
        if len(jws.signature) != SIGNATURE_BYTES:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        octets = inflate_raw(jws.payload, size_max=INFLATED_BYTES_MAX)
        statement = _statement(octets)
        return Credential(
            format=Shc.name,
            kid=kid,
            issued=SignedOctets(
                algorithm=Algorithm.ES256, message=jws.message, signature=jws.signature
            ),
            proof=None,
            not_before=whole_seconds(statement.get("nbf")),
            expires_at=None if "exp" not in statement else whole_seconds(statement["exp"]),
            subject=subject_of(Shc.name, octets),
            types=0,
            capabilities=None,
            status_index=None,
            issuer=printable(statement.get("iss")),
        )


def _characters(digits: bytes) -> str:
    """Return the characters that pairs of digits stand for: each its number plus 45."""
    if len(digits) % 2 or not digits.isdigit():
        raise MalformedPayload(Reason.FORM_MALFORMED)
    halves = zip(digits[::2], digits[1::2], strict=True)
    pairs = [10 * tens + ones - 11 * 48 for tens, ones in halves]
    if max(pairs) > _PAIR_MAX:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return bytes(pair + 45 for pair in pairs).decode("ascii")


def _kid(header: dict[str, object]) -> bytes:
    """Return the key's id out of a header that is ES256, DEF and nothing more."""
    kid = header.get("kid")
    if not isinstance(kid, str) or header != {"alg": "ES256", "zip": "DEF", "kid": kid}:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if len(decode(kid)) != THUMBPRINT_BYTES:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return kid.encode("ascii")


def _statement(octets: bytes) -> dict[str, object]:
    """Return the JWS's payload, a health card by its type and frame."""
    statement = load_object(octets)
    match statement:
        case {
            "vc": {
                "type": [*types],
                "credentialSubject": {
                    "fhirVersion": str(),
                    "fhirBundle": {"resourceType": "Bundle"},
                },
            }
        } if CARD_TYPE in types:
            return statement
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
