import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW
from tests.support.families import lane_of
from tests.support.foreign import (
    P256,
    P256_OTHER,
    certificate,
    certified,
    dcc,
    seal,
    seal_data,
    seal_sig,
    short,
)
from tests.support.trust import CITY, GATE, base64url, clock, keys_json
from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.base import subject_of
from verifier.formats.vds_nc import VdsNc
from verifier.model import Verdict
from verifier.pipeline import Judgement, dispatch, judge
from verifier.reasons import Reason
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

FAMILY = VdsNc()
READER = lane_of("vds-nc")
DER = certificate(P256)
LISTED = certified(DER, formats=["vds-nc"])
TEXT = seal()
GRANTED = (Verdict.GRANT, None)
UNKNOWN = (Verdict.DENY, Reason.KEY_UNKNOWN)
WRONG = (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)


def judged(payload: bytes, *listed: object, now: int = NOW) -> Judgement:
    keys = load_keys(keys_json(*(listed or (LISTED,))))
    assert keys.problems == ()
    known = Circumstances(
        trusted=TrustedSet(keys=keys.keys, issued_at=None, lists={}),
        clock=clock(now),
        status_limits=GATE.status_limits,
    )
    return judge(payload, profile=READER, lane=None, known=known, formats=(FAMILY,))


def answer(payload: bytes, *listed: object, now: int = NOW) -> tuple[Verdict, Reason | None]:
    decision = judged(payload, *listed, now=now).decision
    return decision.verdict, decision.reason


def refusal(payload: bytes) -> Reason:
    """Return why a text is refused by the parser itself."""
    with pytest.raises(MalformedPayload) as caught:
        FAMILY.parse(payload)
    assert answer(payload)[0] is Verdict.DENY
    return caught.value.reason


def text_of(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


def members() -> dict[str, Any]:
    found = json.loads(TEXT)
    assert isinstance(found, dict)
    return found


# The published example, in place.

THEN = 1_640_000_000  # within its certificate: 2021-04-27 to 2026-03-12


@pytest.fixture(scope="module")
def published(shared: Path) -> bytes:
    return (shared / "vectors" / "icao-vds-nc" / "single-vaccine.txt").read_bytes()


def signer(payload: bytes) -> dict[str, object]:
    """Return the entry that trusts the certificate in a code."""
    der = base64.urlsafe_b64decode(json.loads(payload)["sig"]["cer"])
    return certified(der, formats=["vds-nc"])


def test_published_seal_is_granted_by_its_signers_certificate(published: bytes) -> None:
    judgement = judged(published, signer(published), now=THEN)
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    credential = judgement.verification.credential
    assert credential is not None
    assert credential.subject == subject_of("vds-nc", b"icao.vacc U32870")
    assert (credential.not_before, credential.expires_at) == (None, None)


def test_published_seal_is_refused_where_its_certificate_is_not_listed(published: bytes) -> None:
    assert answer(published, now=THEN) == UNKNOWN


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1_619_556_424, (Verdict.DENY, Reason.KEY_OUTSIDE_WINDOW)),
        (1_619_556_425, GRANTED),
        (1_773_348_425, GRANTED),
        (1_773_348_426, (Verdict.DENY, Reason.KEY_OUTSIDE_WINDOW)),
    ],
)
def test_published_seal_lasts_as_long_as_its_certificate(
    published: bytes, now: int, expected: tuple[Verdict, Reason | None]
) -> None:
    assert answer(published, signer(published), now=now) == expected


def test_published_seal_with_any_statement_altered_is_refused(published: bytes) -> None:
    entry = signer(published)
    for old, new in (
        (b"U32870", b"U32871"),
        (b"Smith Bill", b"Smith Bilk"),
        (b'"UTO"', b'"UTX"'),
        (b"2021-03-03", b"2021-03-04"),
        (b'"seq":"1"', b'"seq":"2"'),
        (b'"sex":"M",', b""),
        (b'"vd":[{', b'"vd":[{},{'),
    ):
        assert published.count(old) == 1
        assert answer(published.replace(old, new), entry, now=THEN) == WRONG


@pytest.mark.slow
def test_published_seal_with_any_character_changed_proves_nothing_else(published: bytes) -> None:
    entry, whole = signer(published), FAMILY.parse(published).issued
    for place in range(len(published)):
        changed = bytearray(published)
        changed[place] ^= 1
        facts = judged(bytes(changed), entry, now=THEN).verification
        if facts.issuer is None:
            assert facts.failure is not None
            continue
        assert facts.credential is not None
        assert facts.credential.issued == whole


# Who signed.


def test_seal_is_granted_with_what_its_key_grants() -> None:
    judgement = judged(TEXT)
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    assert (judgement.verification.issuer, judgement.verification.capabilities) == (CITY, 1)
    credential = judgement.verification.credential
    assert credential is not None
    assert (credential.kid.hex(), credential.proof) == (short(DER), None)
    assert (credential.types, credential.capabilities, credential.status_index) == (0, None, None)


