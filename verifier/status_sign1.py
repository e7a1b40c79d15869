"""The closed form of what the city's status keys sign, and who signed it."""

from verifier.encoding.cbor import load_deterministic
from verifier.encoding.cbor_reader import Tagged
from verifier.encoding.cose import HEADER_ALG, HEADER_KID, HEADER_TYPE, sig_structure
from verifier.errors import MalformedPayload, TrustError
from verifier.key_signature import holds
from verifier.model import (
    Algorithm,
    KeyTable,
    Role,
    SignedOctets,
    TrustedKey,
    UnixSeconds,
)

SIGN1_TAG = b"\xd2"  # tag 18 (RFC 9052, section 2)

_ALGORITHMS = (Algorithm.ED25519, Algorithm.EDDSA)


def closed_claims(octets: bytes, kind: str) -> tuple[tuple[bytes, SignedOctets], object]:
    """Return kid and signed octets, and the claims, of a document in the closed form.

    It is a COSE_Sign1 with tag 18 in deterministic CBOR throughout; its protected header is alg,
    kid and type alone, its unprotected header empty.

    Raises:
        TrustError: it is not.
    """
    try:
        protected, payload, signature = _layers(load_deterministic(octets))
        kid, algorithm = _header(load_deterministic(protected), kind)
        claims = load_deterministic(payload)
    except MalformedPayload as error:
        raise TrustError("it is no COSE_Sign1 in deterministic form") from error
    message = sig_structure(protected, payload)
    signed = SignedOctets(algorithm=algorithm, message=message, signature=signature)
    return (kid, signed), claims


def _layers(token: object) -> tuple[bytes, bytes, bytes]:
    """Return protected header, payload and signature (RFC 9052, section 4.2)."""
    match token:
        case Tagged(
            tag=18, value=[bytes() as protected, {**bare}, bytes() as body, bytes() as sig]
        ) if not bare:  # unprotected headers are unsigned: anybody could add them
            return protected, body, sig
        case _:
            raise TrustError("it is no tagged COSE_Sign1 with all headers protected")


def _header(header: object, kind: str) -> tuple[bytes, int]:
    """Return kid and algorithm."""
    match header:
        case dict() if (
            set(header) == {HEADER_ALG, HEADER_KID, HEADER_TYPE}
            and header[HEADER_ALG] in _ALGORITHMS
            and header[HEADER_TYPE] == kind
            and isinstance(header[HEADER_KID], bytes)
        ):
            return header[HEADER_KID], header[HEADER_ALG]
        case _:
            raise TrustError("its header is not alg, kid and type alone")


def status_signer(
    keys: KeyTable, kids: tuple[bytes, ...], signed: SignedOctets, *, now: UnixSeconds
) -> TrustedKey:
    """Return the key of role status, in its window, that signed the document.

    Args:
        keys: the trust list.
        kids: the octets that the document's key id may stand for.
        signed: octets, algorithm and signature.
        now: the instant at which the key must be in its window.

    Raises:
        TrustError: there is none.
    """
    for kid in kids:
        for key in keys.get((Role.STATUS, kid), ()):
            if signed.algorithm in key.algorithms and key.is_within(now) and holds(key, signed):
                return key
    raise TrustError(f"no trusted key of role status signed it (kid {kids[0].hex()})")
