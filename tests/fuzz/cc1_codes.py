"""CC1 codes for the fuzzer: taken apart, one part changed, signed again by the test keys."""

from dataclasses import dataclass, replace
from random import Random

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from tests.fuzz.target import CBOR_ERRORS, Noise, mutated_cbor
from tests.support import cards
from verifier.encoding.base45 import decode
from verifier.errors import MalformedPayload
from verifier.model import Credential

SEEDS = (
    cards.text(cards.smallest()),
    cards.text(cards.issuer_part()),
    cards.text(cards.issuer_part(alg=-8)),
    cards.text(cards.holder_part()),
    cards.text(cards.holder_part(None, {3: "gate-1", 6: cards.NOW, 39: b"challenge"})),
    cards.text(cards.largest()),
    cards.text(cards.issuer_part(cards.issuer_claims(holder=cards.public(cards.HOLDER)))),
    cards.text(cards.issuer_part(key=cards.STRANGER)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One COSE_Sign1, its protected header and payload as octets."""

    protected: bytes
    unprotected: object
    payload: bytes


def mutated_code(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return the code with one part changed and every signature made anew.

    Without the signatures the fuzzer would never see what stands behind them.
    """
    try:
        octets = decode(payload.removeprefix(b"CC1:"))
        outer, inner = _apart(octets)
    except (MalformedPayload, *CBOR_ERRORS):
        return noise(payload)
    if random.random() < 0.1:
        return cards.text(noise(octets))
    if inner is None:
        return cards.text(_issued(_changed(outer, random, noise)))
    if random.random() < 0.5:
        issued = _issued(_changed(inner, random, noise))
        return cards.text(cards.holder_part(issued, outer.payload))
    changed = _changed(outer, random, noise)
    return cards.text(
        cards.holder_part(
            None,
            changed.payload,
            header=changed.protected,
            unprotected=cbor2.dumps(changed.unprotected),
        )
    )


def _apart(octets: bytes) -> tuple[Layer, Layer | None]:
    outer = _layer(cbor2.loads(octets))
    header = cbor2.loads(outer.protected)
    inner = header.get(13) if isinstance(header, dict) else None
    return outer, None if inner is None else _layer(inner)


def _layer(value: object) -> Layer:
    match value:
        case [bytes() as protected, {**unprotected}, bytes() as payload, bytes()]:
            return Layer(protected=protected, unprotected=unprotected, payload=payload)
        case _:
            raise ValueError("no COSE_Sign1")


def _changed(layer: Layer, random: Random, noise: Noise) -> Layer:
    match random.randrange(8):
        case 0:
            return replace(layer, unprotected={4: b"kid"})
        case 1 | 2:
            return replace(layer, protected=mutated_cbor(layer.protected, random, noise))
        case _:
            return replace(layer, payload=mutated_cbor(layer.payload, random, noise))


def _issued(layer: Layer) -> bytes:
    return cards.issuer_part(
        layer.payload, header=layer.protected, unprotected=cbor2.dumps(layer.unprotected)
    )


def messages_of(payload: bytes) -> tuple[bytes, bytes | None]:
    """Return what the issuer's and the holder's signatures on a valid code must cover."""
    outer, inner = _apart(decode(payload.removeprefix(b"CC1:")))
    if inner is None:
        return _to_be_signed(outer, b""), None
    return _to_be_signed(inner, b""), _to_be_signed(outer, cards.HOLDER_AAD)


def _to_be_signed(layer: Layer, aad: bytes) -> bytes:
    return cbor2.dumps(["Signature1", layer.protected, aad, layer.payload])


def text_of(credential: Credential) -> bytes:
    """Return the one text that docs/cc1.md gives the credential, by another encoder."""
    proof = credential.proof
    fields = {
        "subject": credential.subject,
        "types": credential.types,
        "capabilities": credential.capabilities,
        "status": credential.status_index,
    }
    issued = cards.issuer_part(
        cards.issuer_claims(
            exp=credential.expires_at or 0,
            nbf=credential.not_before or 0,
            holder=None if proof is None else proof.key,
            **fields,
        ),
        header={1: credential.issued.algorithm, 4: credential.kid},
        signature=credential.issued.signature,
    )
    if proof is None:
        return cards.text(issued)
    told = {3: proof.audience, 6: proof.drawn_at, 39: proof.challenge}
    claims = {label: value for label, value in told.items() if value is not None}
    return cards.text(
        cards.holder_part(
            issued, claims, alg=proof.signed.algorithm, signature=proof.signed.signature
        )
    )


def is_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return PyNaCl's own verdict, past every door and memory of the verifier."""
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True
