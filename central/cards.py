"""Making CC1 codes: the issuer's part, and the proof that a phone adds (docs/cc1.md).

Written with a general CBOR library, so that issuer and reader check each other.
"""

from dataclasses import dataclass

import cbor2

from protocol.keys import SigningKey
from verifier.encoding.base45 import encode
from verifier.model import SUBJECT_BYTES, UnixSeconds

_PREFIX = "CC1:"
_HOLDER_AAD = b"cc1.holder"

# Header labels, claim keys and values (IANA registries "COSE" and "CWT Claims").
_ALG, _KID, _KCWT = 1, 4, 13
_ED25519 = -19  # RFC 9864
_AUD, _EXP, _NBF, _IAT, _CNF, _CNONCE, _CARD = 3, 4, 5, 6, 8, 39, -65537
_CARD_VERSION = 1

# Times have a five-octet form of their own: 2004-01-10 to 2106-02-07.
TIME_MIN, TIME_MAX = UnixSeconds(1 << 30), UnixSeconds((1 << 32) - 1)
_UINT32_MAX = (1 << 32) - 1
_CAPABILITIES_MAX = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClaims:
    """What an issuer says of a holder.

    Raises:
        ValueError: a value that the form can't carry.
    """

    not_before: UnixSeconds
    expires_at: UnixSeconds
    subject: bytes  # 8 octets
    types: int  # bit mask, 32 bits
    capabilities: int  # bit mask, 0..127
    status_index: int  # 32 bits

    def __post_init__(self) -> None:
        times = self.not_before, self.expires_at
        if not all(TIME_MIN <= time <= TIME_MAX for time in times):
            raise ValueError("a card's times lie between 2004-01-10 and 2106-02-07")
        if len(self.subject) != SUBJECT_BYTES:
            raise ValueError(f"a subject is {SUBJECT_BYTES} octets")
        if not all(0 <= number <= _UINT32_MAX for number in (self.types, self.status_index)):
            raise ValueError("types and status index are 32 bits")
        if not 0 <= self.capabilities <= _CAPABILITIES_MAX:
            raise ValueError("capabilities are 7 bits")


def issuer_part(*, claims: CardClaims, key: SigningKey, holder_key: bytes | None) -> bytes:
    """Return what the issuer signs: a COSE_Sign1 without tag.

    Args:
        claims: about the holder.
        key: of role card.
        holder_key: the phone's 32-octet Ed25519 key; None makes a static code's octets.
    """
    payload: dict[int, object] = {_EXP: claims.expires_at, _NBF: claims.not_before}
    if holder_key is not None:
        payload[_CNF] = {1: {1: 1, -1: 6, -2: holder_key}}  # RFC 8747: an OKP key, Ed25519
    payload[_CARD] = [
        _CARD_VERSION,
        claims.subject,
        claims.types,
        claims.capabilities,
        claims.status_index,
    ]
    return _dump(_signed({_ALG: _ED25519, _KID: key.kid}, payload, key=key, external_aad=b""))


def dynamic_code(
    issuer_part: bytes,
    *,
    holder: SigningKey,
    drawn_at: UnixSeconds,
    audience: str | None = None,
    challenge: bytes | None = None,
) -> str:
    """Return the text of a dynamic code, as the holder's phone draws it.

    Args:
        issuer_part: with the holder's key in it.
        holder: the phone's key.
        drawn_at: by the phone's clock.
        audience: the one lane it is for, 1 to 16 octets.
        challenge: the lane's own, 8 to 16 octets.
    """
    claims: dict[int, object] = {_IAT: drawn_at}
    if audience is not None:
        claims[_AUD] = audience
    if challenge is not None:
        claims[_CNONCE] = challenge
    protected = {_ALG: _ED25519, _KCWT: cbor2.loads(issuer_part)}
    return code_text(_dump(_signed(protected, claims, key=holder, external_aad=_HOLDER_AAD)))


def code_text(octets: bytes) -> str:
    """Return the text of a code: a static code's is that of its issuer part."""
    return _PREFIX + encode(octets).decode("ascii")


def _signed(
    protected: dict[int, object],
    payload: dict[int, object],
    *,
    key: SigningKey,
    external_aad: bytes,
) -> list[object]:
    """Return a COSE_Sign1 (RFC 9052, section 4.2)."""
    header, body = _dump(protected), _dump(payload)
    to_sign = _dump(["Signature1", header, external_aad, body])
    return [header, {}, body, key.sign(to_sign)]


def _dump(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)
