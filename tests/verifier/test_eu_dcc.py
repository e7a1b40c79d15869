import zlib
from collections.abc import Mapping

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import NOW, base45
from tests.support.families import lane_of
from tests.support.foreign import (
    DCC_KID,
    P256,
    P256_OTHER,
    RSA,
    PrivateKey,
    certificate,
    certified,
    dcc,
    dcc_claims,
    dcc_layer,
    dcc_text,
    entry,
    statement,
)
from tests.support.trust import CITY, GATE, clock, keys_json
from verifier.encoding.base45 import ALPHABET
from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.base import subject_of
from verifier.formats.eu_dcc import INFLATED_BYTES_MAX, EuDcc
from verifier.model import Verdict
from verifier.pipeline import Judgement, dispatch, judge
from verifier.reasons import Reason
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

FAMILY = EuDcc()
READER = lane_of("eu-dcc")
LISTED = entry(P256)
TEXT = dcc()
GRANTED = (Verdict.GRANT, None)
UVCI = "URN:UVCI:01:XX:0007"


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


# Who signed.


@pytest.mark.parametrize("key", [P256, RSA], ids=["ES256", "PS256"])
def test_certificate_is_granted_with_what_its_key_grants(key: PrivateKey) -> None:
    judgement = judged(dcc(key=key), entry(key, capabilities=5))
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    assert (judgement.verification.issuer, judgement.verification.capabilities) == (CITY, 5)
    credential = judgement.verification.credential
    assert credential is not None
    assert (credential.format, credential.kid, credential.proof) == ("eu-dcc", DCC_KID, None)
    assert (credential.not_before, credential.expires_at) == (NOW - 86_400, NOW + 86_400)
    assert credential.subject == subject_of("eu-dcc", UVCI.encode())
    assert (credential.types, credential.capabilities, credential.status_index) == (0, None, None)


def test_code_of_another_key_is_refused() -> None:
    assert answer(TEXT, entry(P256_OTHER)) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)
    assert answer(TEXT, entry(P256, kid="00" * 8)) == (Verdict.DENY, Reason.KEY_UNKNOWN)
    other = entry(P256, formats=["claim169"])
    assert answer(TEXT, other) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_every_key_that_shares_the_id_is_tried() -> None:
    """Eight octets of a digest are no identity: two countries may well share them."""
    assert answer(TEXT, entry(P256_OTHER), entry(RSA), entry(P256)) == GRANTED


@pytest.mark.parametrize("alg", [-37, -8, -19, -35, -36, 5, 0])
def test_algorithm_must_be_one_of_the_keys(alg: int) -> None:
    code = dcc(header={1: alg, 4: DCC_KID})
    assert answer(code) == (Verdict.DENY, Reason.ALGORITHM_NOT_THE_KEYS)


def test_certificate_that_carries_the_key_names_it() -> None:
    der = certificate(P256)
    listed = certified(der)
    named = dcc(header={1: -7, 4: bytes.fromhex(str(listed["kid"]))})
    assert answer(named, listed) == GRANTED
    assert answer(TEXT, listed) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_code_past_its_signers_certificate_is_refused() -> None:
    der = certificate(P256, ends=NOW - 1)
    listed = certified(der)
    named = dcc(header={1: -7, 4: bytes.fromhex(str(listed["kid"]))})
    assert answer(named, listed, now=NOW - 1) == GRANTED
    assert answer(named, listed) == (Verdict.DENY, Reason.KEY_OUTSIDE_WINDOW)


TESTS, VACCINATIONS, RECOVERIES = (f"1.3.6.1.4.1.1847.2021.1.{place}" for place in (1, 2, 3))
DRAFTED = "1.3.6.1.4.1.0.1847.2021.1.2"  # vaccinations, as the first drafts wrote it
ANY_USAGE, ANOTHER = "2.5.29.37.0", "1.3.6.1.4.1.1847.2021.1.4"


@pytest.mark.parametrize(
    ("usages", "groups"),
    [
        ((), "vtr"),
        ((VACCINATIONS,), "v"),
        ((TESTS,), "t"),
        ((RECOVERIES,), "r"),
        ((DRAFTED,), "v"),
        ((RECOVERIES, TESTS), "tr"),
        ((VACCINATIONS, TESTS, RECOVERIES), "vtr"),
        ((ANY_USAGE,), "vtr"),
        ((ANOTHER,), "vtr"),
        ((ANY_USAGE, TESTS), "t"),
    ],
)
def test_signer_states_what_the_usages_of_his_certificate_name(
    usages: tuple[str, ...], groups: str
) -> None:
    listed = certified(certificate(P256, usages=usages))
    header = {1: -7, 4: bytes.fromhex(str(listed["kid"]))}
    for group in "vtr":
        stated = dcc_claims(**{"v": None, group: [ENTRY]})
        told = answer(dcc(stated, header=header), listed)
        is_his = group in groups
        assert told == (GRANTED if is_his else (Verdict.DENY, Reason.CAPABILITIES_EXCEED_KEY))


