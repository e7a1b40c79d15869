"""IETF Token Status Lists as they are signed: the city's own in one closed form, and foreign ones.

A list that the template of a card key names is a shard of that key's issuer: it is a CWT of which
every octet is fixed (docs/protocol.md). Any other is a foreign issuer's, who signs CWT or JWT.
"""

from dataclasses import dataclass

from verifier.encoding.inflate import inflate
from verifier.errors import MalformedPayload, TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.status import SHARD_CARDS, BitArray, StatusList
from verifier.status_sign1 import SIGN1_TAG, closed_claims, status_signer
from verifier.status_statement import CWT_TYPE, Statement, read_cwt, read_jwt

# A whole shard at 8 bits a card does not compress below its entropy; nothing honest is larger.
TOKEN_OCTETS_MAX = SHARD_CARDS + 4096
# A JWT writes the list in base64 twice, 4/3 each time.
JWT_OCTETS_MAX = TOKEN_OCTETS_MAX * 16 // 9 + 4096

# Foreign lists have no shards; 2^20 octets are 8 million cards at one bit, ten times the longest
# example of the draft.
FOREIGN_ARRAY_OCTETS_MAX = SHARD_CARDS

_OPTIONAL_CLAIMS = {4, 65534}  # exp, ttl


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedList:
    """A proven list, still compressed."""

    name: str
    issuer: str
    bits: int
    issued_at: UnixSeconds
    expires_at: UnixSeconds | None
    packed: bytes
    octets_max: int

    def inflated(self) -> bytes:
        """Return the array.

        Raises:
            TrustError: no zlib stream, or of more than such a list may hold.
        """
        try:
            return inflate(self.packed, size_max=self.octets_max)
        except MalformedPayload as error:
            raise TrustError("the status list does not inflate to one shard") from error

    def with_array(self, octets: BitArray) -> StatusList:
        """Return the list as it is looked up in; `octets` is what `inflated` gave."""
        return StatusList(
            name=self.name,
            issuer=self.issuer,
            bits=self.bits,
            octets=octets,
            issued_at=self.issued_at,
            expires_at=self.expires_at,
        )


def prove_list(octets: bytes, keys: KeyTable, *, now: UnixSeconds) -> PackedList:
    """Return the list in `octets` before it is inflated.

    Raises:
        TrustError: not such a list, unsigned, signed by nobody trusted for it, or not in form.
    """
    told = _read(octets)
    issuer = status_signer(keys, told.kids, told.signed, now=now).issuer
    is_shard = _is_shard(told.name, issuer, keys)
    if is_shard:
        _check_closed(octets)
    return PackedList(
        name=told.name,
        issuer=issuer,
        bits=told.bits,
        issued_at=told.issued_at,
        expires_at=told.expires_at,
        packed=told.packed,
        octets_max=SHARD_CARDS * told.bits // 8 if is_shard else FOREIGN_ARRAY_OCTETS_MAX,
    )


def _read(octets: bytes) -> Statement:
    is_cwt = octets.startswith(SIGN1_TAG)
    if len(octets) > (TOKEN_OCTETS_MAX if is_cwt else JWT_OCTETS_MAX):
        raise TrustError("the status list is larger than any list can be")
    try:
        return read_cwt(octets) if is_cwt else read_jwt(octets)
    except MalformedPayload as error:
        raise TrustError("the status list is no token of either form, CWT or JWT") from error


def _is_shard(name: str, issuer: str, keys: KeyTable) -> bool:
    """Return whether a card key of `issuer` has the template that `name` comes from."""
    templates = {
        key.status_lists
        for (role, _), sharing in keys.items()
        for key in sharing
        if role is Role.CARD and key.issuer == issuer and key.status_lists is not None
    }
    return any(_comes_from(template, name) for template in templates)


def _comes_from(template: str, name: str) -> bool:
    before, _, behind = template.partition("{shard}")
    shard = name.removeprefix(before).removesuffix(behind)
    return shard.isdecimal() and template.replace("{shard}", shard) == name


def _check_closed(octets: bytes) -> None:
    """Raise unless a proven token is in the city's own form, which has one encoding."""
    if not octets.startswith(SIGN1_TAG):
        raise TrustError("a shard must be a CWT")
    match closed_claims(octets, CWT_TYPE)[1]:
        case {2: _, 6: _, 65533: {"bits": _, "lst": _, **more}, **rest} if (
            not more and rest.keys() <= _OPTIONAL_CLAIMS
        ):
            return
        case _:
            raise TrustError("the status list's claims are not name, iat and list")