def test_certificate_in_the_code_is_a_pointer_and_no_proof() -> None:
    """A forger signs with a key of his own and brings his own certificate along."""
    forged = seal(key=P256_OTHER, der=certificate(P256_OTHER))
    assert answer(forged) == UNKNOWN
    assert answer(seal(key=P256_OTHER, der=DER)) == WRONG


def test_another_certificate_of_the_same_key_is_not_the_listed_one() -> None:
    renewed = certificate(P256, ends=1_900_000_000)
    assert answer(seal(der=renewed)) == UNKNOWN
    assert answer(seal(der=renewed), certified(renewed, formats=["vds-nc"])) == GRANTED


def test_key_of_another_family_signs_no_seals() -> None:
    assert answer(TEXT, certified(DER)) == UNKNOWN


@pytest.mark.parametrize("alg", ["ES384", "ES512"])
def test_algorithm_that_no_key_here_has_is_told(alg: str) -> None:
    assert answer(seal(alg=alg)) == (Verdict.DENY, Reason.ALGORITHM_NOT_THE_KEYS)


@pytest.mark.parametrize("alg", ["PS256", "EdDSA", "es256", "none", "", None, -7, True])
def test_algorithm_that_seals_have_not_is_refused(alg: object) -> None:
    assert refusal(seal(alg=alg)) is Reason.FORM_MALFORMED


def test_signature_of_another_length_is_refused() -> None:
    value = base64.urlsafe_b64decode(str(seal_sig(seal_data())["sigvl"]) + "==")
    for octets in (b"", value[:-1], value + b"\0", bytes(64), b"\1" * 63):
        assert answer(seal(sigvl=base64url(octets))) == WRONG


# Canonical form: any writing of one statement is read, and no statement in two ways.


def test_order_and_space_and_escapes_do_not_matter() -> None:
    held = members()
    turned = {"sig": dict(reversed(held["sig"].items())), "data": held["data"]}
    turned["data"] = {
        "msg": held["data"]["msg"],
        "hdr": dict(reversed(held["data"]["hdr"].items())),
    }
    writings = [
        text_of(held),
        text_of(turned),
        json.dumps(held, indent=2).encode(),
        b"\r\n\t " + TEXT + b" \n",
        TEXT.replace(b"HOLDER", b"\\u0048OLDE\\u0052"),
    ]
    assert len(set(writings)) == 5
    for writing in writings:
        assert FAMILY.claims(writing)
        assert answer(writing) == GRANTED
        assert FAMILY.parse(writing).subject == FAMILY.parse(TEXT).subject


def test_signature_may_be_padded_or_not() -> None:
    for name in ("cer", "sigvl"):
        bare = str(members()["sig"][name]).rstrip("=")
        whole = bare + "=" * (-len(bare) % 4)
        assert answer(seal(**{name: bare})) == GRANTED
        assert answer(seal(**{name: whole})) == GRANTED
        for other in (
            whole + "=",
            whole + "====",
            bare + "!",
            bare[:5] + "=" + bare[5:],
            bare + " ",
        ):
            assert refusal(seal(**{name: other})) is Reason.FORM_MALFORMED


def test_letters_beyond_ascii_are_signed_as_they_are() -> None:
    data = seal_data(pid={"n": "€ \U0001f600 ö"})
    assert answer(seal(data)) == GRANTED
    escaped = json.dumps(json.loads(seal(data))).encode()
    assert escaped.isascii()
    assert answer(escaped) == GRANTED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"data":{', b'"data":{},"data":{'),
        (b'"hdr":{', b'"hdr":{},"hdr":{'),
        (b'"uvci":', b'"uvci":"U0008","uvci":'),
        (b'"uvci":', b'"\\u0075vci":"U0008","uvci":'),
        (b'"n":', b'"n":"X","n":'),
        (b'"alg":', b'"alg":"ES384","alg":'),
    ],
)
def test_member_named_twice_is_refused(old: bytes, new: bytes) -> None:
    """Signer and reader could otherwise each believe another one."""
    assert TEXT.count(old) == 1
    assert refusal(TEXT.replace(old, new)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "number", [b"1.0", b"1e0", b"1.5", b"NaN", b"-Infinity", b"9007199254740992"]
)
def test_number_with_more_than_one_text_is_refused(number: bytes) -> None:
    for place in (b'"v":1', b'"des":"XM68M6"'):
        assert TEXT.count(place) == 1
        name = place.split(b":")[0]
        assert refusal(TEXT.replace(place, name + b":" + number)) is Reason.FORM_MALFORMED