# What names the key.


def test_protected_id_goes_before_the_other() -> None:
    """The unprotected one is unsigned: it may choose a key where none is named, and no more."""
    assert answer(dcc(header={1: -7}, unprotected={4: DCC_KID})) == GRANTED
    assert answer(dcc(unprotected={4: bytes(8)})) == GRANTED
    other = dcc(header={1: -7, 4: bytes(8)}, unprotected={4: DCC_KID})
    assert answer(other) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_code_that_names_no_key_is_of_none() -> None:
    assert answer(dcc(header={1: -7})) == (Verdict.DENY, Reason.KEY_UNKNOWN)


@pytest.mark.parametrize("tags", [b"", b"\xd2", b"\xd8\x3d\xd2"], ids=["none", "18", "61 and 18"])
def test_tags_may_stand_or_not(tags: bytes) -> None:
    assert answer(dcc(tags=tags)) == GRANTED


@pytest.mark.parametrize("tags", [b"\xd1", b"\xd8\x3d", b"\xd2\xd2", b"\xd2\xd8\x3d", b"\xd8\x62"])
def test_other_tags_are_refused(tags: bytes) -> None:
    assert refusal(dcc(tags=tags)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("header", "unprotected"),
    [
        ({4: DCC_KID}, {}),
        ({4: DCC_KID}, {1: -7}),
        (b"", {1: -7, 4: DCC_KID}),
        ({1: "ES256", 4: DCC_KID}, {}),
        ({1: True, 4: DCC_KID}, {}),
        ({1: -7, 4: "text"}, {}),
        ({1: -7, 2: [4], 4: DCC_KID}, {}),
        (cbor2.dumps([]), {}),
        (b"\xff", {}),
        (b"\xa3\x01\x26\x04\x48" + DCC_KID + b"\x01\x38\x24", {}),
        (b"\xa2\x01\x26\x04\x48" + DCC_KID + b"\x00", {}),
    ],
    ids=[
        "no algorithm",
        "algorithm unsigned",
        "nothing signed",
        "algorithm by name",
        "algorithm is true",
        "kid is text",
        "critical",
        "no map",
        "no CBOR",
        "algorithm twice",
        "octets behind",
    ],
)
def test_header_out_of_form_is_refused(
    header: Mapping[int, object] | bytes, unprotected: Mapping[int, object]
) -> None:
    assert refusal(dcc(header=header, unprotected=unprotected)) is Reason.FORM_MALFORMED


# When.


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 86_401, (Verdict.DENY, Reason.NOT_YET_VALID)),
        (NOW - 86_400, GRANTED),
        (NOW + 86_399, GRANTED),
        (NOW + 86_400, (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)),
    ],
)
def test_window_is_from_iat_to_exp(now: int, expected: tuple[Verdict, Reason | None]) -> None:
    assert answer(TEXT, now=now) == expected


def test_fraction_of_a_second_moves_no_bound() -> None:
    """A clock of whole seconds reaches iat .5 a second later, and exp .5 not before."""
    code = dcc({**dcc_claims(), 6: NOW - 0.5, 4: NOW + 1.5})
    told = [answer(code, now=NOW + step)[0] for step in (-1, 0, 1, 2)]
    assert told == [Verdict.DENY, Verdict.GRANT, Verdict.GRANT, Verdict.DENY]


def test_beginning_of_its_own_counts_where_it_is_later() -> None:
    later = dcc({**dcc_claims(), 5: NOW})
    assert answer(later, now=NOW - 1) == (Verdict.DENY, Reason.NOT_YET_VALID)
    assert answer(later) == GRANTED
    earlier = dcc({**dcc_claims(), 5: 0})
    assert answer(earlier, now=NOW - 86_401) == (Verdict.DENY, Reason.NOT_YET_VALID)


def without(label: int) -> dict[object, object]:
    return {key: value for key, value in dcc_claims().items() if key != label}


@pytest.mark.parametrize("label", [4, 6, -260])
def test_claim_that_is_missing_is_refused(label: int) -> None:
    assert refusal(dcc(without(label))) is Reason.FORM_MALFORMED


