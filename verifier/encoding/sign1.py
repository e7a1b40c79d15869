"""COSE_Sign1 (RFC 9052, section 4.2) of issuers other than the city: read, not proven."""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.encoding.cbor_reader import Tagged, load
from verifier.encoding.cose import HEADER_ALG, HEADER_KID, sig_structure
from verifier.errors import MalformedPayload
from verifier.model import SignedOctets
from verifier.reasons import Reason

HEADER_CRIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign1:
    """One signed layer and what it says of its key."""

    header: Mapping[object, object]  # the protected one
    signed: SignedOctets
    kid: bytes  # empty: it names none
    payload: bytes


def read_sign1(octets: bytes) -> Sign1:
    """Return the COSE_Sign1 in `octets`: bare, with tag 18, or with tag 18 behind tag 61.

    The algorithm counts only where it is signed. The protected kid goes before the other one,
    which may only choose the key that is asked.

    Raises:
        MalformedPayload: anything else, encrypted and MACed messages among it; a payload that is
            elsewhere; a header that must be understood (crit), for none beyond these is.
    """
    match _untagged(load(octets)):
        case [
            bytes() as protected,
            dict() as unprotected,
            bytes() as payload,
            bytes() as signature,
        ]:
            pass
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
    header = load(protected) if protected else {}
    if not isinstance(header, dict) or HEADER_CRIT in header or HEADER_CRIT in unprotected:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return Sign1(
        header=header,
        signed=SignedOctets(
            algorithm=_algorithm(header.get(HEADER_ALG)),
            message=sig_structure(protected, payload),
            signature=signature,
        ),
        kid=_kid(header.get(HEADER_KID, unprotected.get(HEADER_KID, b""))),
        payload=payload,
    )


def _untagged(item: object) -> object:
    match item:
        case Tagged(tag=61, value=Tagged(tag=18, value=inner)) | Tagged(tag=18, value=inner):
            return inner
        case _:
            return item


def _algorithm(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def _kid(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value
