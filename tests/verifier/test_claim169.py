from collections.abc import Callable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, NOW, STRANGER
from tests.support.families import (
    BEGINS,
    ENDS,
    answer_by,
    claim169,
    cose,
    cwt,
    ed25519_key,
    judged_by,
    lane_of,
    p256_key,
)
from tests.support.foreign import P256, P256_OTHER
from tests.support.trust import CITY, TEMPLATE, status_list, with_value
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.formats.claim169 import (
    INFLATED_BYTES_MAX,
    TEXT_BYTES_MAX,
    TEXT_BYTES_MIN,
    Claim169,
)
from verifier.model import CheckName, Credential, Passed, Skipped, Verdict
from verifier.reasons import Reason
from verifier.verify import NO_LISTS

LANE = lane_of("claim169")
KEY = ed25519_key("claim169")
TEXT = claim169()
GRANTED = (Verdict.GRANT, None)
LIST = "https://city.example/statuslists/1"


def read(octets: bytes) -> Credential:
    return Claim169().parse(claim169(octets))


def answer(payload: bytes, now: int = NOW) -> tuple[Verdict, Reason | None]:
    return answer_by(payload, KEY, profile=LANE, now=now)


def refusal(payload: bytes) -> Reason:
    """Return why the parser itself refuses a text, whoever claims it."""
    with pytest.raises(MalformedPayload) as caught:
        Claim169().parse(payload)
    assert answer(payload)[0] is Verdict.DENY
    return caught.value.reason


def test_card_is_granted_with_what_its_key_grants() -> None:
    judgement = judged_by(TEXT, KEY, profile=LANE)
    assert (judgement.decision.verdict, judgement.decision.reason) == GRANTED
    verification = judgement.verification
    assert (verification.issuer, verification.capabilities) == (CITY, KEY.capabilities)
    credential = verification.credential
    assert credential is not None
    assert (credential.kid, credential.issuer) == (b"", CITY)
    assert (credential.types, credential.capabilities) == (0, None)
    assert (credential.not_before, credential.expires_at) == (BEGINS, ENDS)
    assert credential.subject == subject_of("claim169", b"id ID-0007")
    assert (credential.proof, credential.status_index) == (None, None)


def test_nothing_that_the_card_says_of_its_holder_is_kept() -> None:
    assert "Holder Seven" not in repr(read(cose()).subject)
    credential = read(cose())
    kept = [getattr(credential, name) for name in credential.__slots__ if name != "issued"]
    assert "ID-0007" not in repr(kept)
    assert "Holder Seven" not in repr(kept)


@pytest.mark.parametrize("alg", [-8, -19])
def test_both_names_of_ed25519_are_read(alg: int) -> None:
    assert answer(claim169(cose(header={1: alg}))) == GRANTED


def test_es256_card_is_granted_by_its_key_alone() -> None:
    text = claim169(cose(key=P256))
    assert answer_by(text, p256_key("claim169"), profile=LANE) == GRANTED
    assert answer_by(text, p256_key("claim169", P256_OTHER), profile=LANE) == (
        Verdict.DENY,
        Reason.ISSUER_SIGNATURE_WRONG,
    )


def test_algorithm_of_another_kind_of_key_is_refused() -> None:
    assert answer(claim169(cose(header={1: -7}))) == (Verdict.DENY, Reason.ALGORITHM_NOT_THE_KEYS)
    assert answer(claim169(cose(header={1: -37}))) == (Verdict.DENY, Reason.ALGORITHM_NOT_THE_KEYS)
    text = claim169(cose(key=P256, header={1: -8}))
    assert answer_by(text, p256_key("claim169"), profile=LANE) == (
        Verdict.DENY,
        Reason.ALGORITHM_NOT_THE_KEYS,
    )


@pytest.mark.parametrize(
    "layers",
    [
        {"header": {1: -8, 4: b"k1"}},
        {"unprotected": {4: b"k1"}},
        {"header": {1: -8, 4: b"k1"}, "unprotected": {4: b"k2"}},
    ],
)
def test_kid_finds_its_key_and_no_other(layers: dict[str, object]) -> None:
    text = claim169(cose(**layers))  # type: ignore[arg-type]  # layers by name
    own, other = ed25519_key("claim169", kid=b"k1"), ed25519_key("claim169", kid=b"k2")
    assert answer_by(text, own, profile=LANE) == GRANTED
    assert answer_by(text, other, KEY, profile=LANE) == (Verdict.DENY, Reason.KEY_UNKNOWN)


def test_card_without_kid_is_tried_with_keys_that_have_none() -> None:
    assert answer_by(TEXT, ed25519_key("claim169", kid=b"k1"), profile=LANE) == (
        Verdict.DENY,
        Reason.KEY_UNKNOWN,
    )
    assert answer_by(TEXT, ed25519_key("claim169", STRANGER), KEY, profile=LANE) == GRANTED


def test_key_of_another_issuer_than_the_card_names_is_not_asked() -> None:
    """Else the key of one country would sign cards in the name of another."""
    other = ed25519_key("claim169", issuer="other.example")
    assert answer_by(TEXT, other, profile=LANE) == (Verdict.DENY, Reason.KEY_UNKNOWN)
    nameless = claim169(cose(cwt(_1=None)))
    assert answer_by(nameless, other, profile=LANE) == GRANTED