def test_issuers_name_is_not_asked() -> None:
    """The issuer is that of the key; a list names it as it likes."""
    assert answer(dcc(without(1))) == GRANTED
    assert judged(dcc({**dcc_claims(), 1: "YY"})).verification.issuer == CITY


@pytest.mark.parametrize("value", ["1", None, True, -1, float("nan"), float("inf"), 2**60, b"", []])
@pytest.mark.parametrize("label", [4, 5, 6])
def test_time_that_is_none_is_refused(label: int, value: object) -> None:
    assert refusal(dcc({**dcc_claims(), label: value})) is Reason.FORM_MALFORMED


# What it states.

ENTRY = {"ci": UVCI}


@pytest.mark.parametrize("group", ["v", "t", "r"])
def test_statement_is_a_vaccination_a_test_or_a_recovery(group: str) -> None:
    code = dcc({**dcc_claims(), -260: {1: {group: [ENTRY]}}})
    assert answer(code) == GRANTED
    assert FAMILY.parse(code).subject == FAMILY.parse(TEXT).subject


def test_kinds_that_are_empty_by_null_do_not_count() -> None:
    assert answer(dcc(dcc_claims(t=None, r=None))) == GRANTED


def test_doses_of_one_course_may_stand_together_under_one_identifier() -> None:
    assert answer(dcc(dcc_claims(v=[ENTRY, {**ENTRY, "dn": 2}]))) == GRANTED
    assert refusal(dcc(dcc_claims(v=[ENTRY, {"ci": "other"}]))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "health",
    [
        None,
        [],
        {},
        {2: statement()},
        {"1": statement()},
        {1: None},
        {1: []},
        {1: {}},
        {1: statement(v=None)},
        {1: statement(v=[])},
        {1: statement(v={})},
        {1: statement(v="text")},
        {1: statement(v=[None])},
        {1: statement(v=[[]])},
        {1: statement(v=[{}])},
        {1: statement(v=[{"ci": None}])},
        {1: statement(v=[{"ci": ""}])},
        {1: statement(v=[{"ci": b"octets"}])},
        {1: statement(v=[ENTRY, {}])},
        {1: statement(t=[ENTRY])},
        {1: statement(r=[])},
    ],
    ids=repr,
)
def test_what_is_not_one_statement_of_one_kind_is_refused(health: object) -> None:
    assert refusal(dcc({**dcc_claims(), -260: health})) is Reason.FORM_MALFORMED


def test_holders_are_told_apart_by_the_identifier_to_the_letter() -> None:
    subjects = {
        FAMILY.parse(dcc(dcc_claims(v=[{"ci": name}]))).subject
        for name in (UVCI, UVCI.lower(), UVCI + "#A", "x")
    }
    assert len(subjects) == 4


# Form: issuers encode in their own ways, but nothing may be read in two.


def test_any_order_and_length_of_cbor_is_read() -> None:
    orders = [dcc(dict(sorted(dcc_claims().items(), key=str))), TEXT]
    assert len(set(orders)) == 2
    indefinite = b"\xbf" + cbor2.dumps(dcc_claims())[1:] + b"\xff"
    for code in (*orders, dcc(indefinite)):
        assert answer(code) == GRANTED


def test_key_that_stands_twice_is_refused_at_every_level() -> None:
    claims = cbor2.dumps(dcc_claims())
    twice = b"\xa5" + claims[1:] + b"\x04" + cbor2.dumps(NOW + 10**6)
    assert refusal(dcc(twice)) is Reason.FORM_MALFORMED
    inner = cbor2.dumps(UVCI)
    assert claims.count(b"\x62ci" + inner) == 1
    with_two = claims.replace(b"\xa5\x62ci" + inner, b"\xa6\x62ci\x61x\x62ci" + inner)
    assert with_two != claims
    assert refusal(dcc(with_two)) is Reason.FORM_MALFORMED
    spelled_longer = b"\xa5" + claims[1:] + b"\x18\x04" + cbor2.dumps(NOW + 10**6)
    assert refusal(dcc(spelled_longer)) is Reason.FORM_MALFORMED


def test_octets_behind_any_layer_are_refused() -> None:
    layer, packed = dcc_layer(), zlib.compress(dcc_layer())
    codes = [
        dcc(cbor2.dumps(dcc_claims()) + b"\x00"),
        dcc_text(layer + b"\x00"),
        b"HC1:" + base45(packed + b"\x00").encode(),
        b"HC1:" + base45(packed + packed).encode(),
    ]
    for code in codes:
        assert refusal(code) is Reason.FORM_MALFORMED


