"""The people and places of the vectors, and a writer that may break every rule of the form."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from nacl.signing import SigningKey

from tests.oracle.cc1 import cbor, codes, judge

NOW = 1_800_000_000
DAY = 86_400

ISSUER = SigningKey(bytes(range(0x20)))
PHONE = SigningKey(bytes(range(0x20, 0x40)))
OTHER_ISSUER = SigningKey(bytes(range(0x40, 0x60)))
OTHER_PHONE = SigningKey(bytes(range(0x60, 0x80)))

SUBJECT = bytes.fromhex("a1b2c3d4e5f60718")
LIST_NAME = "status/city.example/{shard}.cwt"
# Place by place: valid but for a revoked, a suspended and a reserved value.
VALUES = (0, 1, 2, 3, 0, 0, 0, 0)


def public(key: SigningKey) -> bytes:
    """Return the raw public key."""
    return bytes(key.verify_key)


KID = codes.kid_of(public(ISSUER))


def entry(key: SigningKey | bytes = ISSUER, **changes: object) -> dict[str, object]:
    """Return an entry of a keys.json; a member changed to None is left out."""
    octets = key if isinstance(key, bytes) else public(key)
    members = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": urlsafe_b64encode(octets).rstrip(b"=").decode(),
        "kid": codes.kid_of(octets).hex(),
        "role": "card",
        "formats": ["cc1"],
        "issuer": "city.example",
        "nbf": NOW - 365 * DAY,
        "exp": NOW + 365 * DAY,
        "capabilities": 127,
        "status_lists": LIST_NAME,
    } | changes
    return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A status list of the scene."""

    issuer: str = "city.example"
    name: str = "status/city.example/0.cwt"
    iat: int = NOW - 600
    exp: int | None = None
    values: Sequence[int] = VALUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One vector before its intermediates are worked out; `reason` is what we say it must be."""

    name: str
    comment: str
    octets: bytes | None = None
    text: bytes | None = None  # in place of `octets`
    reason: str | None = None
    keys: Sequence[judge.Entry] = field(default_factory=lambda: (entry(),))
    lists: Sequence[ListOf] = (ListOf(),)
    now: int = NOW
    uncertainty_s: int = 0
    clock: str = "trusted"
    status_age_max_s: int = 259_200
    exhaustive: bool = False

    @property
    def scanned(self) -> bytes:
        """What the scanner delivers."""
        return codes.to_text(self.octets).encode() if self.text is None else self.text

    @property
    def world(self) -> judge.World:
        """The same circumstances as the oracle takes them."""
        return judge.World(
            keys=self.keys,
            now=self.now,
            uncertainty_s=self.uncertainty_s,
            clock_trusted=self.clock == "trusted",
            lists={
                (one.issuer, one.name): judge.StatusList(
                    values=one.values, iat=one.iat, exp=one.exp
                )
                for one in self.lists
            },
            status_age_max_s=self.status_age_max_s,
        )


# --- a writer of any form


class Raw(bytes):
    """Octets that stand in the code as they are."""

    __slots__ = ()


class Pairs(list):
    """A map whose labels may come twice and in any order."""

    __slots__ = ()


def spell(item: object) -> bytes:
    """Return the octets of `item`, where `Raw` and `Pairs` may stand for any part."""
    if isinstance(item, Raw):
        return bytes(item)
    if isinstance(item, dict):
        item = Pairs(item.items())
    if isinstance(item, Pairs):
        body = b"".join(spell(key) + spell(value) for key, value in item)
        return cbor.head(cbor.MAP, len(item)) + body
    if isinstance(item, list):
        return cbor.head(cbor.ARRAY, len(item)) + b"".join(map(spell, item))
    return cbor.encode(item)


def card(**changes: object) -> list[object]:
    """Return the card of the scene: a valid one, capabilities 37."""
    members = {"version": 1, "subject": SUBJECT, "types": 3, "capabilities": 37, "status": 5}
    return list((members | changes).values())


def claims(*, cnf: object = None, **changes: object) -> dict[object, object]:
    """Return issuer's claims, with the card's members or exp and nbf changed."""
    exp, nbf = changes.pop("exp", NOW + DAY), changes.pop("nbf", NOW - DAY)
    last = {codes.CARD: changes.pop("card", None) or card(**changes)}
    return {4: exp, 5: nbf} | ({} if cnf is None else {8: cnf}) | last


def cnf_of(key: SigningKey | bytes = PHONE) -> dict[object, object]:
    """Return the confirmation claim of a phone's key."""
    return {1: {1: 1, -1: 6, -2: key if isinstance(key, bytes) else public(key)}}


def sign1(header: object, payload: object, key: SigningKey, aad: bytes = b"") -> Raw:
    """Return an untagged COSE_Sign1 of parts in any form, its signature good."""
    return Raw(codes.sign(spell(header), spell(payload), key, aad))


def static(payload: object = None, *, header: object = None, key: SigningKey = ISSUER) -> Raw:
    """Return a printed card."""
    return sign1(header or {1: -19, 4: KID}, payload or claims(), key)


def inner(payload: object = None, **how: object) -> Raw:
    """Return what an issuer signs for a phone."""
    return static(payload or claims(cnf=cnf_of()), **how)


def dynamic(
    payload: object = None,
    *,
    issuer_part: bytes | None = None,
    header: object = None,
    key: SigningKey = PHONE,
    aad: bytes = codes.HOLDER_AAD,
) -> Raw:
    """Return a code of a phone."""
    header = header or {1: -19, 13: Raw(inner() if issuer_part is None else issuer_part)}
    return sign1(header, payload or {6: NOW}, key, aad)
