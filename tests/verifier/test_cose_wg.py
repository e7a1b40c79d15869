"""The COSE working group's examples, all of them: what is signed, and what comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.encoding.base64url import decode
from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload
from verifier.foreign_signature import is_signed_by_foreign, p256_key
from verifier.model import Algorithm, KeyKind, SignedOctets
from verifier.signature import is_signed_by

VERIFIED, WRONG, NOT_READ = "verified", "another message than was signed", "not read"

EXPECTED = {
    "CWT/A_3.json": VERIFIED,
    # Encrypted (COSE_Encrypt0, tag 16): there is no signature.
    "CWT/A_5.json": NOT_READ,
    # COSE_Sign (tag 98): several signers; no family that is read here has them.
    "eddsa-examples/eddsa-01.json": NOT_READ,
    "eddsa-examples/eddsa-sig-01.json": VERIFIED,
    "sign1-tests/sign-fail-02.json": WRONG,
    # The algorithm is a text, "unknown".
    "sign1-tests/sign-fail-04.json": NOT_READ,
    "sign1-tests/sign-fail-07.json": WRONG,
    # The algorithm stands among the unprotected headers alone: anybody could put another there.
    "sign1-tests/sign-pass-01.json": NOT_READ,
    "sign1-tests/sign-pass-03.json": VERIFIED,
}


@pytest.fixture(scope="session")
def examples(shared: Path) -> dict[str, Any]:
    folder = shared / "vectors/cose-wg"
    paths = sorted(folder.rglob("*.json"))
    return {path.relative_to(folder).as_posix(): json.loads(path.read_bytes()) for path in paths}


def outcome(example: dict[str, Any]) -> str:
    """Return what becomes of the example's message in our hands."""
    try:
        read = read_sign1(bytes.fromhex(example["output"]["cbor"]))
    except MalformedPayload:
        return NOT_READ
    is_as_signed = read.signed.message.hex() == example["intermediates"]["ToBeSign_hex"].lower()
    assert holds(example["input"]["sign0"]["key"], read.signed) is is_as_signed
    return VERIFIED if is_as_signed else WRONG


def holds(key: dict[str, str], signed: SignedOctets) -> bool:
    """Return the verdict of the library that is asked about keys of this kind."""
    if key["crv"] == "Ed25519":
        assert signed.algorithm == Algorithm.EDDSA
        return is_signed_by(coordinate(key, "x"), signed.message, signed.signature)
    return is_signed_by_foreign(
        KeyKind.P256, p256_key(coordinate(key, "x"), coordinate(key, "y")), signed
    )


def coordinate(key: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(key[f"{name}_hex"]) if f"{name}_hex" in key else decode(key[name])


def test_every_example_has_its_outcome(examples: dict[str, Any]) -> None:
    assert {name: outcome(example) for name, example in examples.items()} == EXPECTED


def test_nothing_that_must_fail_is_verified(examples: dict[str, Any]) -> None:
    failing = {name for name, example in examples.items() if example.get("fail")}
    assert len(failing) == 3
    assert all(EXPECTED[name] != VERIFIED for name in failing)


def test_signature_of_a_message_with_several_signers_holds_over_its_own_structure(
    examples: dict[str, Any],
) -> None:
    """Its structure says `Signature`, not `Signature1`: one can't pass for the other."""
    example = examples["eddsa-examples/eddsa-01.json"]
    message = bytes.fromhex(example["intermediates"]["signers"][0]["ToBeSign_hex"])
    assert message.startswith(b"\x85\x69Signature\x43")
    key = coordinate(example["input"]["sign"]["signers"][0]["key"], "x")
    signature = bytes.fromhex(example["output"]["cbor"])[-64:]
    assert is_signed_by(key, message, signature)
    assert not is_signed_by(key, message.replace(b"\x69Signature", b"\x6aSignature1"), signature)


def test_unsigned_algorithm_would_have_verified(examples: dict[str, Any]) -> None:
    """The example is sound; that it is not read is our rule, and no bug of ours in reading."""
    example = examples["sign1-tests/sign-pass-01.json"]
    signed = SignedOctets(
        algorithm=Algorithm.ES256,
        message=bytes.fromhex(example["intermediates"]["ToBeSign_hex"]),
        signature=bytes.fromhex(example["output"]["cbor"])[-64:],
    )
    assert holds(example["input"]["sign0"]["key"], signed)
