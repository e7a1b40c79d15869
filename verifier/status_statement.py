"""What a status list token says, read and not proven: its CWT form and its JWT form.

Both are read as draft-ietf-oauth-status-list, section 5, lets any issuer write them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.encoding import base16, base64url, cbor_reader
from verifier.encoding.cose import HEADER_TYPE
from verifier.encoding.jose import read_jws
from verifier.encoding.numeric_date import whole_seconds
from verifier.encoding.sign1 import read_sign1
from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload
from verifier.model import Algorithm, SignedOctets, UnixSeconds
from verifier.reasons import Reason

CWT_TYPE = "application/statuslist+cwt"
JWT_TYPE = "statuslist+jwt"

_BITS = (1, 2, 4, 8)
_CWT_CLAIMS = {2: "sub", 4: "exp", 6: "iat", 65533: "status_list", 65534: "ttl"}
_JOSE_ALGORITHMS = {
    "Ed25519": Algorithm.ED25519,  # RFC 9864
    "EdDSA": Algorithm.EDDSA,
    "ES256": Algorithm.ES256,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A token's members, of the types they must have."""

    kids: tuple[bytes, ...]  # the octets that its key id may stand for
    signed: SignedOctets
    name: str  # sub
    issued_at: UnixSeconds
    expires_at: UnixSeconds | None
    bits: int
    packed: bytes  # zlib


def read_cwt(octets: bytes) -> Statement:
    """Return what a COSE_Sign1 says; its kid may stand in either header.

    Raises:
        MalformedPayload: no such token.
    """
    sign1 = read_sign1(octets)
    if not sign1.kid or sign1.header.get(HEADER_TYPE) != CWT_TYPE:  # RFC 9596
        raise MalformedPayload(Reason.FORM_MALFORMED)
    claims = _mapping(cbor_reader.load(sign1.payload))
    named = {name: claims.get(label) for label, name in _CWT_CLAIMS.items()}
    inner = _mapping(named["status_list"])
    return _statement((sign1.kid,), sign1.signed, named, packed=_octets(inner.get("lst")))


def read_jwt(octets: bytes) -> Statement:
    """Return what a compact JWS (RFC 7515, section 7.1) says.

    Its kid is text; the trust list writes the ids of some keys as text and of others in hex.

    Raises:
        MalformedPayload: no such token.
    """
    jws = read_jws(octets.decode("ascii", "replace"))
    header, claims = jws.header, load_object(jws.payload)
    kid, algorithm = header.get("kid"), _JOSE_ALGORITHMS.get(str(header.get("alg")))
    if algorithm is None or header.get("typ") != JWT_TYPE or "crit" in header:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if not isinstance(kid, str) or not kid or not kid.isprintable():
        raise MalformedPayload(Reason.FORM_MALFORMED)
    signed = SignedOctets(algorithm=algorithm, message=jws.message, signature=jws.signature)
    inner = _mapping(claims.get("status_list"))
    packed = base64url.decode(str(inner.get("lst")))
    return _statement(_kids(kid), signed, claims, packed=packed)


def _kids(kid: str) -> tuple[bytes, ...]:
    try:
        return kid.encode(), base16.decode(kid)
    except MalformedPayload:
        return (kid.encode(),)


def _statement(
    kids: tuple[bytes, ...], signed: SignedOctets, claims: Mapping[str, object], *, packed: bytes
) -> Statement:
    name, bits, expires = (
        claims.get("sub"),
        _mapping(claims.get("status_list")).get("bits"),
        claims.get("exp"),
    )
    ttl = claims.get("ttl")
    if not isinstance(name, str) or not name.isprintable() or not isinstance(bits, int):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if bits is True or bits not in _BITS or not isinstance(ttl, int | float | None):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return Statement(
        kids=kids,
        signed=signed,
        name=name,
        issued_at=whole_seconds(claims.get("iat")),
        expires_at=None if expires is None else whole_seconds(expires),
        bits=bits,
        packed=packed,
    )


def _mapping(value: object) -> Mapping[object, object]:
    if not isinstance(value, dict):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def _octets(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value