def test_card_is_valid_from_its_first_second_to_before_its_last() -> None:
    assert answer(TEXT, BEGINS - 1) == (Verdict.DENY, Reason.NOT_YET_VALID)
    assert answer(TEXT, BEGINS) == GRANTED
    assert answer(TEXT, ENDS - 1) == GRANTED
    assert answer(TEXT, ENDS) == (Verdict.DENY, Reason.CREDENTIAL_EXPIRED)


def test_card_without_dates_has_no_window() -> None:
    credential = read(cose(cwt(_4=None, _5=None, _6=None)))
    assert (credential.not_before, credential.expires_at) == (None, None)


@pytest.mark.parametrize(
    ("dates", "has_window"),
    [({}, True), ({"_4": None}, True), ({"_5": None}, True), ({"_4": None, "_5": None}, False)],
)
def test_card_without_any_date_says_that_no_window_was_looked_at(
    dates: dict[str, None], *, has_window: bool
) -> None:
    checks = judged_by(claim169(cose(cwt(**dates))), KEY, profile=LANE).verification.checks
    told = checks[CheckName.WINDOW.value - 1]
    assert isinstance(told, Passed if has_window else Skipped)


def test_card_that_names_no_place_has_no_status_though_its_key_has_lists() -> None:
    key = ed25519_key("claim169", status_lists=TEMPLATE)
    without = Skipped(name=CheckName.STATUS, why=NO_LISTS)
    for text, listed in ((TEXT, key), (TEXT, KEY)):
        judgement = judged_by(text, listed, profile=LANE, lists=(status_list(),))
        assert judgement.verification.checks[CheckName.STATUS.value - 1] == without


def test_holder_is_the_id_in_the_claim_and_else_the_sub() -> None:
    by_id = subject_of("claim169", b"id ID-0007")
    assert read(cose(cwt(_2="SUB-1"))).subject == by_id
    by_sub = subject_of("claim169", b"sub ID-0007")
    assert read(cose(cwt(_2="ID-0007", _169={4: "Holder Seven"}))).subject == by_sub
    assert by_sub != by_id, "one holder's id must not use up what is another's sub"


@pytest.mark.parametrize(("value", "reason"), [(0, None), (1, Reason.REVOKED)])
def test_status_is_asked_in_the_list_that_the_card_names(value: int, reason: Reason | None) -> None:
    text = claim169(cose(cwt(_65535={"status_list": {"idx": 5, "uri": LIST}})))
    held = status_list(name=LIST, octets=with_value(5, value))
    told = answer_by(text, KEY, profile=LANE, lists=(held,))
    assert told == (GRANTED if reason is None else (Verdict.DENY, reason))


def test_status_outside_the_list_that_the_card_names_is_refused() -> None:
    held = status_list(name=LIST, octets=bytes(4))  # 16 cards of two bits
    for index, told in (
        (0, GRANTED),
        (15, GRANTED),
        (16, (Verdict.DENY, Reason.STATUS_INDEX_OUTSIDE)),
    ):
        text = claim169(cose(cwt(_65535={"status_list": {"idx": index, "uri": LIST}})))
        assert answer_by(text, KEY, profile=LANE, lists=(held,)) == told


CLAIMS: list[object] = [
    [],
    "claims",
    {},
    cwt(_169=None),
    cwt(_169="ID-0007"),
    cwt(_169=[]),
    cwt(_169={}),  # nobody
    cwt(_169={4: "Holder Seven"}),
    cwt(_169={1: ""}, _2="SUB-1"),
    cwt(_169={1: 7}),
    cwt(_169={1: "\n"}),
    cwt(_169={}, _2=7),
    cwt(_1=""),
    cwt(_1=7),
    cwt(_1="city.example\n"),
    cwt(_3="reader.example"),
    cwt(_4="1900000000"),
    cwt(_4=-1),
    cwt(_5=True),
    cwt(_6="now"),
    cwt(_65535="valid"),
    cwt(_65535={}),
    cwt(_65535={"status_list": {"idx": 5}}),
    cwt(_65535={"status_list": {"idx": -1, "uri": LIST}}),
    cwt(_65535={"status_list": {"idx": True, "uri": LIST}}),
    cwt(_65535={"status_list": {"idx": "5", "uri": LIST}}),
    cwt(_65535={"status_list": {"idx": 5, "uri": ""}}),
    cwt(_65535={"identifier_list": {"id": b"5", "uri": LIST}}),
    cbor2.dumps(cwt()) + b"\0",
    b"\xa3\x01\x61a\x01\x61b\x18\xa9\xa1\x01\x61c",  # iss twice
    b"\xa1\x18\xa9\xa2\x01\x61a\x01\x61b",  # two ids
    b"\x81" * 100,
    b"\xff",
]


@pytest.mark.parametrize("claims", CLAIMS, ids=range(len(CLAIMS)))
def test_claims_that_make_no_card_are_refused_though_signed(claims: object) -> None:
    assert refusal(claim169(cose(claims))) is Reason.FORM_MALFORMED


