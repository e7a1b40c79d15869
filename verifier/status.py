"""Status lists: the IETF Token Status List in its CWT form, one bit or two a card."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import cbor2

from verifier.encoding.cbor import load_deterministic
from verifier.encoding.cose import HEADER_ALG, HEADER_KID, HEADER_TYPE, sig_structure
from verifier.encoding.inflate import inflate
from verifier.errors import MalformedPayload, TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.reasons import Reason
from verifier.signature import is_signed_by

SHARD_CARDS = 1 << 20
TOKEN_TYPE = "application/statuslist+cwt"  # noqa: S105  # a media type

# A whole shard at 8 bits a card does not compress below its entropy; nothing honest is larger.
TOKEN_OCTETS_MAX = SHARD_CARDS + 4096

_CLAIM_EXPIRES, _CLAIM_TTL = 4, 65534


class Status(Enum):
    """What an issuer says of a card (draft-ietf-oauth-status-list, section 7.1)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One shard of an issuer's statuses, inflated and proven."""

    name: str
    issuer: str
    bits: int  # 1, 2, 4 or 8 a card
    octets: bytes
    issued_at: UnixSeconds
    expires_at: UnixSeconds | None


def list_name(template: str, index: int) -> str:
    """Return the name of the list that holds the card of status `index`."""
    return _expanded(template, index // SHARD_CARDS)


# A lane meets the same shards all day; a city of 10 million cards has ten.
@lru_cache(maxsize=1_024)
def _expanded(template: str, shard: int) -> str:
    return template.replace("{shard}", str(shard))


def value_at(status_list: StatusList, index: int) -> int:
    """Return the value that the issuer wrote at `index`.

    Entries are packed from the least significant bit of octet 0 upward
    (draft-ietf-oauth-status-list, section 4.1); W3C bitstring lists run the other way.

    Args:
        status_list: the shard that holds the card.
        index: the card's place over all shards, as signed into the credential.

    Raises:
        MalformedPayload: the place is outside the list, so nothing can be said of the
            credential and it must be refused (section 8.3).
    """
    place = index % SHARD_CARDS * status_list.bits
    if place >> 3 >= len(status_list.octets):
        raise MalformedPayload(Reason.STATUS_INDEX_OUTSIDE)
    return status_list.octets[place >> 3] >> (place & 7) & ((1 << status_list.bits) - 1)


def load_list(octets: bytes, keys: KeyTable, *, now: UnixSeconds) -> StatusList:
    """Return the list in `octets`, a COSE_Sign1 signed by a key of role status.

    Raises:
        TrustError: not such a list, unsigned, signed by nobody trusted for it, or not in form.
    """
    if len(octets) > TOKEN_OCTETS_MAX:
        raise TrustError("the status list is larger than any shard can be")
    try:
        protected, payload, signature = _layers(load_deterministic(octets))
        kid, algorithm = _checked_header(load_deterministic(protected))
        claims = load_deterministic(payload)
    except MalformedPayload as error:
        raise TrustError("the status list is no COSE_Sign1 in deterministic form") from error
    held = [key for key in keys.get((Role.STATUS, kid), ()) if algorithm in key.algorithms]
    for key in held:
        if key.is_within(now) and is_signed_by(
            key.key, sig_structure(protected, payload), signature
        ):
            return _list(claims, key.issuer)
    raise TrustError(f"no trusted key of role status signed it (kid {kid.hex()})")


def _layers(token: object) -> tuple[bytes, bytes, bytes]:
    """Return protected header, payload and signature (RFC 9052, section 4.2; tag 18)."""
    match token:
        case cbor2.CBORTag(
            tag=18, value=[bytes() as protected, {**bare}, bytes() as body, bytes() as sig]
        ) if not bare:  # unprotected headers are unsigned: anybody could add them
            return protected, body, sig
        case _:
            raise TrustError("the status list is no tagged COSE_Sign1")


def _checked_header(header: object) -> tuple[bytes, int]:
    """Return kid and algorithm."""
    match header:
        case dict() if (
            set(header) == {HEADER_ALG, HEADER_KID, HEADER_TYPE}
            and header[HEADER_ALG] in (-19, -8)
            and header[HEADER_TYPE] == TOKEN_TYPE
            and isinstance(header[HEADER_KID], bytes)
        ):
            return header[HEADER_KID], header[HEADER_ALG]
        case _:
            raise TrustError("the status list's header is not alg, kid and type alone")


def _list(claims: object, issuer: str) -> StatusList:
    match claims:
        case {
            2: str() as name,
            6: int() as issued,
            65533: {"bits": int() as bits, "lst": bytes() as packed, **more},
            **rest,
        } if not more and rest.keys() <= {_CLAIM_EXPIRES, _CLAIM_TTL}:
            pass
        case _:
            raise TrustError("the status list's claims are not name, iat and list")
    expires = rest.get(_CLAIM_EXPIRES)
    if bits not in (1, 2, 4, 8) or not isinstance(expires, int | None):
        raise TrustError("the status list's bits or exp make no sense")
    return StatusList(
        name=name,
        issuer=issuer,
        bits=bits,
        octets=_inflated(packed, bits),
        issued_at=UnixSeconds(issued),
        expires_at=None if expires is None else UnixSeconds(expires),
    )


def _inflated(packed: bytes, bits: int) -> bytes:
    try:
        return inflate(packed, size_max=SHARD_CARDS * bits // 8)
    except MalformedPayload as error:
        raise TrustError("the status list does not inflate to one shard") from error
