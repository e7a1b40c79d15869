import json
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW
from tests.support.families import (
    BEGINS,
    ENDS,
    answer_by,
    health_card,
    judged_by,
    jws,
    lane_of,
    shc,
    shc_key,
)
from tests.support.foreign import P256, P256_OTHER, thumbprint
from tests.support.trust import base64url
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.formats.shc import INFLATED_BYTES_MAX, PREFIX, Shc
from verifier.model import Credential, Verdict
from verifier.reasons import Reason

LANE = lane_of("shc")
KEY = shc_key()
KID = thumbprint(P256)
TEXT = shc()
DIGITS = TEXT.removeprefix(PREFIX)
GRANTED = (Verdict.GRANT, None)
# The order of P-256 (FIPS 186-5, appendix; SP 800-186, section 3.2.1.3).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(payload: object = None) -> Credential:
    return Shc().parse(shc(jws(payload)))


def answer(payload: bytes, now: int = NOW) -> tuple[Verdict, Reason | None]:
    return answer_by(payload, KEY, profile=LANE, now=now)


def refusal(payload: bytes) -> Reason:
    with pytest.raises(MalformedPayload) as caught:
        Shc().parse(payload)
    assert answer(payload)[0] is Verdict.DENY
    return caught.value.reason


def test_card_is_granted_with_what_its_key_grants() -> None:
    judgement = judged_by(TEXT, KEY, profile=LANE)
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    verification = judgement.verification
    assert (verification.issuer, verification.capabilities) == (KEY.issuer, KEY.capabilities)
    credential = verification.credential
    assert credential is not None
    assert (credential.kid, credential.issuer) == (KID.encode(), "https://issuer.example")
    assert (credential.types, credential.capabilities) == (0, None)
    assert (credential.proof, credential.status_index) == (None, None)


def test_signature_of_another_key_is_refused() -> None:
    text = shc(jws(header={"zip": "DEF", "alg": "ES256", "kid": KID}, key=P256_OTHER))
    assert answer(text) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)
    assert answer(shc(jws(key=P256_OTHER))) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_key_of_another_issuer_than_the_card_names_is_not_asked() -> None:
    other = shc_key(issuer="https://other.example")
    assert answer_by(TEXT, other, profile=LANE) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_beginning_with_a_fraction_holds_from_the_next_whole_second() -> None:
    """The maker's nbf is half a second past BEGINS."""
    assert read().not_before == BEGINS + 1
    assert answer(TEXT, BEGINS) == (Verdict.DENY, Reason.NOT_YET_VALID)
    assert answer(TEXT, BEGINS + 1) == GRANTED


def test_end_is_optional_and_excluded() -> None:
    assert read().expires_at is None
    text = shc(jws(health_card(exp=ENDS)))
    assert answer(text, ENDS - 1) == GRANTED
    assert answer(text, ENDS) == (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)


def test_same_card_packed_and_signed_anew_has_the_same_subject() -> None:
    octets = json.dumps(health_card()).encode()
    quick = jws(octets, packed=zlib.compress(octets, 1, -15))
    assert quick != jws(octets)
    assert Shc().parse(shc(quick)).subject == read(octets).subject == subject_of("shc", octets)


def test_same_name_and_birthday_is_not_the_same_subject() -> None:
    assert read(health_card(nbf=BEGINS)).subject != read(health_card(nbf=BEGINS + 1)).subject


