import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.enrolment import (
    ANSWER_OCTETS_MAX,
    CODE_OCTETS,
    Before,
    Enrolment,
    EnrolmentRequest,
    code_id,
    code_octets,
    code_proof,
    enrolment_octets,
    new_code,
    read_enrolment,
    read_enrolment_request,
)
from protocol.keys import OpeningKey, SigningKey, seal_to
from protocol.signed_json import sign_json
from protocol.snapshot import MARKS_MAX, CardMark, Marks
from tests.support.cards import HOLDER, STRANGER, public
from tests.support.trust import COMMAND, COMMAND_KEY, STATUS, STATUS_KEY, base64url, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds

SECRET = bytes(range(16))
CODE = base64.b32encode(SECRET).decode().rstrip("=")
KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY, STATUS_KEY)
SEAL = OpeningKey(bytes(range(32)))
OWN = public(HOLDER)


def test_fresh_codes_differ_and_read_back() -> None:
    codes = {new_code() for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert re.fullmatch(r"(?:[A-Z2-7]{5}-){5}[A-Z2-7]", code)
        assert len(code_octets(code)) == CODE_OCTETS


@given(
    octets=st.binary(min_size=16, max_size=16),
    lower=st.booleans(),
    gap=st.sampled_from(["", "-", " ", "\t"]),
)
def test_code_is_read_however_a_person_types_it(octets: bytes, *, lower: bool, gap: str) -> None:
    text = base64.b32encode(octets).decode().rstrip("=")
    typed = gap.join(text[place : place + 5] for place in range(0, 26, 5))
    assert code_octets(f" {typed.lower() if lower else typed}\n") == octets


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "A", CODE[:-1] + "1", "é" * 26, CODE * 2])
def test_text_that_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the decoder's words vary
        code_octets(typed)


def test_code_is_refused_when_only_its_last_character_is_mistyped() -> None:
    """Two of its five bits mean nothing: four characters would all have been taken."""
    assert CODE[-1] == "4"
    for last in "567":
        with pytest.raises(ValueError, match="last character"):
            code_octets(CODE[:-1] + last)


def test_code_id_and_proof_are_what_the_document_says() -> None:
    assert code_id(SECRET) == hashlib.sha256(b"st-enrol-id\x00" + SECRET).hexdigest()[:16]
    message = b"st-enrol-1\x00" + OWN + SEAL.public
    expected = hmac.new(SECRET, message, "sha256").hexdigest()
    assert code_proof(SECRET, public=OWN, seal=SEAL.public) == expected


def test_proof_fits_no_other_keys_and_no_other_code() -> None:
    proofs = {
        code_proof(secret, public=own, seal=seal)
        for secret in (SECRET, SECRET[::-1])
        for own in (OWN, public(STRANGER))
        for seal in (SEAL.public, OWN)
    }
    assert len(proofs) == 8


REQUEST = EnrolmentRequest(
    code_id=code_id(SECRET),
    proof=code_proof(SECRET, public=OWN, seal=SEAL.public),
    public=OWN,
    seal=SEAL.public,
)


def test_request_round_trips() -> None:
    assert read_enrolment_request(REQUEST.members()) == REQUEST


@pytest.mark.parametrize(
    "changes",
    [
        {"code_id": 7},
        {"code_id": ""},
        {"code_id": "g" * 16},
        {"code_id": "../../../etc/pass"},
        {"proof": None},
        {"proof": "00"},
        {"proof": "é" * 64},
        {"proof": "A" * 64},
        {"public_key": base64url(OWN) + "="},
        {"public_key": base64url(OWN[:-1])},
        {"public_key": 7},
        {"seal_key": base64url(OWN + b"\0")},
        {"seal_key": "!"},
        {"extra": 1},
    ],
    ids=repr,
)
def test_request_out_of_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"body|public_key"):
        read_enrolment_request({**REQUEST.members(), **changes})


@pytest.mark.parametrize("document", [None, [], "x", 7, {}])
def test_document_that_is_no_request_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="body"):
        read_enrolment_request(document)


@pytest.mark.parametrize("name", list(REQUEST.members()))
def test_request_without_a_member_is_refused(name: str) -> None:
    members = {key: value for key, value in REQUEST.members().items() if key != name}
    with pytest.raises(ValueError, match="body"):
        read_enrolment_request(members)


