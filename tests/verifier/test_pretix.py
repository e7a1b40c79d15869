import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW, STRANGER
from tests.support.families import (
    BEGINS,
    ENDS,
    answer_by,
    ed25519_key,
    judged_by,
    lane_of,
    pretix,
    pretix_octets,
    ticket,
)
from tests.support.trust import jwk, keys_json
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.formats.pretix import TICKET_BYTES_MAX, Pretix
from verifier.model import Credential, Role, Verdict
from verifier.reasons import Reason
from verifier.trust import load_keys

LANE = lane_of("pretix")
KEY = ed25519_key("pretix")
TEXT = pretix()
GRANTED = (Verdict.GRANT, None)


def read(fields: Mapping[int, object]) -> Credential:
    return Pretix().parse(pretix(pretix_octets(ticket(fields))))


def answer(payload: bytes, now: int = NOW) -> tuple[Verdict, Reason | None]:
    return answer_by(payload, KEY, profile=LANE, now=now)


def refusal(payload: bytes) -> Reason:
    """Return why a signed text is refused by the parser itself, whoever claims it."""
    with pytest.raises(MalformedPayload) as caught:
        Pretix().parse(payload)
    assert answer(payload)[0] is Verdict.DENY
    return caught.value.reason


def test_ticket_is_granted_with_what_its_key_grants() -> None:
    judgement = judged_by(TEXT, KEY, profile=LANE)
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    verification = judgement.verification
    assert (verification.issuer, verification.capabilities) == (KEY.issuer, KEY.capabilities)
    credential = verification.credential
    assert credential is not None
    assert (credential.kid, credential.types, credential.capabilities) == (b"", 0, None)
    assert credential.subject == subject_of("pretix", b"seed-0007")
    assert (credential.not_before, credential.expires_at) == (None, None)


def test_every_key_of_the_family_without_id_is_tried() -> None:
    others = [ed25519_key("pretix", STRANGER, issuer="fair.example")]
    assert answer_by(TEXT, *others, KEY, profile=LANE) == GRANTED
    assert answer_by(TEXT, *others, profile=LANE) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519", None])
def test_ticket_names_no_algorithm_that_a_key_could_miss(alg: str | None) -> None:
    """Ed25519 has two names in JWKs: one of them refused every ticket of an event."""
    members = jwk(KEY.key, formats=["pretix"], issuer=KEY.issuer, alg=alg)
    del members["kid"]
    listed = load_keys(keys_json(members))
    assert listed.problems == ()
    assert answer_by(TEXT, *listed.keys[Role.CARD, b""], profile=LANE) == GRANTED


def test_key_of_another_family_is_not_asked() -> None:
    assert answer_by(TEXT, ed25519_key("mycity"), profile=LANE) == (
        Verdict.DENY,
        Reason.KEY_UNKNOWN,
    )


def test_lane_that_takes_no_tickets_does_not_parse_them() -> None:
    assert answer_by(TEXT, KEY) == (Verdict.DENY, Reason.FORMAT_NOT_FOR_LANE)


def test_ticket_is_valid_from_its_first_second_to_before_its_last() -> None:
    text = pretix(pretix_octets(ticket({1: "seed", 5: BEGINS, 6: ENDS})))
    assert answer(text, BEGINS - 1) == (Verdict.DENY, Reason.NOT_YET_VALID)
    assert answer(text, BEGINS) == GRANTED
    assert answer(text, ENDS - 1) == GRANTED
    assert answer(text, ENDS) == (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)


def test_bound_that_is_zero_is_none() -> None:
    credential = read({1: "seed", 2: 0, 5: 0, 6: 0})
    assert (credential.not_before, credential.expires_at) == (None, None)
    assert read({1: "seed", 6: 1}).expires_at == 1