def test_turned_signature_is_a_second_text_of_the_same_subject() -> None:
    """ECDSA holds for s and for order - s: what is remembered must not hang on the text."""
    head, _, signature = jws().rpartition(".")
    octets = Shc().parse(shc(f"{head}.{signature}")).issued.signature
    turned = octets[:32] + (ORDER - int.from_bytes(octets[32:], "big")).to_bytes(32, "big")
    text = shc(f"{head}.{base64url(turned)}")
    assert text != TEXT
    assert answer(text) == GRANTED
    assert Shc().parse(text).subject == Shc().parse(TEXT).subject


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        (b"1/2/" + DIGITS, Reason.CODE_IN_PARTS),
        (b"2/2/" + DIGITS, Reason.CODE_IN_PARTS),
        (b"2/12/" + DIGITS, Reason.CODE_IN_PARTS),
        (b"1/1/" + DIGITS, Reason.CODE_IN_PARTS),
        (b"3/2/" + DIGITS, Reason.FORM_MALFORMED),  # no such part
        (b"0/2/" + DIGITS, Reason.FORM_MALFORMED),
        (b"01/2/" + DIGITS, Reason.FORM_MALFORMED),
        (b"1/" + DIGITS, Reason.FORM_MALFORMED),
        (b"1/2/", Reason.FORM_MALFORMED),
        (b"1/2/3/" + DIGITS, Reason.FORM_MALFORMED),
        (b"1/2/" + DIGITS + b"x", Reason.FORM_MALFORMED),
    ],
    ids=lambda value: repr(value[:6]) if isinstance(value, bytes) else None,
)
def test_one_code_of_a_card_in_several_is_told_apart(digits: bytes, reason: Reason) -> None:
    assert refusal(PREFIX + digits) is reason


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda digits: digits[:-1],
        lambda digits: digits + b"0",
        lambda digits: digits + b"00",
        lambda digits: digits + b"01",
        lambda digits: digits[2:],
        lambda digits: b"78" + digits[2:],  # one past "z"
        lambda digits: b"99" + digits[2:],
        lambda digits: digits + b"\n",
        lambda digits: b" " + digits[1:],
        lambda digits: digits[:2] + b"/" + digits[2:],
        lambda digits: digits[:1] + b"\xb2" + digits[2:],  # a superscript is a digit to str
        lambda digits: digits[:1] + b"-1" + digits[3:],
        lambda digits: digits[::-1],
        lambda digits: digits * 2,
    ],
)
def test_digits_that_make_no_jws_are_refused(change: Callable[[bytes], bytes]) -> None:
    assert refusal(PREFIX + change(DIGITS)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("prefix", [b"SHC:/", b"shc:", b"shc://", b" shc:/", b"shc:/shc:/"])
def test_other_prefix_is_refused(prefix: bytes) -> None:
    assert answer(prefix + DIGITS)[0] is Verdict.DENY


HEADERS: list[object] = [
    {},
    {"alg": "ES256", "zip": "DEF"},
    {"alg": "ES256", "kid": KID},
    {"zip": "DEF", "kid": KID},
    {"alg": "none", "zip": "DEF", "kid": KID},
    {"alg": "HS256", "zip": "DEF", "kid": KID},
    {"alg": "ES384", "zip": "DEF", "kid": KID},
    {"alg": "ES256", "zip": "def", "kid": KID},
    {"alg": "ES256", "zip": "DEF", "kid": 7},
    {"alg": "ES256", "zip": "DEF", "kid": ""},
    {"alg": "ES256", "zip": "DEF", "kid": KID[:-1]},
    {"alg": "ES256", "zip": "DEF", "kid": KID + "A"},
    {"alg": "ES256", "zip": "DEF", "kid": KID + "="},
    {"alg": "ES256", "zip": "DEF", "kid": "é" * 43},
    {"alg": "ES256", "zip": "DEF", "kid": KID, "typ": "JWT"},
    {"alg": "ES256", "zip": "DEF", "kid": KID, "crit": ["exp"]},
    {"alg": "ES256", "zip": "DEF", "kid": KID, "jwk": {}},
    json.dumps({"alg": "ES256", "zip": "DEF", "kid": KID})[:-1].encode() + b',"zip":"DEF"}',
    b"[]",
    b"",
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_header_but_the_one_is_refused_though_signed(header: object) -> None:
    assert refusal(shc(jws(header=header))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("size", [0, 63, 65, 70, 71, 72])
def test_signature_of_another_length_is_refused(size: int) -> None:
    """DER is 70 to 72 octets as a rule."""
    assert refusal(shc(jws(signature=bytes(size)))) is Reason.FORM_MALFORMED


def test_signature_of_zeros_is_refused() -> None:
    """Some libraries once took it for anybody's (CVE-2022-21449)."""
    told = answer(shc(jws(signature=bytes(64))))
    assert told == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)


def card_with(**changes: object) -> dict[str, object]:
    """Return a card with members of its `vc` replaced; None leaves one out."""
    card = health_card()
    vc = card["vc"]
    assert isinstance(vc, dict)
    members = {**vc, **changes}
    return {**card, "vc": {name: value for name, value in members.items() if value is not None}}


CARDS: list[object] = [
    {},
    health_card(iss=None),
    health_card(iss=""),
    health_card(iss=7),
    health_card(iss="https://issuer.example\n"),
    health_card(iss="\ud800"),
    health_card(nbf=None),
    health_card(nbf="1600000000"),
    health_card(nbf=-1),
    health_card(nbf=True),
    health_card(nbf=1e300),
    health_card(exp=[]),
    health_card(vc=None),
    health_card(vc=[]),
    card_with(type=None),
    card_with(type=[]),
    card_with(type="https://smarthealth.cards#health-card"),
    card_with(type=["https://smarthealth.cards#immunization"]),
    card_with(credentialSubject=None),
    card_with(credentialSubject=[]),
    card_with(credentialSubject={"fhirBundle": {"resourceType": "Bundle"}}),
    card_with(credentialSubject={"fhirVersion": "4.0.1"}),
    card_with(credentialSubject={"fhirVersion": 4, "fhirBundle": {"resourceType": "Bundle"}}),
    card_with(credentialSubject={"fhirVersion": "4.0.1", "fhirBundle": {"resourceType": "Parcel"}}),
    json.dumps(health_card())[:-1].encode() + b',"nbf":0}',
    json.dumps(health_card()).encode() + b"{}",
    json.dumps(health_card())[:-1].encode() + b',"exp":NaN}',
    b"[" * 3_000,
    b"\xff",
    b"",
]


@pytest.mark.parametrize("card", CARDS, ids=range(len(CARDS)))
def test_payload_that_is_no_health_card_is_refused_though_signed(card: object) -> None:
    assert refusal(shc(jws(card))) is Reason.FORM_MALFORMED


def test_payload_packed_in_another_way_is_refused() -> None:
    octets = json.dumps(health_card()).encode()
    raw = zlib.compress(octets, 9, -15)
    for packed in (octets, zlib.compress(octets), raw[:-1], raw + b"\0", b""):
        assert refusal(shc(jws(octets, packed=packed))) is Reason.FORM_MALFORMED


def test_card_inflates_to_the_limit_and_not_one_octet_more() -> None:
    rest = len(json.dumps(health_card(note=""), separators=(",", ":")))
    assert answer(shc(jws(health_card(note="a" * (INFLATED_BYTES_MAX - rest))))) == GRANTED
    longer = shc(jws(health_card(note="a" * (INFLATED_BYTES_MAX - rest + 1))))
    assert refusal(longer) is Reason.FORM_MALFORMED


def test_bomb_is_refused() -> None:
    text = shc(jws(b" " * 1_500_000))
    assert refusal(text) is Reason.FORM_MALFORMED
    assert answer(text) == (Verdict.DENY, Reason.FORM_MALFORMED)


def test_every_truncation_is_refused() -> None:
    assert all(answer(TEXT[:size])[0] is Verdict.DENY for size in range(len(TEXT)))


@given(place=st.integers(0, 1_000), pair=st.integers(0, 99))
def test_card_with_one_character_replaced_is_never_granted(place: int, pair: int) -> None:
    place = place % (len(DIGITS) // 2) * 2
    altered = DIGITS[:place] + f"{pair:02}".encode() + DIGITS[place + 2 :]
    assert (answer(PREFIX + altered)[0] is Verdict.GRANT) is (altered == DIGITS)


@given(st.binary(max_size=60), st.text("0123456789/", max_size=60))
def test_noise_is_refused(noise: bytes, digits: str) -> None:
    for payload in (PREFIX + noise, PREFIX + digits.encode()):
        assert refusal(payload) in (Reason.FORM_MALFORMED, Reason.CODE_IN_PARTS)
