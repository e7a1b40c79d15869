"""CC1 codes: from text to parts and back, written from docs/cc1.md alone.

The other implementation in this repository was not read for it, and nothing of it is imported, so
that the two can find each other's mistakes. Speed is no aim here.
"""

from dataclasses import dataclass
from hashlib import sha256

from nacl.signing import SigningKey

from tests.oracle.cc1 import base45, cbor

PREFIX = "CC1:"
TEXT_OCTETS_MAX = 436
ALG_ED25519, ALG_EDDSA = -19, -8
HOLDER_AAD = b"cc1.holder"
CARD = -65537
TIME_MIN, TIME_MAX = 1 << 30, (1 << 32) - 1


class RefusedError(ValueError):
    """A code that is none; `reason` is the code of docs/reasons.md."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerPart:
    """What the issuer signed, and the very octets of it."""

    octets: bytes
    protected: bytes
    payload: bytes
    signature: bytes
    alg: int
    kid: bytes
    exp: int
    nbf: int
    holder_key: bytes | None
    subject: bytes
    types: int
    capabilities: int
    status: int

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure (RFC 9052, section 4.4)."""
        return sig_structure(self.protected, b"", self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderPart:
    """What the phone signed, and the very octets of it."""

    protected: bytes
    payload: bytes
    signature: bytes
    alg: int
    iat: int
    aud: str | None
    cnonce: bytes | None

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure, with the words that set it apart from an issuer's."""
        return sig_structure(self.protected, HOLDER_AAD, self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code taken apart; `holder` is None for a printed card."""

    octets: bytes
    issuer: IssuerPart
    holder: HolderPart | None


def sig_structure(protected: bytes, aad: bytes, payload: bytes) -> bytes:
    """Return the octets that a COSE_Sign1 signature is over."""
    return cbor.encode(["Signature1", protected, aad, payload])


def kid_of(key: bytes) -> bytes:
    """Return the key id of a raw public key."""
    return sha256(key).digest()[:8]


# --- writing


def to_text(octets: bytes) -> str:
    """Return the text of a code's octets."""
    return PREFIX + base45.encode(octets)


def issuer_header(kid: bytes, alg: int = ALG_ED25519) -> cbor.Item:
    """Return the issuer's protected header."""
    return {1: alg, 4: kid}


def issuer_claims(
    *, exp: int, nbf: int, card: list[cbor.Item], holder_key: bytes | None = None
) -> dict[cbor.Item, cbor.Item]:
    """Return what an issuer says; `card` as on the page, its version first."""
    claims: dict[cbor.Item, cbor.Item] = {4: exp, 5: nbf}
    if holder_key is not None:
        claims[8] = {1: {1: 1, -1: 6, -2: holder_key}}
    claims[CARD] = card
    return claims


def holder_claims(
    *, iat: int, aud: str | None = None, cnonce: bytes | None = None
) -> dict[cbor.Item, cbor.Item]:
    """Return what a phone says."""
    claims: dict[cbor.Item, cbor.Item] = {} if aud is None else {3: aud}
    claims[6] = iat
    if cnonce is not None:
        claims[39] = cnonce
    return claims


def sign(protected: bytes, payload: bytes, key: SigningKey, aad: bytes = b"") -> bytes:
    """Return a COSE_Sign1, untagged, of parts that are octets already: they may be of any form."""
    signature = key.sign(sig_structure(protected, aad, payload)).signature
    return cbor.encode([protected, {}, payload, signature])


def write_static(header: cbor.Item, claims: cbor.Item, key: SigningKey) -> bytes:
    """Return the octets of an issuer's part."""
    return sign(cbor.encode(header), cbor.encode(claims), key)


def write_dynamic(
    issuer_part: bytes, claims: cbor.Item, key: SigningKey, alg: int = ALG_ED25519
) -> bytes:
    """Return the octets of a dynamic code around the octets of an issuer's part."""
    protected = b"\xa2\x01" + cbor.encode(alg) + b"\x0d" + issuer_part
    return sign(protected, cbor.encode(claims), key, HOLDER_AAD)


# --- reading


def read_text(text: bytes) -> Code:
    """Take a scanned text apart.

    Raises:
        RefusedError: the first reason of stage D.
    """
    if not text:
        raise RefusedError("D.LEN")
    if not text.startswith(PREFIX.encode()):
        raise RefusedError("D.UNK")
    if len(text) > TEXT_OCTETS_MAX:
        raise RefusedError("D.LEN")
    try:
        octets = base45.decode(text[len(PREFIX) :].decode("latin-1"))
    except base45.NotBase45Error as error:
        raise RefusedError("D.B45") from error
    return read_octets(octets)


def read_octets(octets: bytes) -> Code:
    """Take the octets of a code apart.

    Raises:
        RefusedError: `D.FORM`, or `D.CNF` where an issuer's part with cnf stands alone.
    """
    try:
        code = _code(octets)
    except cbor.NotOfFormError as error:
        raise RefusedError("D.FORM") from error
    if code.holder is None and code.issuer.holder_key is not None:
        raise RefusedError("D.CNF")
    return code


def _code(octets: bytes) -> Code:
    protected, payload, signature = _sign1(cbor.decode(octets))
    header = cbor.decode(protected)
    if isinstance(header, dict) and list(header) == [1, 13]:
        issuer = _issuer_part(header[13])
        _need(issuer.holder_key is not None, "no cnf")
        holder = _holder_part(header[1], protected, payload, signature)
        return Code(octets=octets, issuer=issuer, holder=holder)
    return Code(octets=octets, issuer=_issuer_part(cbor.decode(octets)), holder=None)


def _need(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise cbor.NotOfFormError(what)


def _sign1(item: cbor.Item) -> tuple[bytes, bytes, bytes]:
    _need(isinstance(item, list) and len(item) == 4, "not four members")
    protected, unprotected, payload, signature = item
    _need(unprotected == {}, "an unprotected header")
    parts = (protected, payload, signature)
    _need(all(isinstance(part, bytes) for part in parts), "a member is no octets")
    _need(len(signature) == 64, "not the length of a signature")
    return parts


def _labels(item: cbor.Item, *allowed: list[int]) -> dict[cbor.Item, cbor.Item]:
    _need(isinstance(item, dict) and list(item) in allowed, "not the labels")
    return item


def _octets(item: cbor.Item, low: int, high: int) -> bytes:
    _need(isinstance(item, bytes) and low <= len(item) <= high, "not so many octets")
    return item


def _number(item: cbor.Item, low: int, high: int) -> int:
    _need(isinstance(item, int) and low <= item <= high, "not in the range")
    return item


def _alg(item: cbor.Item) -> int:
    _need(item in (ALG_ED25519, ALG_EDDSA), "another algorithm")
    return item


def _issuer_part(item: cbor.Item) -> IssuerPart:
    protected, payload, signature = _sign1(item)
    header = _labels(cbor.decode(protected), [1, 4])
    claims = _labels(cbor.decode(payload), [4, 5, CARD], [4, 5, 8, CARD])
    card = claims[CARD]
    _need(isinstance(card, list) and len(card) == 5 and card[0] == 1, "not a card of version 1")
    return IssuerPart(
        octets=cbor.encode(item),
        protected=protected,
        payload=payload,
        signature=signature,
        alg=_alg(header[1]),
        kid=_octets(header[4], 8, 8),
        exp=_number(claims[4], TIME_MIN, TIME_MAX),
        nbf=_number(claims[5], TIME_MIN, TIME_MAX),
        holder_key=_cnf(claims[8]) if 8 in claims else None,
        subject=_octets(card[1], 8, 8),
        types=_number(card[2], 0, (1 << 32) - 1),
        capabilities=_number(card[3], 0, 127),
        status=_number(card[4], 0, (1 << 32) - 1),
    )


def _cnf(item: cbor.Item) -> bytes:
    key = _labels(_labels(item, [1])[1], [1, -1, -2])
    _need(key[1] == 1 and key[-1] == 6, "not an Ed25519 key")
    return _octets(key[-2], 32, 32)


def _holder_part(alg: cbor.Item, protected: bytes, payload: bytes, signature: bytes) -> HolderPart:
    claims = _labels(cbor.decode(payload), [6], [3, 6], [6, 39], [3, 6, 39])
    aud = claims.get(3)
    _need(aud is None or (isinstance(aud, str) and 1 <= len(aud.encode()) <= 16), "not a lane")
    return HolderPart(
        protected=protected,
        payload=payload,
        signature=signature,
        alg=_alg(alg),
        iat=_number(claims[6], TIME_MIN, TIME_MAX),
        aud=aud,
        cnonce=_octets(claims[39], 8, 16) if 39 in claims else None,
    )
