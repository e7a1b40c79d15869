"""Makers of codes of foreign families, by cbor2, zlib and json themselves, faults on request."""

import base64
import json
import zlib
from collections.abc import Mapping

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from nacl.signing import SigningKey

from tests.support.cards import ISSUER, NOW, base45, public
from tests.support.foreign import P256, es256, spki, thumbprint
from tests.support.trust import CARD_KEY, CITY, GATE, base64url, table
from verifier.clock import ClockQuality, ClockReading
from verifier.model import KeyKind, Role, TrustedKey, UnixSeconds, Verdict
from verifier.pipeline import Judgement, judge
from verifier.profile import EntryType, Profile
from verifier.reasons import Reason
from verifier.status import StatusList
from verifier.verify import Circumstances, TrustedSet

BEGINS, ENDS = NOW - 86_400, NOW + 86_400


def lane_of(*families: str) -> Profile:
    """Return a lane that takes nothing but codes of `families`, printed ones and unlisted."""
    return Profile(
        name="desk",
        entry_type=EntryType.REGISTRATION,
        formats=families,
        static=Verdict.GRANT,
        status_unknown=Verdict.GRANT,
    )


def ed25519_key(family: str, signer: SigningKey = ISSUER, **changes: object) -> TrustedKey:
    return _key(family, KeyKind.ED25519, public(signer), (-19, -8), changes)


def p256_key(family: str, signer: EllipticCurvePrivateKey = P256, **changes: object) -> TrustedKey:
    return _key(family, KeyKind.P256, spki(signer), (-7,), changes)


def _key(
    family: str,
    kind: KeyKind,
    octets: bytes,
    algorithms: tuple[int, ...],
    changes: Mapping[str, object],
) -> TrustedKey:
    members: dict[str, object] = {
        "kid": b"",
        "role": Role.CARD,
        "issuer": CITY,
        "kind": kind,
        "key": octets,
        "algorithms": algorithms,
        "formats": (family,),
        "not_before": CARD_KEY.not_before,
        "expires_at": CARD_KEY.expires_at,
        "capabilities": 1,
        "status_lists": None,
    }
    return TrustedKey(**{**members, **changes})  # type: ignore[arg-type]  # fields by name


def judged_by(
    payload: bytes,
    *keys: TrustedKey,
    profile: Profile = GATE,
    now: int = NOW,
    lists: tuple[StatusList, ...] = (),
) -> Judgement:
    known = Circumstances(
        trusted=TrustedSet(
            keys=table(*keys),
            issued_at=None,
            lists={(each.issuer, each.name): each for each in lists},
        ),
        clock=ClockReading(now=UnixSeconds(now), quality=ClockQuality.TRUSTED, uncertainty_s=0),
        status_limits=profile.status_limits,
    )
    return judge(payload, profile=profile, lane="desk-1", known=known)


def answer_by(
    payload: bytes,
    *keys: TrustedKey,
    profile: Profile = GATE,
    now: int = NOW,
    lists: tuple[StatusList, ...] = (),
) -> tuple[Verdict, Reason | None]:
    decision = judged_by(payload, *keys, profile=profile, now=now, lists=lists).decision
    return decision.verdict, decision.reason


def cwt(**changes: object) -> dict[object, object]:
    """Return the claims of a card; names of changes are labels with an underscore before them."""
    claims: dict[object, object] = {
        1: CITY,
        4: ENDS,
        5: BEGINS,
        6: BEGINS,
        169: {1: "ID-0007", 4: "Holder Seven"},
    }
    for name, value in changes.items():
        claims[int(name.removeprefix("_"))] = value
    return {label: value for label, value in claims.items() if value is not None}


