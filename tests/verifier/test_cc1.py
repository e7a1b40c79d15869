import re
import zlib
from pathlib import Path

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.cards import (
    HOLDER,
    ISSUER,
    NOW,
    STATUS_INDEX,
    SUBJECT,
    card,
    cnf,
    holder_part,
    issuer_claims,
    issuer_part,
    kid,
    largest,
    public,
    sign1,
    smallest,
    text,
)
from tests.support.trust import answer, judged
from verifier.errors import MalformedPayload
from verifier.formats.cc1 import CC1, TEXT_BYTES_MAX
from verifier.model import Credential, Verdict
from verifier.reasons import Reason

BOUND = issuer_claims(holder=public(HOLDER))


def read(code: bytes) -> Credential:
    return CC1().parse(text(code))


def refusal(code: bytes) -> Reason:
    return refusal_of_text(text(code))


def refusal_of_text(payload: bytes) -> Reason:
    with pytest.raises(MalformedPayload) as caught:
        CC1().parse(payload)
    # The whole pipeline says the same, and never grants what the parser refused.
    assert answer(payload) == (Verdict.DENY, caught.value.reason)
    return caught.value.reason


def swapped(claims: dict[int, object], old: bytes, new: bytes) -> bytes:
    """Return the claims' octets with one spelling replaced by another."""
    octets = cbor2.dumps(claims)
    assert octets.count(old) == 1
    return octets.replace(old, new)


def test_every_field_of_a_static_code_is_read() -> None:
    credential = read(issuer_part())
    assert credential.format == "cc1"
    assert credential.kid == kid(ISSUER)
    assert (credential.not_before, credential.expires_at) == (NOW - 86_400, NOW + 86_400)
    assert (credential.subject, credential.types) == (SUBJECT, 3)
    assert (credential.capabilities, credential.status_index) == (37, STATUS_INDEX)
    assert credential.proof is None
    assert (credential.issued.algorithm, len(credential.issued.signature)) == (-19, 64)


def test_every_field_of_a_dynamic_code_is_read() -> None:
    proof = read(holder_part(None, {3: "lane 7", 6: NOW - 5, 39: b"challenge"}, alg=-8)).proof
    assert proof is not None
    assert (proof.key, proof.drawn_at) == (public(HOLDER), NOW - 5)
    assert (proof.audience, proof.challenge) == ("lane 7", b"challenge")
    assert (proof.signed.algorithm, len(proof.signed.signature)) == (-8, 64)


def test_sizes_are_those_of_the_document() -> None:
    """The longest code once was refused: the limit had been counted one octet short."""
    assert (len(largest()), len(text(largest()))) == (288, 436) == (288, TEXT_BYTES_MAX)
    assert read(largest()).status_index == 2**32 - 1
    assert len(smallest()) == 116
    assert read(smallest()).types == 0


def test_one_character_over_the_longest_code_is_refused_by_length() -> None:
    assert refusal_of_text(text(largest()) + b"0") is Reason.PAYLOAD_LENGTH
    assert refusal_of_text(text(largest())[:-1] + b"%") is not Reason.PAYLOAD_LENGTH


UINT32 = st.one_of(
    st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1]), st.integers(0, 2**32 - 1)
)
TIME = st.one_of(st.sampled_from([2**30, 2**32 - 1]), st.integers(2**30, 2**32 - 1))


@pytest.mark.slow
@given(
    exp=TIME,
    nbf=TIME,
    iat=TIME,
    subject=st.binary(min_size=8, max_size=8),
    types=UINT32,
    capabilities=st.integers(0, 127),
    status=UINT32,
    audience=st.none() | st.text(min_size=1, max_size=4),
    challenge=st.none() | st.binary(min_size=8, max_size=16),
)
@example(
    exp=2**30,
    nbf=2**30,
    iat=2**30,
    subject=bytes(8),
    types=24,
    capabilities=24,
    status=24,
    audience="\n",
    challenge=b"\n" * 8,
)
def test_valid_codes_round_trip_over_all_integer_widths(
    *,
    exp: int,
    nbf: int,
    iat: int,
    subject: bytes,
    types: int,
    capabilities: int,
    status: int,
    audience: str | None,
    challenge: bytes | None,
) -> None:
    fields = {"types": types, "capabilities": capabilities, "status": status, "subject": subject}
    claims = issuer_claims(exp=exp, nbf=nbf, holder=public(HOLDER), **fields)
    told = {3: audience, 6: iat, 39: challenge}
    code = holder_part(issuer_part(claims), {k: v for k, v in told.items() if v is not None})
    credential = read(code)
    assert credential.proof is not None
    assert (credential.expires_at, credential.not_before) == (exp, nbf)
    assert (credential.subject, credential.types) == (subject, types)
    assert (credential.capabilities, credential.status_index) == (capabilities, status)
    assert credential.proof.drawn_at == iat
    assert (credential.proof.audience, credential.proof.challenge) == (audience, challenge)
    assert read(issuer_part(issuer_claims(exp=exp, nbf=nbf, **fields))).expires_at == exp


