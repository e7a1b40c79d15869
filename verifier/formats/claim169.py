"""claim169, MOSIP's identity cards: base45 of zlib of a COSE_Sign1 over a CWT with claim 169.

Specification: docs.mosip.io, "169 - QR Code Specification" 1.2; claims by RFC 8392. Of what a card
says of its holder nothing is kept but a digest of its id.
"""

from collections.abc import Mapping

from verifier.encoding.base45 import ALPHABET, decode
from verifier.encoding.cbor_reader import load
from verifier.encoding.inflate import inflate
from verifier.encoding.numeric_date import whole_seconds
from verifier.encoding.printable import printable
from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.model import Credential, UnixSeconds
from verifier.reasons import Reason

# The text has no prefix: it is known by the two octets that begin a zlib stream of a 32 KiB window
# (78 01, 78 5E, 78 9C, 78 DA: RFC 1950, section 2.2, one for each level), in base45.
BEGINNINGS = (b"V7F", b"Y9F", b"6BF", b"NCF")

# A signature is 64 octets that don't deflate, and zlib adds 6 of its own: 105 characters. Shorter
# texts are nobody's card, e-health codes in capitals among them (64 hexadecimal digits and a type).
TEXT_BYTES_MIN = 105

# The largest symbol, 40-L, holds 4,296 characters of base45 (ISO/IEC 18004, table 7).
TEXT_BYTES_MAX = 4_296

# Such a text is at most 2,864 octets; portraits in it are compressed already, and claims as text
# deflate to a quarter. The specification sets no limit; its peer in Rust has this one.
INFLATED_BYTES_MAX = 65_536

SIGNATURE_BYTES = 64  # EdDSA, and ES256 in COSE (RFC 9053, section 2)

_ISS, _SUB, _AUD, _EXP, _NBF, _IAT, _CNF = 1, 2, 3, 4, 5, 6, 8
_IDENTITY, _ID = 169, 1
_STATUS = 65_535


class Claim169:
    """The family of MOSIP's cards; satisfies `Format`."""

    name = "claim169"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` is base45 of the beginning of a zlib stream, long enough."""
        return (
            payload[:3] in BEGINNINGS
            and len(payload) >= TEXT_BYTES_MIN
            and not payload.translate(None, ALPHABET)
        )

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: no such card: encrypted, unsigned, without an id of its holder, or
                for readers that aren't lanes; D.CNF where it needs a proof of its holder.
        """
        if len(payload) > TEXT_BYTES_MAX:
            raise MalformedPayload(Reason.PAYLOAD_LENGTH)
        signed = read_sign1(inflate(decode(payload), size_max=INFLATED_BYTES_MAX))
        if len(signed.signed.signature) != SIGNATURE_BYTES:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        claims = _claims(signed.payload)
        index, name = _status(claims)
        return Credential(
            format=Claim169.name,
            kid=signed.kid,
            issued=signed.signed,
            proof=None,
            not_before=_date(claims, _NBF),
            expires_at=_date(claims, _EXP),
            subject=subject_of(Claim169.name, _holder(claims)),
            types=0,
            capabilities=None,
            status_index=index,
            status_list=name,
            issuer=None if _ISS not in claims else printable(claims[_ISS]),
        )


def _claims(octets: bytes) -> Mapping[object, object]:
    """Return the claims; those that bind a card to a reader or a key can't be kept here."""
    claims = load(octets)
    if not isinstance(claims, dict) or _AUD in claims:  # RFC 7519, section 4.1.3
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if _CNF in claims:
        raise MalformedPayload(Reason.HOLDER_PROOF_MISSING)
    _date(claims, _IAT)
    return claims


def _holder(claims: Mapping[object, object]) -> bytes:
    """Return how the issuer calls the holder: the id in claim 169, else the CWT's sub.

    One of the two is named in front, or an id could be taken for somebody's sub.
    """
    identity = claims.get(_IDENTITY)
    if not isinstance(identity, dict):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if _ID in identity:
        return b"id " + printable(identity[_ID]).encode()
    return b"sub " + printable(claims.get(_SUB)).encode()


def _status(claims: Mapping[object, object]) -> tuple[int | None, str | None]:
    """Return the card's place and list (draft-ietf-oauth-status-list, section 6.3)."""
    if _STATUS not in claims:
        return None, None
    match claims[_STATUS]:
        case {"status_list": {"idx": int() as index, "uri": uri}} if (
            not isinstance(index, bool) and index >= 0
        ):
            return index, printable(uri)
        case _:  # a status of another kind is one that nobody here would look at
            raise MalformedPayload(Reason.FORM_MALFORMED)


def _date(claims: Mapping[object, object], label: int) -> UnixSeconds | None:
    return whole_seconds(claims[label]) if label in claims else None