def test_nesting_without_end_is_refused() -> None:
    for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (20, 1_000):
            deep = begin * depth + b"0" + end * depth
            code = TEXT.replace(b'"XM68M6"', deep)
            assert refusal(code) is Reason.FORM_MALFORMED
    assert refusal(TEXT.replace(b'"XM68M6"', b"[" * 6_000)) is Reason.FORM_MALFORMED


def test_every_cut_of_the_text_is_refused() -> None:
    for size in range(len(TEXT)):
        assert refusal(TEXT[:size]) is Reason.FORM_MALFORMED


# Members.


@pytest.mark.parametrize("path", ["data", "sig", "data.hdr", "data.msg", "sig.cer", "sig.sigvl"])
def test_member_that_is_missing_or_of_another_type_is_refused(path: str) -> None:
    *way, name = path.split(".")
    for other in (None, 7, "text" if name in ("data", "sig", "hdr", "msg") else [], [], "ö"):
        held = members()
        inner = held[way[0]] if way else held
        inner[name] = other
        assert refusal(text_of(held)) is Reason.FORM_MALFORMED
        del inner[name]
        assert refusal(text_of(held)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("path", ["", "data", "sig", "data.hdr"])
def test_member_that_is_unknown_is_refused_outside_the_message(path: str) -> None:
    held = members()
    inner = held
    for name in filter(None, path.split(".")):
        inner = inner[name]
    inner["more"] = 1
    assert refusal(text_of(held)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "changes",
    [
        {"t": "icao.visa"},
        {"t": "ICAO.VACC"},
        {"t": None},
        {"v": 2},
        {"v": 0},
        {"v": "1"},
        {"v": True},
        {"v": None},
        {"is": None},
        {"is": 7},
    ],
    ids=repr,
)
def test_header_of_another_kind_is_refused(changes: dict[str, object]) -> None:
    data = seal_data()
    data["hdr"] = {**data["hdr"], **changes}  # type: ignore[dict-item]  # it is an object
    assert refusal(seal(data)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("identifier", [None, "", 7, ["U0007"], {"a": 1}, True])
def test_statement_without_an_identifier_is_refused(identifier: object) -> None:
    assert refusal(seal(seal_data(uvci=identifier))) is Reason.FORM_MALFORMED


def test_each_type_has_an_identifier_of_its_own() -> None:
    assert refusal(seal(seal_data(kind="icao.test"))) is Reason.FORM_MALFORMED
    tested = {**seal_data(kind="icao.test")["msg"], "utci": "U0007"}  # type: ignore[dict-item]  # it is an object
    data = {"hdr": {"is": "UTO", "t": "icao.test", "v": 1}, "msg": dict(sorted(tested.items()))}
    code = seal(data)
    assert answer(code) == GRANTED
    assert FAMILY.parse(code).subject != FAMILY.parse(TEXT).subject
    assert FAMILY.parse(code).subject == subject_of("vds-nc", b"icao.test U0007")


# The text.


def test_text_is_of_this_family_alone() -> None:
    assert dispatch(TEXT, BUILT_IN).name == "vds-nc"
    assert not FAMILY.claims(dcc())
    for other in (
        b"",
        b"{}",
        b"[]",
        TEXT[1:],
        b"x" + TEXT,
        b"[" + TEXT,
        TEXT.replace(b'"cer"', b""),
    ):
        assert not FAMILY.claims(other)


def proven(payload: bytes) -> bool:
    """Return whether anything is proven; if so it is the one statement that was signed."""
    facts = judged(payload).verification
    if facts.issuer is None:
        assert facts.failure is not None
        assert facts.failure.names_nobody
        return False
    assert facts.credential is not None
    assert facts.credential.issued == FAMILY.parse(TEXT).issued
    return True


@pytest.mark.slow
def test_text_with_any_character_changed_proves_nothing() -> None:
    assert proven(TEXT)
    for place in range(len(TEXT)):
        for change in (1, 0x20, 0x80):
            changed = bytearray(TEXT)
            changed[place] ^= change
            assert not proven(bytes(changed)), place


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_text_with_an_octet_changed_proves_nothing_else(place: int, change: int) -> None:
    changed = bytearray(TEXT)
    changed[place] ^= change
    proven(bytes(changed))


NAMES = b'"data""hdr""msg""sig""cer""sigvl"'


@given(st.binary(max_size=100), st.integers(0, 100))
def test_noise_that_names_the_members_is_refused_with_a_reason(noise: bytes, at: int) -> None:
    payload = b"{" + noise[:at] + NAMES + noise[at:]
    assert FAMILY.claims(payload)
    assert refusal(payload) is Reason.FORM_MALFORMED


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.sampled_from(["data", "data.hdr", "data.msg", "sig", "sig.cer", "sig.sigvl"]), JUNK)
def test_members_of_noise_prove_nothing(path: str, noise: object) -> None:
    *way, name = path.split(".")
    held = members()
    (held[way[0]] if way else held)[name] = noise
    assert not proven(text_of(held))