@given(
    seed=st.text(min_size=1, max_size=20),
    numbers=st.dictionaries(st.integers(2, 4), st.integers(0, 2**63 - 1)),
    bounds=st.dictionaries(st.integers(5, 6), st.integers(1, 2**33)),
)
def test_what_a_ticket_says_is_read(
    seed: str, numbers: dict[int, int], bounds: dict[int, int]
) -> None:
    fields = {1: seed, **dict(sorted(numbers.items())), **dict(sorted(bounds.items()))}
    credential = read(fields)
    assert credential.subject == subject_of("pretix", seed.encode())
    assert (credential.not_before, credential.expires_at) == (bounds.get(5), bounds.get(6))


@pytest.mark.parametrize(
    "fields",
    [
        {2: 16},  # no seed
        {1: "", 2: 16},
        {1: b"\xff", 2: 16},
        {1: 7},
        {1: "seed", 2: "16"},
        {2: 16, 1: "seed"},
        {1: "seed", 4: 1, 3: 1},
        {1: "seed", 7: 1},
        {1: "seed", 5: 2**63 - 1},
        {1: "seed", 5: 2**64 - 1},  # what protobuf makes of -1
        {0: 1, 1: "seed"},
    ],
    ids=str,
)
def test_ticket_of_another_form_is_refused_though_signed(fields: Mapping[int, object]) -> None:
    assert refusal(pretix(pretix_octets(ticket(fields)))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "message",
    [
        b"",
        ticket({1: "a"}) + ticket({1: "b"}),  # the same field twice
        ticket({1: "a", 2: 1}) + ticket({2: 1}),
        ticket({1: "a"}) + b"\x10\x81\x00",  # varints longer than they need be
        ticket({1: "a"}) + b"\x90\x00\x01",
        b"\x0a\x81\x00a",
        ticket({1: "a"}) + b"\x10",  # nothing behind a tag
        ticket({1: "a"}) + b"\x10\x80",
        b"\x0a\x05abc",  # shorter than it says
        b"\x0a",
        ticket({1: "a"}) + b"\x11" + bytes(8),  # fixed64, group, fixed32
        ticket({1: "a"}) + b"\x13\x14",
        ticket({1: "a"}) + b"\x15" + bytes(4),
        ticket({1: "a"}) + b"\x10" + b"\xff" * 9 + b"\x01",
        ticket({1: "a"}) + b"\0",
    ],
    ids=bytes.hex,
)
def test_message_of_another_form_is_refused_though_signed(message: bytes) -> None:
    assert refusal(pretix(pretix_octets(message))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "octets",
    [
        b"\x02" + pretix_octets()[1:],  # another version
        pretix_octets() + b"\0",
        pretix_octets()[:-1],
        pretix_octets(signature=b""),
        pretix_octets(signature=bytes(63)),
        pretix_octets(signature=bytes(65)),
        pretix_octets()[:5],
        pretix_octets()[:4],
        b"",
        b"\x01\x00" + bytes([len(ticket()) + 1]) + pretix_octets()[3:],
        b"\x01\x00" + bytes([len(ticket()) - 1]) + pretix_octets()[3:],
        b"\x01\x00\x00\x00\x40" + bytes(64),
    ],
    ids=lambda octets: f"{len(octets)}-{octets[:5].hex()}",
)
def test_lengths_that_do_not_fit_exactly_are_refused(octets: bytes) -> None:
    assert refusal(pretix(octets)) is Reason.FORM_MALFORMED


def test_longest_ticket_is_read_and_one_octet_more_is_not() -> None:
    """Readers disagree over what longer lengths mean, so none may be read."""
    longest = ticket({1: "s" * (TICKET_BYTES_MAX - 3)})
    assert len(longest) == TICKET_BYTES_MAX
    assert answer(pretix(pretix_octets(longest))) == GRANTED
    longer = ticket({1: "s" * (TICKET_BYTES_MAX - 2)})
    assert refusal(pretix(pretix_octets(longer))) is Reason.FORM_MALFORMED
    assert answer(pretix(pretix_octets(longer))) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)