ENROLMENT = Enrolment(
    terminal="terminal-0007",
    epoch=1,
    public=OWN,
    sector="s1",
    sector_box=seal_to(SEAL.public, bytes(32)),
    date=UnixSeconds(1_800_000_000),
)


def test_answer_round_trips_and_its_box_opens_for_the_terminal_alone() -> None:
    read = read_enrolment(enrolment_octets(ENROLMENT, KEY), KEYS, public=OWN)
    assert read == ENROLMENT
    assert SEAL.open(read.sector_box) == bytes(32)
    with pytest.raises(ValueError, match="does not open"):
        OpeningKey(bytes(32)).open(read.sector_box)


def test_answer_for_another_machine_is_refused() -> None:
    with pytest.raises(TrustError):
        read_enrolment(enrolment_octets(ENROLMENT, KEY), KEYS, public=public(STRANGER))
    other = replace(ENROLMENT, public=public(STRANGER))
    with pytest.raises(TrustError):
        read_enrolment(enrolment_octets(other, KEY), KEYS, public=OWN)


def test_answer_altered_or_by_another_role_is_refused() -> None:
    octets = enrolment_octets(ENROLMENT, KEY)
    for altered in (octets.replace(b"-0007", b"-0008"), octets.replace(b'"s1"', b'"s2"')):
        with pytest.raises(TrustError):
            read_enrolment(altered, KEYS, public=OWN)
    with pytest.raises(TrustError):
        read_enrolment(enrolment_octets(ENROLMENT, SigningKey(bytes(STATUS))), KEYS, public=OWN)


@pytest.mark.parametrize(
    "changes",
    [{"epoch": "1"}, {"sector_box": "!"}, {"public_key": "!"}, {"date": None}, {"extra": 1}],
    ids=repr,
)
def test_signed_answer_out_of_form_is_refused(changes: dict[str, object]) -> None:
    members = {
        "terminal": "terminal-0007",
        "epoch": 1,
        "public_key": base64url(OWN),
        "sector": "s1",
        "sector_box": base64url(b"box"),
        "date": 1_800_000_000,
    }
    assert read_enrolment(sign_json("st-enrolment-1", members, KEY), KEYS, public=OWN)
    with pytest.raises(TrustError):
        read_enrolment(sign_json("st-enrolment-1", {**members, **changes}, KEY), KEYS, public=OWN)


BEFORE = Before(
    epoch=1,
    acked=9,
    head=bytes(range(32)),
    marks=Marks(
        cards=(CardMark(pseudonym="0a" * 16, at=UnixSeconds(1_800_000_000), lane="gate-1"),)
    ),
)


def test_answer_carries_what_the_centre_knows_of_the_epoch_before() -> None:
    octets = enrolment_octets(replace(ENROLMENT, epoch=2, before=BEFORE), KEY)
    assert read_enrolment(octets, KEYS, public=OWN).before == BEFORE


def test_answer_with_all_the_marks_that_it_may_carry_is_read() -> None:
    mark = CardMark(pseudonym="0a" * 16, at=UnixSeconds(1_800_000_000), lane="x" * 16)
    full = replace(BEFORE, marks=Marks(cards=(mark,) * MARKS_MAX))
    octets = enrolment_octets(replace(ENROLMENT, before=full), KEY)
    assert len(octets) < ANSWER_OCTETS_MAX
    assert read_enrolment(octets, KEYS, public=OWN).before == full


@pytest.mark.parametrize(
    "changes",
    [{"epoch": "1"}, {"head": "00"}, {"phones": None}, {"cards": [[]]}, {"more": 1}],
    ids=repr,
)
def test_what_an_answer_carries_over_must_be_in_form(changes: dict[str, object]) -> None:
    plain = json.loads(enrolment_octets(replace(ENROLMENT, before=BEFORE), KEY))
    members = {name: value for name, value in plain.items() if name not in ("kid", "sig")}
    members["before"] = {**members["before"], **changes}
    with pytest.raises(TrustError, match="carries over"):
        read_enrolment(sign_json("st-enrolment-1", members, KEY), KEYS, public=OWN)