def test_card_that_names_a_key_of_its_holder_is_refused_without_a_proof() -> None:
    assert refusal(claim169(cose(cwt(_8={1: {1: 1}})))) is Reason.HOLDER_PROOF_MISSING


@pytest.mark.parametrize("size", [0, 1, 63, 65, 70])
def test_signature_of_another_length_is_refused(size: int) -> None:
    """The public examples have an empty one: whoever overlooks it takes any text for a card."""
    assert refusal(claim169(cose(signature=bytes(size)))) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    "octets",
    [
        cose(tag=16),
        cose(tag=17),
        cbor2.dumps(cbor2.CBORTag(16, [b"\xa1\x01\x03", {5: bytes(12)}, bytes(200)])),
        cbor2.dumps(cbor2.CBORTag(17, [b"\xa1\x01\x05", {}, cbor2.dumps(cwt()), bytes(32)])),
        cose(header={}, unprotected={1: -8}),
        cose(header={1: -8, 2: [9], 9: 1}),
        cose() + b"\0",
        b"",
    ],
    ids=["tag-16", "tag-17", "encrypt0", "mac0", "alg-unsigned", "crit", "trailing", "empty"],
)
def test_what_is_no_signed_message_is_refused(octets: bytes) -> None:
    assert refusal(claim169(octets)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize("tag", [None, 18])
def test_message_with_and_without_its_tag_is_read(tag: int | None) -> None:
    assert answer(claim169(cose(tag=tag))) == GRANTED


@pytest.mark.parametrize("level", range(10))
def test_every_level_of_zlib_is_claimed_and_read(level: int) -> None:
    assert answer(claim169(level=level)) == GRANTED


def test_card_inflates_to_the_limit_and_not_one_octet_more() -> None:
    def padded(size: int) -> bytes:
        return cose(cwt(_169={1: "ID-0007", 10: "a" * size}))

    fitting = 60_000 + INFLATED_BYTES_MAX - len(padded(60_000))
    assert len(padded(fitting)) == INFLATED_BYTES_MAX
    assert answer(claim169(padded(fitting))) == GRANTED
    assert refusal(claim169(padded(fitting + 1))) is Reason.FORM_MALFORMED


def test_bombs_are_refused() -> None:
    for bomb in (bytes(2_000_000), b"\x81" * 2_000_000, b"\xa1\x01" * 30_000):
        text = claim169(bomb)
        assert len(text) <= TEXT_BYTES_MAX
        assert refusal(text) is Reason.FORM_MALFORMED


def test_text_is_read_to_the_longest_and_not_one_character_more() -> None:
    """Incompressible, as portraits are."""
    noise = b"".join(ISSUER.sign(bytes([n])).signature for n in range(44))
    for size in range(2_660, len(noise)):
        text = claim169(cose(cwt(_169={1: "ID-0007", 62: noise[:size]})))
        if len(text) == TEXT_BYTES_MAX:
            break
    assert len(text) == TEXT_BYTES_MAX
    assert answer(text) == GRANTED
    assert refusal(text + b"0") is Reason.PAYLOAD_LENGTH


def test_shortest_card_is_longer_than_what_is_claimed() -> None:
    shortest = claim169(cose({169: {1: "a"}}, tag=None))
    assert len(shortest) > TEXT_BYTES_MIN
    assert answer(shortest) == GRANTED


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + b"\n",
        lambda text: b" " + text,
        lambda text: text[:-1],
        lambda text: text + b"00",
        lambda text: text + b"000",
        lambda text: text.lower(),
        lambda text: text[:50] + b"!" + text[51:],
        lambda text: text[:60] + b":::" + text[63:],
        lambda text: text * 2,
    ],
)
def test_other_text_than_an_encoder_writes_is_refused(change: Callable[[bytes], bytes]) -> None:
    assert refusal(change(TEXT)) in (Reason.BASE45_MALFORMED, Reason.FORM_MALFORMED)


def test_every_single_bit_change_of_what_is_signed_is_refused() -> None:
    octets = cose()
    for bit in range(8 * len(octets)):
        altered = bytearray(octets)
        altered[bit // 8] ^= 1 << bit % 8
        assert answer(claim169(bytes(altered)))[0] is Verdict.DENY


def test_every_truncation_is_refused() -> None:
    octets = cose()
    assert all(answer(TEXT[:size])[0] is Verdict.DENY for size in range(len(TEXT)))
    for size in range(len(octets)):
        assert answer(claim169(octets[:size]))[0] is Verdict.DENY


@given(place=st.integers(0, 160), cut=st.integers(0, 8), put=st.binary(max_size=8))
def test_card_with_a_piece_replaced_is_never_granted(place: int, cut: int, put: bytes) -> None:
    octets = cose()
    altered = octets[:place] + put + octets[place + cut :]
    told = answer(claim169(altered))[0]
    if told is Verdict.GRANT:  # the tag and the unprotected header are not signed
        assert altered[-200:].endswith(octets[-64:])
        assert read(altered).issued == read(octets).issued
