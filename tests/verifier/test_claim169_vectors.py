"""The public vectors of claim169, each file with what every stage says of it."""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
import pytest

from tests.support.families import answer_by, claim169, cose, ed25519_key, lane_of
from verifier.encoding.base45 import decode
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.formats.claim169 import Claim169
from verifier.model import Verdict
from verifier.reasons import Reason

LANE = lane_of("claim169")
GRANTED = (Verdict.GRANT, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What each stage says of one file, and why where the file's own folder says otherwise."""

    claimed: bool
    form: Reason | None  # of the parser itself
    told: Reason | None  # of a lane
    why: str


UNSIGNED = "its signature is empty: the set's own reader is told to skip verification"
VECTORS = {
    "edge/expired": Expected(
        claimed=True, form=Reason.FORM_MALFORMED, told=Reason.FORM_MALFORMED, why=UNSIGNED
    ),
    "invalid/bad-base45": Expected(
        claimed=False,
        form=Reason.BASE45_MALFORMED,
        told=Reason.FORMAT_UNKNOWN,
        why="no base45, and so of no family",
    ),
    "invalid/missing-169": Expected(
        claimed=False,
        form=Reason.FORM_MALFORMED,
        told=Reason.FORMAT_UNKNOWN,
        why="unsigned and without the claim: shorter than any signed card",
    ),
    "valid/claim169-example": Expected(
        claimed=True, form=Reason.FORM_MALFORMED, told=Reason.FORM_MALFORMED, why=UNSIGNED
    ),
    "valid/demographics-full": Expected(
        claimed=True, form=Reason.FORM_MALFORMED, told=Reason.FORM_MALFORMED, why=UNSIGNED
    ),
    "valid/ed25519-signed": Expected(claimed=True, form=None, told=None, why="signed"),
    "valid/encrypted-signed": Expected(
        claimed=True,
        form=Reason.FORM_MALFORMED,
        told=Reason.FORM_MALFORMED,
        why="COSE_Encrypt0: no terminal holds the key that opens it",
    ),
    "valid/with-face": Expected(
        claimed=True, form=Reason.FORM_MALFORMED, told=Reason.FORM_MALFORMED, why=UNSIGNED
    ),
    "valid/with-fingerprints": Expected(
        claimed=True, form=Reason.FORM_MALFORMED, told=Reason.FORM_MALFORMED, why=UNSIGNED
    ),
}


def vector(shared: Path, name: str) -> dict[str, Any]:
    document = json.loads((shared / "vectors/claim169" / f"{name}.json").read_bytes())
    assert isinstance(document, dict)
    return document


def test_every_vector_is_expected(shared: Path) -> None:
    folder = shared / "vectors/claim169"
    found = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.json")}
    assert found == set(VECTORS)
    assert len(found) == 9


@pytest.mark.parametrize("name", VECTORS)
def test_vector_has_the_expected_outcome_at_each_stage(shared: Path, name: str) -> None:
    case, expected = vector(shared, name), VECTORS[name]
    payload = case["qr_data"].encode()
    assert Claim169().claims(payload) is expected.claimed
    assert form_of(payload) is expected.form
    key = vector(shared, "valid/ed25519-signed")["signing_key"]["public_key_hex"]
    trusted = ed25519_key("claim169", key=bytes.fromhex(key), issuer="https://mosip.example.org")
    told = answer_by(payload, trusted, profile=LANE, now=1_799_999_999)
    assert told == (GRANTED if expected.told is None else (Verdict.DENY, expected.told))


def form_of(payload: bytes) -> Reason | None:
    try:
        Claim169().parse(payload)
    except MalformedPayload as error:
        return error.reason
    return None


def test_signed_vector_is_read_as_it_says_and_ends_as_it_says(shared: Path) -> None:
    case = vector(shared, "valid/ed25519-signed")
    credential, meta = Claim169().parse(case["qr_data"].encode()), case["expected_cwt_meta"]
    assert (credential.issuer, credential.expires_at) == (meta["issuer"], meta["expiresAt"])
    holder = case["expected_claim169"]["id"].encode()
    assert credential.subject == subject_of("claim169", b"id " + holder)
    key = bytes.fromhex(case["signing_key"]["public_key_hex"])
    trusted = ed25519_key("claim169", key=key, issuer=meta["issuer"])
    late = answer_by(case["qr_data"].encode(), trusted, profile=LANE, now=meta["expiresAt"])
    assert late == (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)


@pytest.mark.parametrize("name", [name for name in VECTORS if VECTORS[name].why is UNSIGNED])
def test_unsigned_vector_is_granted_once_somebody_trusted_signs_it(shared: Path, name: str) -> None:
    """So nothing but the signature was wrong with them."""
    case = vector(shared, name)
    meta = case["expected_cwt_meta"]
    layers = cbor2.loads(zlib.decompress(decode(case["qr_data"].encode()))).value
    text = claim169(cose(layers[2], header=layers[0]))
    now = meta["expiresAt"] - 1
    key = ed25519_key("claim169", issuer=meta["issuer"], not_before=0, expires_at=2**40)
    assert answer_by(text, key, profile=LANE, now=now) == GRANTED
    assert answer_by(text, key, profile=LANE, now=now + 1) == (
        Verdict.DENY,
        Reason.CREDENTIAL_EXPIRED,
    )