# Rule 2: a credential with cnf needs the phone's proof, and a proof needs cnf.


def test_inner_part_of_a_dynamic_code_is_refused_as_a_card() -> None:
    """Else the photograph of a phone could be printed as a card that never grows old."""
    assert refusal(issuer_part(BOUND)) is Reason.HOLDER_PROOF_MISSING


def test_what_only_looks_like_an_inner_part_is_out_of_form() -> None:
    code = issuer_part(BOUND)
    place = code.index(b"\xa4\x04\x1a") - 1  # the length of the claims
    for octet in {code[place] - 1, code[place] + 1}:
        altered = code[:place] + bytes((octet,)) + code[place + 1 :]
        assert refusal(altered) is Reason.FORM_MALFORMED


def test_dynamic_code_around_a_static_card_is_refused() -> None:
    assert refusal(holder_part(issuer_part())) is Reason.FORM_MALFORMED


def test_dynamic_code_within_a_dynamic_code_is_refused() -> None:
    assert refusal(holder_part(holder_part(smallest()))) is Reason.FORM_MALFORMED


# Rule 1: one credential, one text.


@pytest.mark.parametrize(
    "claims",
    [
        {**issuer_claims(), 6: NOW},
        {1: "city.example", **issuer_claims()},
        {**issuer_claims(), -65538: 0},
        {4: NOW, -65537: card()},
        {4: NOW, 5: NOW},
        {4: NOW, 5: NOW, -65536: card()},
        {5: NOW, 4: NOW, -65537: card()},
        {-65537: card(), 4: NOW, 5: NOW},
        {4: NOW, 8: cnf(), 5: NOW, -65537: card()},
        {4: NOW, 5: NOW, -65537: [*card(), 0]},
        {4: NOW, 5: NOW, -65537: card()[:-1]},
        {4: NOW, 5: NOW, -65537: card(version=2)},
        {4: NOW, 5: NOW, -65537: card(subject=bytes(7))},
        {4: NOW, 5: NOW, -65537: card(subject=bytes(9))},
        {4: NOW, 5: NOW, -65537: card(subject="holder07")},
        {4: NOW, 5: NOW, -65537: card(capabilities=128)},
        {4: NOW, 5: NOW, -65537: card(capabilities=-1)},
        {4: NOW, 5: NOW, -65537: card(types=2**32)},
        {4: NOW, 5: NOW, -65537: card(status=2**32)},
        {4: NOW, 5: NOW, -65537: card(status=-1)},
        {4: NOW, 5: NOW, -65537: card(types=True)},
        {4: 2**30 - 1, 5: NOW, -65537: card()},
        {4: NOW, 5: 2**30 - 1, -65537: card()},
        {4: 2**32, 5: NOW, -65537: card()},
        {4: float(NOW), 5: NOW, -65537: card()},
    ],
    ids=repr,
)
def test_issuer_claims_outside_the_profile_are_refused(claims: dict[int, object]) -> None:
    assert refusal(issuer_part(claims)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "claims",
    [
        {6: NOW, 1: "phone"},
        {6: NOW, 40: b"12345678"},
        {6: NOW, 3: "lane"},
        {39: b"12345678", 6: NOW},
        {3: "lane"},
        {},
        {3: "", 6: NOW},
        {3: "x" * 17, 6: NOW},
        {3: b"lane", 6: NOW},
        {6: NOW, 39: b"1234567"},
        {6: NOW, 39: b"1" * 17},
        {6: NOW, 39: "12345678"},
        {6: 2**30 - 1},
        {6: 2**32},
        {6: -1},
        {3: "x" * 16, 6: NOW, 39: bytes(16), 41: 0},
    ],
    ids=repr,
)
def test_holder_claims_outside_the_profile_are_refused(claims: dict[int, object]) -> None:
    assert refusal(holder_part(None, claims)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("octets", [b"\xff\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_audience_that_is_no_utf_8_is_refused(octets: bytes) -> None:
    head = bytes((0x60 + len(octets),))
    claims = b"\xa2\x03" + head + octets + b"\x06\x1a" + NOW.to_bytes(4, "big")
    assert refusal(holder_part(None, claims)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x04\x1a", b"\x04\x1b\0\0\0\0"),
        (b"\x05\x1a", b"\x05\x1b\0\0\0\0"),
        (b"\x04\x1a", b"\x18\x04\x1a"),
        (b"\x3a\x00\x01\x00\x00", b"\x3b\0\0\0\0\x00\x01\x00\x00"),
        (b"\x85\x01\x48", b"\x85\x18\x01\x48"),
        (b"\x85\x01\x48", b"\x98\x05\x01\x48"),
        (b"\x01\x48", b"\x01\x58\x08"),
        (SUBJECT + b"\x03", SUBJECT + b"\x18\x03"),
        (SUBJECT + b"\x03", SUBJECT + b"\x19\x00\x03"),
        (SUBJECT + b"\x03", SUBJECT + b"\x1a\x00\x00\x00\x03"),
        (b"\x18\x25", b"\x19\x00\x25"),
        (b"\x1a\x00\x12\xd6\x87", b"\x1b\0\0\0\0\x00\x12\xd6\x87"),
        (b"\xa3\x04", b"\xb8\x03\x04"),
    ],
)
def test_longer_spelling_of_an_integer_is_refused(old: bytes, new: bytes) -> None:
    """Each decodes to the same claims; cbor2 alone would accept it and a card had two texts."""
    octets = swapped(issuer_claims(), old, new)
    assert cbor2.loads(octets) == issuer_claims()
    assert refusal(issuer_part(octets)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("value", [0, 23])
def test_longer_spelling_of_small_capabilities_is_refused(value: int) -> None:
    claims = issuer_claims(capabilities=value, types=255)
    assert read(issuer_part(claims)).capabilities == value
    old = b"\x18\xff" + bytes((value,))
    octets = swapped(claims, old, b"\x18\xff\x18" + bytes((value,)))
    assert refusal(issuer_part(octets)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("field", "before", "behind"), [("types", b"", b"\x18\x25"), ("status", b"\x18\x25", b"")]
)
@pytest.mark.parametrize("head", [b"\x18", b"\x19", b"\x1a", b"\x1b", b"\x1f"])
def test_head_without_its_number_is_refused(
    field: str, before: bytes, behind: bytes, head: bytes
) -> None:
    """An integer of one octet is its own head; one of more is not."""
    claims = issuer_claims(**{"status": 9, field: 7})
    octets = swapped(claims, before + b"\x07" + behind, before + head + behind)
    assert refusal(issuer_part(octets)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\xa1\x06", b"\xb8\x01\x06"),
        (b"\xa1\x06\x1a", b"\xa1\x18\x06\x1a"),
        (b"\x06\x1a", b"\x06\x1b\0\0\0\0"),
    ],
)
def test_longer_spelling_in_the_holder_claims_is_refused(old: bytes, new: bytes) -> None:
    assert refusal(holder_part(None, swapped({6: NOW}, old, new))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x08\xa1\x01\xa3", b"\x08\xb8\x01\x01\xa3"),
        (b"\xa3\x01\x01\x20\x06", b"\xa3\x20\x06\x01\x01"),
        (b"\xa3\x01\x01\x20\x06", b"\xa3\x01\x02\x20\x06"),
        (b"\xa3\x01\x01\x20\x06", b"\xa3\x01\x01\x20\x04"),
        (b"\x21\x58\x20", b"\x22\x58\x20"),
        (b"\x21\x58\x20", b"\x21\x59\x00\x20"),
    ],
)
def test_holder_key_in_another_spelling_or_kind_is_refused(old: bytes, new: bytes) -> None:
    part = issuer_part(swapped(BOUND, old, new))
    assert refusal(holder_part(part)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("size", [31, 33])
def test_holder_key_of_another_length_is_refused(size: int) -> None:
    part = issuer_part({**issuer_claims(), 8: cnf(bytes(size))})
    assert refusal(holder_part(part)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "header",
    [
        {4: kid(ISSUER), 1: -19},
        {1: -19},
        {4: kid(ISSUER)},
        {1: -19, 4: kid(ISSUER)[:-1]},
        {1: -19, 4: kid(ISSUER) + b"\0"},
        {1: -7, 4: kid(ISSUER)},
        {1: -19, 2: [1], 4: kid(ISSUER)},
        {1: -19, 3: 0, 4: kid(ISSUER)},
        {1: "EdDSA", 4: kid(ISSUER)},
        b"",
        b"\xa2\x01\x38\x12\x04\x48" + kid(ISSUER),
        b"\xbf\x01\x32\x04\x48" + kid(ISSUER) + b"\xff",
        b"\xa2\x01\x32\x01\x32",
    ],
    ids=repr,
)
def test_issuer_header_outside_the_profile_is_refused(header: dict[int, object] | bytes) -> None:
    assert refusal(issuer_part(header=header)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("alg", [-7, -35, -53, 5])
def test_foreign_algorithm_of_the_holder_is_refused(alg: int) -> None:
    assert refusal(holder_part(alg=alg)) is Reason.FORM_MALFORMED


def test_holder_header_outside_the_profile_is_refused() -> None:
    inner = issuer_part(BOUND)
    for header in (
        b"\xa2\x0d" + inner + b"\x01\x32",
        b"\xa1\x0d" + inner,
        b"\xa3\x01\x32\x04\x48" + kid(ISSUER) + b"\x0d" + inner,
        b"\xa2\x01\x32\x0d\xd2" + inner,
        b"\xa2\x01\x32\x0d" + cbor2.dumps(inner),
        b"\xa2\x01\x32\x0d" + inner + b"\0",
    ):
        assert refusal(holder_part(header=header)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("unprotected", [b"\xa1\x04\x41\x00", b"\xb8\x00", b"\xbf\xff", b"\x80"])
def test_unprotected_headers_are_refused(unprotected: bytes) -> None:
    """They are not signed: anybody could write into them."""
    assert refusal(issuer_part(unprotected=unprotected)) is Reason.FORM_MALFORMED
    assert refusal(holder_part(unprotected=unprotected)) is Reason.FORM_MALFORMED
    inner = issuer_part(BOUND, unprotected=unprotected)
    assert refusal(holder_part(inner)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("code", [issuer_part(), holder_part()], ids=["static", "dynamic"])
class TestWhole:
    @pytest.mark.parametrize("tail", [b"\0", b"\xa0", b"\xf6"])
    def test_trailing_octet_is_refused(self, code: bytes, tail: bytes) -> None:
        assert refusal(code + tail) is Reason.FORM_MALFORMED

    def test_code_twice_is_refused(self, code: bytes) -> None:
        assert answer(text(code) + text(code)[4:])[0] is Verdict.DENY
        assert answer(text(code) * 2)[0] is Verdict.DENY
        assert answer(text(code + code))[0] is Verdict.DENY

    @pytest.mark.parametrize("tag", [b"\xd2", b"\xd8\x12", b"\xd8\x3d\xd2"])
    def test_tagged_code_is_refused(self, code: bytes, tag: bytes) -> None:
        assert refusal(tag + code) is Reason.FORM_MALFORMED

    def test_indefinite_length_is_refused(self, code: bytes) -> None:
        assert refusal(b"\x9f" + code[1:] + b"\xff") is Reason.FORM_MALFORMED
        assert refusal(b"\x98\x04" + code[1:]) is Reason.FORM_MALFORMED
        chunked = code[:-66] + b"\x5f\x58\x40" + code[-64:] + b"\xff"
        assert refusal(chunked) is Reason.FORM_MALFORMED

    def test_longer_length_of_the_signature_is_refused(self, code: bytes) -> None:
        assert refusal(code[:-66] + b"\x59\x00\x40" + code[-64:]) is Reason.FORM_MALFORMED

    @pytest.mark.parametrize("size", [0, 63, 65])
    def test_signature_of_another_length_is_refused(self, code: bytes, size: int) -> None:
        short = code[:-66] + cbor2.dumps(bytes(size))
        assert refusal(short) is Reason.FORM_MALFORMED

    def test_wrong_length_octet_is_refused(self, code: bytes) -> None:
        place = code.index(b"\xa0\x58") + 2 if code[1] == 0x4D else 2
        for step in (-1, 1):
            altered = bytearray(code)
            altered[place] += step
            assert refusal(bytes(altered)) is Reason.FORM_MALFORMED

    def test_compressed_code_is_refused(self, code: bytes) -> None:
        assert refusal(zlib.compress(code)) is Reason.FORM_MALFORMED

    def test_every_truncation_is_refused(self, code: bytes) -> None:
        for size in range(len(code)):
            assert refusal(code[:size]) is Reason.FORM_MALFORMED

    def test_lower_case_is_refused(self, code: bytes) -> None:
        assert refusal_of_text(b"CC1:" + text(code)[4:].lower()) is Reason.BASE45_MALFORMED
        assert answer(text(code).lower()) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)

    @pytest.mark.parametrize("edge", [b"\n", b"\r", b"\t", b"\0", b"=", b"\xc2\xa0"])
    def test_foreign_character_around_the_text_is_refused(self, code: bytes, edge: bytes) -> None:
        assert refusal_of_text(text(code) + edge) is not None
        assert answer(edge + text(code)) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)


def test_duplicate_label_is_refused() -> None:
    octets = cbor2.dumps(issuer_claims())
    time = b"\x04\x1a" + (NOW + 86_400).to_bytes(4, "big")
    assert refusal(issuer_part(b"\xa4" + time + octets[1:])) is Reason.FORM_MALFORMED
    iat = b"\x06\x1a" + NOW.to_bytes(4, "big")
    assert refusal(holder_part(None, b"\xa2" + iat + iat)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("count", [0xA0, 0xA2, 0xA3, 0xA4, 0xA5])
def test_wrong_number_of_claims_is_refused(count: int) -> None:
    for claims in (issuer_claims(), BOUND):
        octets = cbor2.dumps(claims)
        if octets[0] == count:
            continue
        altered = bytes((count,)) + octets[1:]
        assert refusal(issuer_part(altered)) is Reason.FORM_MALFORMED
        assert refusal(holder_part(issuer_part(altered))) is Reason.FORM_MALFORMED
    if count != 0xA1:
        octets = bytes((count,)) + cbor2.dumps({6: NOW})[1:]
        assert refusal(holder_part(None, octets)) is Reason.FORM_MALFORMED


def test_indefinite_length_claims_are_refused() -> None:
    octets = cbor2.dumps(issuer_claims())
    assert refusal(issuer_part(b"\xbf" + octets[1:] + b"\xff")) is Reason.FORM_MALFORMED
    endless = b"\xbf\x06\x1a" + NOW.to_bytes(4, "big") + b"\xff"
    assert refusal(holder_part(None, endless)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("value", [b"GGW", b":::", b"::", b"0", b"0000"])
def test_base45_that_no_encoder_makes_is_refused(value: bytes) -> None:
    assert refusal_of_text(b"CC1:" + value) is Reason.BASE45_MALFORMED


def test_prefix_alone_is_refused() -> None:
    assert refusal_of_text(b"CC1:") is Reason.FORM_MALFORMED


def test_payload_that_is_no_byte_string_is_refused() -> None:
    header = cbor2.dumps({1: -19, 4: kid(ISSUER)})
    code = b"\x84" + cbor2.dumps(header) + b"\xa0\xf6\x58\x40" + bytes(64)
    assert refusal(code) is Reason.FORM_MALFORMED


def test_cose_with_a_payload_of_another_kind_is_refused() -> None:
    header = cbor2.dumps({1: -19, 4: kid(ISSUER)})
    assert refusal(sign1(header, b"a status list, say", ISSUER)) is Reason.FORM_MALFORMED


def test_worked_example_of_the_document_is_what_the_verifier_reads(docs: Path) -> None:
    written = (docs / "cc1.md").read_text("utf-8")
    blocks = re.findall(r"```hex (\S+)\n(.*?)```", written, re.DOTALL)
    example = {name: bytes.fromhex("".join(body.split())) for name, body in blocks}
    texts = dict(re.findall(r"```text (\S+)\n(CC1:[^\n]*)\n```", written))
    assert example["issuer-key"] == public(ISSUER)
    assert example["holder-key"] == public(HOLDER)
    for name in ("static", "dynamic"):
        assert texts[name].encode() == text(example[name])
        assert answer(texts[name].encode()) == (Verdict.GRANT, None)
    credential = judged(texts["dynamic"].encode()).verification.credential
    assert credential is not None
    assert credential.proof is not None
    assert credential.issued.message == example["issuer-to-be-signed"]
    assert credential.proof.signed.message == example["holder-to-be-signed"]
