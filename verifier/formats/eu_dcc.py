"""EU Digital COVID Certificate: `HC1:`, base45, zlib, COSE_Sign1, CWT.

By the eHealth Network's "Technical Specifications for EU Digital COVID Certificates", volumes 1
(formats, trust) and 3 (transport). The statement itself is not judged: value sets and rules of
acceptance change by country and month, and a lane asks who signed and until when.
"""

from verifier.encoding import base45
from verifier.encoding.cbor_reader import load
from verifier.encoding.inflate import inflate
from verifier.encoding.numeric_date import whole_seconds
from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.model import Credential
from verifier.reasons import Reason

PREFIX = b"HC1:"

# Every text of the schema at its 80 characters of four octets, in two entries, with an RSA
# signature, stays below; the largest public example has 587 octets.
INFLATED_BYTES_MAX = 8_192

_EXPIRES, _NOT_BEFORE, _ISSUED, _HEALTH = 4, 5, 6, -260  # CWT claims (volume 1)
_GROUPS = ("v", "t", "r")  # vaccinations, tests, recoveries


class EuDcc:
    """The family of the EU's health certificates; satisfies `Format`.

    Issuers encode CBOR in their own ways, so a credential has more than one text; its subject
    stands in the signed part. The code's `iss` is not asked: the issuer is that of the key. Whether
    its certificate is for vaccinations, tests or recoveries is.
    """

    name = "eu-dcc"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` begins with the prefix."""
        return payload.startswith(PREFIX)

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: D.B45 for the text; D.FORM for what no certificate has, a map that
                names a key twice, octets behind the end, or not one statement of one kind.
        """
        octets = inflate(base45.decode(payload[len(PREFIX) :]), size_max=INFLATED_BYTES_MAX)
        layer = read_sign1(octets)
        claims = load(layer.payload)
        if not isinstance(claims, dict):
            raise MalformedPayload(Reason.FORM_MALFORMED)
        issued = whole_seconds(claims.get(_ISSUED))
        begins = whole_seconds(claims[_NOT_BEFORE]) if _NOT_BEFORE in claims else issued
        group, identifier = _statement(claims)
        return Credential(
            format=self.name,
            kid=layer.kid,
            issued=layer.signed,
            proof=None,
            not_before=max(issued, begins),
            expires_at=whole_seconds(claims.get(_EXPIRES)),
            subject=subject_of(self.name, identifier.encode()),
            types=0,
            capabilities=None,
            status_index=None,
            statement=group,
        )


def _statement(claims: dict[object, object]) -> tuple[str, str]:
    """Return group and identifier (UVCI) of the one statement that is made."""
    match claims.get(_HEALTH):
        case {1: {**statement}}:
            pass
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
    groups = [group for group in _GROUPS if statement.get(group) is not None]
    made = statement[groups[0]] if len(groups) == 1 else None
    if not isinstance(made, list):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    # Schemas before 1.3 let a course of doses stand one by one, all under one identifier.
    identifiers = {_of_entry(entry) for entry in made}
    if len(identifiers) != 1:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return groups[0], identifiers.pop()


def _of_entry(entry: object) -> str:
    match entry:
        case {"ci": str() as identifier} if identifier:
            return identifier
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