@pytest.mark.parametrize(
    "payload",
    [
        TEXT[::-1],
        TEXT + b"\n",
        b"\n" + TEXT,
        b"=" + TEXT,
        TEXT[1:],
        TEXT.replace(b"+", b"-").replace(b"/", b"_") + b"_",
        TEXT[:40] + b" " + TEXT[40:],
    ],
)
def test_other_spelling_of_the_text_is_refused(payload: bytes) -> None:
    assert refusal(payload) is Reason.FORM_MALFORMED


def test_bits_that_no_encoder_sets_are_refused() -> None:
    text = pretix(pretix_octets(ticket({1: "ab"})))  # 73 octets: two pads
    assert text.startswith(b"==")
    assert answer(text) == GRANTED
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    value = alphabet.index(text[2])
    for spare in range(1, 16):
        other = b"==" + alphabet[value ^ spare : (value ^ spare) + 1] + text[3:]
        assert base64.b64decode(other[::-1]) == base64.b64decode(text[::-1])
        assert refusal(other) is Reason.FORM_MALFORMED


def test_every_single_bit_change_of_octets_and_of_text_is_refused() -> None:
    octets = pretix_octets()
    changed = [
        *(pretix(each) for each in flipped(octets)),
        *flipped(TEXT),
    ]
    assert len(changed) == 8 * (len(octets) + len(TEXT))
    assert all(answer(each)[0] is Verdict.DENY for each in changed)


def flipped(octets: bytes) -> list[bytes]:
    number, size = int.from_bytes(octets, "big"), len(octets)
    return [(number ^ 1 << bit).to_bytes(size, "big") for bit in range(8 * size)]


def test_every_truncation_from_either_end_is_refused() -> None:
    for size in range(len(TEXT)):
        assert answer(TEXT[:size])[0] is Verdict.DENY
        assert answer(TEXT[len(TEXT) - size :])[0] is Verdict.DENY


@given(place=st.integers(0, 100), cut=st.integers(0, 8), put=st.binary(max_size=8))
def test_ticket_with_a_piece_replaced_is_never_granted(place: int, cut: int, put: bytes) -> None:
    octets = pretix_octets()
    altered = octets[:place] + put + octets[place + cut :]
    assert (answer(pretix(altered))[0] is Verdict.GRANT) is (altered == octets)


def test_vectors_have_the_expected_outcome(shared: Path) -> None:
    """A note calls field 5 of the third ticket validUntil; upstream's test, and it, say validFrom."""
    document = json.loads((shared / "vectors/pretix-sig1/cases.json").read_bytes())
    raw = [raw_of(pem) for pem in document["valid_keys_pem_base64"]]
    keys = [ed25519_key("pretix", key=key, not_before=0, expires_at=2**40) for key in raw]
    begins = 1_675_465_200  # 2023-02-03T23:00:00Z
    expected: dict[str, dict[int, tuple[Verdict, Reason | None]]] = {
        "valid signature": {begins: GRANTED, 1: GRANTED},
        "invalid signature": {begins: (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)},
        "valid signature; has a validity time (validUntil)": {
            begins - 1: (Verdict.DENY, Reason.NOT_YET_VALID),
            begins: GRANTED,
            2**32: GRANTED,
        },
    }
    assert sorted(case["note"] for case in document["cases"]) == sorted(expected)
    for case in document["cases"]:
        for now, told in expected[case["note"]].items():
            assert answer_by(case["qr"].encode(), *keys, profile=LANE, now=now) == told


def raw_of(pem_base64: str) -> bytes:
    """Return the 32 octets that end an Ed25519 SubjectPublicKeyInfo (RFC 8410, section 4)."""
    lines = base64.b64decode(pem_base64).decode().splitlines()
    return base64.b64decode("".join(lines[1:-1]))[-32:]
