import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.cards import CardClaims, code_text, dynamic_code, issuer_part
from protocol.keys import SigningKey
from verifier.errors import MalformedPayload
from verifier.model import Credential, UnixSeconds
from verifier.pipeline import parse
from verifier.reasons import Reason
from verifier.signature import is_signed_by

ISSUER = SigningKey(bytes(range(32)))
HOLDER = SigningKey(bytes(range(32, 64)))

TIMES = st.integers(2**30, 2**32 - 1).map(UnixSeconds)
EDGES = st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1])
UINT32 = EDGES | st.integers(0, 2**32 - 1)
CLAIMS = st.builds(
    CardClaims,
    not_before=TIMES,
    expires_at=TIMES,
    subject=st.binary(min_size=8, max_size=8),
    types=UINT32,
    capabilities=st.integers(0, 127),
    status_index=UINT32,
)


def _says(credential: Credential, claims: CardClaims) -> bool:
    return (
        credential.not_before == claims.not_before
        and credential.expires_at == claims.expires_at
        and credential.subject == claims.subject
        and credential.types == claims.types
        and credential.capabilities == claims.capabilities
        and credential.status_index == claims.status_index
    )


@settings(deadline=None)  # no real time in tests
@given(claims=CLAIMS)
def test_static_code_is_read_and_proven_by_the_verifier(claims: CardClaims) -> None:
    part = issuer_part(claims=claims, key=ISSUER, holder_key=None)
    credential = parse(code_text(part).encode())
    assert _says(credential, claims)
    assert (credential.kid, credential.proof) == (ISSUER.kid, None)
    assert is_signed_by(ISSUER.public, credential.issued.message, credential.issued.signature)


@settings(deadline=None)  # no real time in tests
@given(
    claims=CLAIMS,
    drawn_at=TIMES,
    audience=st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=4),
    challenge=st.none() | st.binary(min_size=8, max_size=16),
)
def test_dynamic_code_is_read_and_proven_by_the_verifier(
    claims: CardClaims, drawn_at: UnixSeconds, audience: str | None, challenge: bytes | None
) -> None:
    part = issuer_part(claims=claims, key=ISSUER, holder_key=HOLDER.public)
    code = dynamic_code(
        part, holder=HOLDER, drawn_at=drawn_at, audience=audience, challenge=challenge
    )
    credential = parse(code.encode())
    proof = credential.proof
    assert _says(credential, claims)
    assert proof is not None
    assert proof.key == HOLDER.public
    assert (proof.drawn_at, proof.audience, proof.challenge) == (drawn_at, audience, challenge)
    assert is_signed_by(ISSUER.public, credential.issued.message, credential.issued.signature)
    assert is_signed_by(HOLDER.public, proof.signed.message, proof.signed.signature)


def _claims(**changes: int | bytes) -> CardClaims:
    usual = {
        "not_before": 1_790_000_000,
        "expires_at": 1_900_000_000,
        "subject": bytes(8),
        "types": 0,
        "capabilities": 0,
        "status_index": 0,
    }
    return CardClaims(**{**usual, **changes})  # type: ignore[arg-type]  # members by name


def test_issuers_part_of_a_dynamic_code_is_no_code_by_itself() -> None:
    part = issuer_part(claims=_claims(), key=ISSUER, holder_key=HOLDER.public)
    with pytest.raises(MalformedPayload) as refusal:
        parse(code_text(part).encode())
    assert refusal.value.reason is Reason.HOLDER_PROOF_MISSING


def test_issuers_part_stands_in_the_proof_as_an_array_not_as_a_string() -> None:
    part = issuer_part(claims=_claims(), key=ISSUER, holder_key=HOLDER.public)
    code = dynamic_code(part, holder=HOLDER, drawn_at=UnixSeconds(1_800_000_000))
    (proof_header, _, _, _) = cbor2.loads(_decoded(code))
    assert proof_header == b"\xa2\x01\x32\x0d" + part


def _decoded(code: str) -> bytes:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    values = [alphabet.index(character) for character in code.removeprefix("CC1:")]
    groups = [values[place : place + 3] for place in range(0, len(values), 3)]
    return b"".join(
        sum(value * 45**power for power, value in enumerate(group)).to_bytes(len(group) - 1, "big")
        for group in groups
    )


@pytest.mark.parametrize(
    "change",
    [
        {"not_before": 2**30 - 1},
        {"expires_at": 2**32},
        {"subject": bytes(7)},
        {"types": -1},
        {"types": 2**32},
        {"capabilities": 128},
        {"status_index": 2**32},
    ],
)
def test_claims_that_the_form_cannot_carry_are_a_bug(change: dict[str, int | bytes]) -> None:
    with pytest.raises(ValueError, match=r"card|subject|32 bits|7 bits"):
        _claims(**change)
