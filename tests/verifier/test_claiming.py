"""Which family claims which text: by the text alone, and never two."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import cards
from tests.support.families import claim169, cose, pretix, pretix_octets, shc, ticket
from tests.support.foreign import P256
from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.claim169 import BEGINNINGS, TEXT_BYTES_MIN, Claim169
from verifier.formats.recognised import RECOGNISED
from verifier.reasons import Reason

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BASE64 = string.ascii_letters + string.digits + "+/="
# What each family's text begins or ends with, and the reserved beginnings of the others.
HEADS = ["", "CC1:", "HC1:", "shc:/", "{", "=", "==", *map(bytes.decode, BEGINNINGS)]
TAILS = ["", "QA", "KAEAPAQA", "KAEA/DQA", ":1", ":1:1700000000", "}", "##"]
CODES = {
    "cc1": [cards.text(cards.issuer_part()), cards.text(cards.holder_part())],
    "claim169": [claim169(), claim169(cose(key=P256)), claim169(level=0)],
    "shc": [shc()],
    "pretix": [pretix(), pretix(pretix_octets(ticket({1: "a"})))],
    "eu-dcc": [b"HC1:" + claim169()],
}
KNOWN = {
    "payment": [b"134567890123456789", b"2801234567890123", b"6212345678901234567"],
    "e-health": [
        b"6BF0" + b"A1" * 30 + b":1",
        b"6bf0" + b"a1" * 30 + b":1:1700000000",
        b"6BF0" + b"A1" * 30 + b":1:20260101000000",
    ],
    "transit": [b"SHSTMETRO0123456789", b"80016124" + b"6B" * 328 + b"00" * 24],
    "foreign-city": [b"https://s.sh.gov.cn/0123" + b"QA" * 60 + b"##"],
}


def claimants(payload: bytes) -> list[str]:
    return [family.name for family in BUILT_IN if family.claims(payload)]


def recognisers(payload: bytes) -> list[str]:
    return [kind.name for kind in RECOGNISED if kind.claims(payload)]


@pytest.mark.parametrize("family", CODES)
def test_valid_code_is_claimed_by_its_own_family_and_by_nobody_else(family: str) -> None:
    for payload in CODES[family]:
        assert claimants(payload) == [family]
        assert recognisers(payload) == []


@pytest.mark.parametrize("kind", KNOWN)
def test_recognised_code_is_left_to_its_recogniser(kind: str) -> None:
    """An e-health id in capitals may begin like a card of claim169: it is too short to be one."""
    for payload in KNOWN[kind]:
        assert claimants(payload) == []
        assert recognisers(payload) == [kind]


@given(st.binary(max_size=300))
def test_noise_never_raises_and_is_never_of_two_families(noise: bytes) -> None:
    assert len(claimants(noise)) <= 1


@given(
    st.sampled_from(HEADS),
    st.text(BASE45, max_size=200) | st.text(BASE64, max_size=200) | st.text(max_size=60),
    st.sampled_from(TAILS),
)
def test_text_that_looks_like_several_families_is_never_of_two(
    head: str, middle: str, tail: str
) -> None:
    assert len(claimants((head + middle + tail).encode())) <= 1


@given(
    st.sampled_from(sorted(code for codes in CODES.values() for code in codes)),
    st.integers(0, 400),
    st.integers(0, 8),
    st.binary(max_size=8) | st.sampled_from([head.encode() for head in HEADS]),
)
def test_changed_code_is_never_of_two_families(
    code: bytes, place: int, cut: int, put: bytes
) -> None:
    assert len(claimants(code[:place] + put + code[place + cut :])) <= 1


@given(st.integers(0, 10**200).map(str) | st.text("0123456789ABCDEF", max_size=400))
def test_digits_and_hexadecimal_are_at_most_a_card_of_claim169(text: str) -> None:
    payload = text.encode()
    is_card = text.startswith("6BF") and len(text) >= TEXT_BYTES_MIN
    assert claimants(payload) == (["claim169"] if is_card else [])
    assert claimants(payload.lower()) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"6BF",
        b"6BF" + b"0" * (TEXT_BYTES_MIN - 4),
        b"NCF " + b"a" * 200,
        b"https://example.org/" + b"a" * 80 + b"KAEAPAQA",
        b"WIFI:S:net;T:WPA;P:" + b"a" * 80 + b";;",
        b"QA",
        b"KAEAPAQA",
        b"K" * 90 + b"KAEAPAQA",  # no small letter
        pretix()[:-1],
        pretix().lower(),
        pretix()[::-1],
        claim169().lower(),
        b" " + claim169(),
        b"SHC:/" + shc()[5:],
    ],
    ids=lambda payload: repr(payload[:12]),
)
def test_text_that_only_resembles_is_nobodys(payload: bytes) -> None:
    assert claimants(payload) == []


def test_least_and_most_characters_of_a_card_decide() -> None:
    assert claimants(b"6BF" + b"0" * (TEXT_BYTES_MIN - 3)) == ["claim169"]
    assert claimants(b"6BF" + b"0" * (TEXT_BYTES_MIN - 4)) == []


def test_public_codes_of_every_family_are_claimed_by_one(shared: Path) -> None:
    vectors = shared / "vectors"
    cases = [json.loads(path.read_bytes()) for path in vectors.glob("dgc-testdata/**/raw/*.json")]
    texts = [case["PREFIX"].encode() for case in cases if case.get("PREFIX")]
    whole = [text for text in texts if text.startswith(b"HC1:")]
    assert len(whole) > 50
    assert {tuple(claimants(text)) for text in whole} == {("eu-dcc",)}
    tickets = json.loads((vectors / "pretix-sig1/cases.json").read_bytes())["cases"]
    assert {tuple(claimants(case["qr"].encode())) for case in tickets} == {("pretix",)}
    example = vectors / "shc/valid/example-00-f-qr-code-numeric-value-0.txt"
    assert claimants(example.read_bytes()) == ["shc"]


def test_certificate_that_lost_its_prefix_is_refused_as_no_card(shared: Path) -> None:
    """A test certificate of that kind is base45 of zlib, as a card of claim169 is."""
    path = shared / "vectors/dgc-testdata/common/2DCode/raw/H3.json"
    payload = json.loads(path.read_bytes())["PREFIX"].encode()
    assert claimants(payload) == ["claim169"]
    with pytest.raises(MalformedPayload) as caught:
        Claim169().parse(payload)
    assert caught.value.reason is Reason.FORM_MALFORMED
