import json

import pytest

from central.cards import CardClaims, issuer_part
from central.errors import BadRequest
from central.showing import Bound, answer_to, draw_code, read_card
from protocol.keys import SigningKey, to_base64url
from verifier.model import UnixSeconds
from verifier.pipeline import parse
from verifier.signature import is_signed_by

NOW = UnixSeconds(1_800_000_000)
ISSUER = SigningKey(bytes(range(32)))
HOLDER = SigningKey(bytes(range(32, 64)))
CLAIMS = CardClaims(
    not_before=UnixSeconds(NOW - 86_400),
    expires_at=UnixSeconds(NOW + 86_400),
    subject=bytes(8),
    types=0,
    capabilities=1,
    status_index=7,
)
PART = issuer_part(claims=CLAIMS, key=ISSUER, holder_key=HOLDER.public)
STATIC = issuer_part(claims=CLAIMS, key=ISSUER, holder_key=None)
CARD = {
    "kind": "dynamic",
    "issuer_part": to_base64url(PART),
    "holder_key": to_base64url(HOLDER.seed),
}


def octets(**changes: object) -> bytes:
    return json.dumps({**CARD, **changes}).encode()


def shown(card: bytes, audience: str | None = None) -> str:
    return draw_code(read_card(card), bound=Bound(audience=audience), now=NOW)


@pytest.mark.parametrize(
    "card",
    [
        octets(),
        octets() + b"\n" + octets(issuer_part="") + b"\n{cut",
        json.dumps(CARD, indent=2).encode(),
    ],
    ids=["alone", "first of many", "as jq prints it"],
)
def test_code_is_what_the_phone_would_draw(card: bytes) -> None:
    proof = parse(shown(card).encode()).proof
    assert proof is not None
    assert (proof.drawn_at, proof.audience, proof.challenge) == (NOW, None, None)
    assert is_signed_by(HOLDER.public, proof.signed.message, proof.signed.signature)


@pytest.mark.parametrize("audience", ["a", "a" * 16, "门" * 5])
def test_code_may_be_for_one_lane(audience: str) -> None:
    proof = parse(shown(octets(), audience).encode()).proof
    assert proof is not None
    assert proof.audience == audience


@pytest.mark.parametrize("audience", ["", "a" * 17, "门" * 6, "\udce9", "a\n"])
def test_what_no_lane_is_called_is_refused(audience: str) -> None:
    with pytest.raises(BadRequest, match="--audience"):
        shown(octets(), audience)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (b"", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b"[]", "without issuer_part"),
        (b"{}", "without issuer_part"),
        (octets(issuer_part=5), "only the phone"),
        (json.dumps({"kind": "dynamic", "issuer_part": "AA"}).encode(), "only the phone"),
        (json.dumps({"kind": "static", "issuer_part": "AA"}).encode(), "a static card"),
        (octets(issuer_part="*"), "no base64url"),
        (octets(holder_key=to_base64url(bytes(31))), "32 octets"),
        (octets(holder_key=to_base64url(bytes(33))), "32 octets"),
        (octets(holder_key=to_base64url(bytes(32))), "not the key that issuer_part names"),
        (octets(issuer_part=""), "not what an issuer signs"),
        (octets(issuer_part=to_base64url(PART[:-1])), "not what an issuer signs"),
        (octets(issuer_part=to_base64url(STATIC)), "not what an issuer signs"),
        (octets(issuer_part=to_base64url(b"\x81" * 5_000 + b"\x00")), "not what an issuer signs"),
    ],
)
def test_what_is_no_card_of_a_phone_is_refused(card: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        shown(card)


def test_code_answers_what_a_lane_shows() -> None:
    bound = answer_to("CC1Q:gate-1:00112233445566778899aabbccddeeff")
    assert bound == Bound(
        audience="gate-1", challenge=bytes.fromhex("00112233445566778899aabbccddeeff")
    )
    proof = parse(draw_code(read_card(octets()), bound=bound, now=NOW).encode()).proof
    assert proof is not None
    assert (proof.audience, proof.challenge) == (bound.audience, bound.challenge)


@pytest.mark.parametrize(
    "text",
    ["", "CC1Q:gate-1", "CC1Q:gate-1:00", "CC1Q::0011223344556677", "CC1:x", "CC1Q:a:" + "0" * 34],
)
def test_what_no_lane_shows_is_answered_by_nothing(text: str) -> None:
    with pytest.raises(BadRequest, match="--challenge"):
        answer_to(text)