def cose(
    claims: object = None,
    *,
    header: object = None,
    unprotected: object = None,
    key: SigningKey | EllipticCurvePrivateKey = ISSUER,
    signature: bytes | None = None,
    tag: int | None = 18,
) -> bytes:
    """Return a COSE_Sign1; octets given for claims or header are signed as they are."""
    own = {1: -8 if isinstance(key, SigningKey) else -7}
    protected = _cbor(own if header is None else header)
    payload = _cbor(cwt() if claims is None else claims)
    if signature is None:
        message = cbor2.dumps(["Signature1", protected, b"", payload])
        signature = _signature(key, message)
    layers = [protected, {} if unprotected is None else unprotected, payload, signature]
    return cbor2.dumps(layers if tag is None else cbor2.CBORTag(tag, layers))


def claim169(octets: bytes | None = None, *, level: int = 9) -> bytes:
    """Return the text of a card."""
    return base45(zlib.compress(cose() if octets is None else octets, level)).encode()


def health_card(**changes: object) -> dict[str, object]:
    """Return the payload of a SMART Health Card; None leaves a member out."""
    card: dict[str, object] = {
        "iss": "https://issuer.example",
        "nbf": BEGINS + 0.5,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {
                "fhirVersion": "4.0.1",
                "fhirBundle": {"resourceType": "Bundle", "type": "collection", "entry": []},
            },
        },
        **changes,
    }
    return {name: value for name, value in card.items() if value is not None}


def jws(
    payload: object = None,
    *,
    header: object = None,
    key: EllipticCurvePrivateKey = P256,
    signature: bytes | None = None,
    packed: bytes | None = None,
) -> str:
    """Return the compact JWS of a card; octets are packed or written as they are."""
    own = {"zip": "DEF", "alg": "ES256", "kid": thumbprint(key)}
    octets = _json(health_card() if payload is None else payload)
    body = zlib.compress(octets, 9, -15) if packed is None else packed
    text = f"{base64url(_json(own if header is None else header))}.{base64url(body)}"
    signed = es256(key, text.encode()) if signature is None else signature
    return f"{text}.{base64url(signed)}"


def shc(text: str | None = None) -> bytes:
    """Return the numeric text of a JWS (SMART Health Cards, "Encoding Chunks as QR Codes")."""
    characters = jws() if text is None else text
    return b"shc:/" + "".join(f"{ord(each) - 45:02}" for each in characters).encode()


def shc_key(signer: EllipticCurvePrivateKey = P256, **changes: object) -> TrustedKey:
    members = {"kid": thumbprint(signer).encode(), "issuer": "https://issuer.example", **changes}
    return p256_key("shc", signer, **members)


def ticket(fields: Mapping[int, object] | None = None) -> bytes:
    """Return a ticket's message; numbers as varints, texts with their lengths, as ordered."""
    octets = b""
    for number, value in ({1: "seed-0007", 2: 16, 4: 14} if fields is None else fields).items():
        if isinstance(value, int):
            octets += varint(number << 3) + varint(value)
        else:
            held = value.encode() if isinstance(value, str) else value
            assert isinstance(held, bytes)
            octets += varint(number << 3 | 2) + varint(len(held)) + held
    return octets


def varint(number: int) -> bytes:
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*groups, number))


def pretix_octets(
    message: bytes | None = None, *, key: SigningKey = ISSUER, signature: bytes | None = None
) -> bytes:
    held = ticket() if message is None else message
    signed = key.sign(held).signature if signature is None else signature
    sizes = len(held).to_bytes(2, "big") + len(signed).to_bytes(2, "big")
    return b"\x01" + sizes + held + signed


def pretix(octets: bytes | None = None) -> bytes:
    """Return the text of a ticket: base64, backwards."""
    return base64.b64encode(pretix_octets() if octets is None else octets)[::-1]


def _signature(key: SigningKey | EllipticCurvePrivateKey, message: bytes) -> bytes:
    if isinstance(key, SigningKey):
        return bytes(key.sign(message).signature)
    return es256(key, message)


def _cbor(value: object) -> bytes:
    return value if isinstance(value, bytes) else cbor2.dumps(value)


def _json(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