def test_octets_that_are_missing_are_refused() -> None:
    layer, packed = dcc_layer(), zlib.compress(dcc_layer())
    for size in range(len(layer)):
        assert refusal(dcc_text(layer[:size])) is Reason.FORM_MALFORMED
    for size in range(len(packed)):
        refusal(b"HC1:" + base45(packed[:size]).encode())


def test_every_cut_of_the_text_is_refused() -> None:
    for size in range(len(b"HC1:"), len(TEXT)):
        refusal(TEXT[:size])


def test_layer_that_is_no_signature_of_one_is_refused() -> None:
    parts = cbor2.loads(dcc_layer(tags=b""))
    for other in (parts[:3], [*parts, b""], {}, b"", "text", 7, None):
        assert refusal(dcc_text(cbor2.dumps(other))) is Reason.FORM_MALFORMED
    for place in range(4):
        changed = [*parts[:place], None, *parts[place + 1 :]]
        assert refusal(dcc_text(cbor2.dumps(changed))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("head", [b"\x81", b"\x9f", b"\xa1\x00", b"\xc1"], ids=bytes.hex)
def test_nesting_without_end_is_refused(head: bytes) -> None:
    for code in (dcc_text(head * 3_000), dcc(head * 2_000), dcc(header=head * 2_000)):
        assert refusal(code) is Reason.FORM_MALFORMED


def test_claims_without_number_are_refused() -> None:
    crowd = dict.fromkeys(range(2500), 0)
    assert refusal(dcc({**dcc_claims(), **crowd})) is Reason.FORM_MALFORMED


def test_inflated_octets_have_a_bound_from_both_sides() -> None:
    layer = dcc_layer()
    room = INFLATED_BYTES_MAX - len(layer)
    largest = dcc_layer({**dcc_claims(), 99: bytes(room - 8)})
    filled = dcc_layer({**dcc_claims(), 99: bytes(room - 8 + INFLATED_BYTES_MAX - len(largest))})
    assert len(filled) == INFLATED_BYTES_MAX
    assert answer(dcc_text(filled)) == GRANTED
    beyond = dcc_layer({**dcc_claims(), 99: bytes(room - 7 + INFLATED_BYTES_MAX - len(largest))})
    assert len(beyond) == INFLATED_BYTES_MAX + 1
    assert refusal(dcc_text(beyond)) is Reason.FORM_MALFORMED


def test_text_that_would_inflate_without_end_is_refused() -> None:
    bomb = base45(zlib.compress(bytes(2_000_000), 9)).encode()
    assert len(bomb) < 4_296
    assert refusal(b"HC1:" + bomb) is Reason.FORM_MALFORMED


# The text.


def test_text_is_of_this_family_by_its_prefix_alone() -> None:
    assert dispatch(TEXT, BUILT_IN).name == "eu-dcc"
    for other in (b"HC1", b"hc1:", b" HC1:", b"HC2:", b"HL0:", TEXT[4:], b""):
        assert not FAMILY.claims(other)
    assert FAMILY.claims(b"HC1:")
    assert refusal(b"HC1:") is Reason.FORM_MALFORMED


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
    """Each place, each way: to its neighbours in the alphabet and out of it."""
    assert proven(TEXT)
    for place in range(4, len(TEXT)):
        at = ALPHABET.index(TEXT[place])
        for other in (ALPHABET[at - 1], ALPHABET[(at + 1) % 45], ord("a")):
            changed = TEXT[:place] + bytes((other,)) + TEXT[place + 1 :]
            assert not proven(changed), place


@given(st.integers(4, len(TEXT) - 1), st.sampled_from(sorted(ALPHABET)))
def test_text_with_a_character_changed_proves_nothing_else(place: int, other: int) -> None:
    proven(TEXT[:place] + bytes((other,)) + TEXT[place + 1 :])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_layer_with_an_octet_changed_proves_nothing_else(place: int, change: int) -> None:
    layer = bytearray(dcc_layer())
    layer[place % len(layer)] ^= change
    proven(dcc_text(bytes(layer)))


@given(st.binary(max_size=200))
def test_noise_behind_the_prefix_is_refused_with_a_reason(noise: bytes) -> None:
    texts = [noise, base45(noise).encode(), base45(zlib.compress(noise)).encode()]
    for text in texts:
        assert refusal(b"HC1:" + text)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([1, 4, 5, 6, -260]), JUNK, max_size=5))
def test_claims_of_noise_are_refused_with_a_reason(claims: dict[object, object]) -> None:
    assert refusal(dcc(claims))


@given(JUNK)
def test_statement_of_noise_is_refused_with_a_reason(noise: object) -> None:
    assert refusal(dcc({**dcc_claims(), -260: {1: noise}}))
