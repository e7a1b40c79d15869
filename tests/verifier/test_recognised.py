"""Codes of other services. All texts here are made up; none was ever anybody's."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import holder_part, issuer_part, text
from tests.support.families import shc
from tests.support.foreign import dcc
from tests.support.trust import GATE, answer, judged, world
from verifier.formats import BUILT_IN
from verifier.formats.recognised import RECOGNISED
from verifier.model import CheckName, Credential, Failed, Verdict
from verifier.pipeline import judge
from verifier.reasons import Reason
from verifier.verify import NOT_REACHED

ID = b"0123456789abcdef" * 4
CITY = b"https://s.sh.gov.cn/"
UNKNOWN, PAYMENT, HEALTH = Reason.FORMAT_UNKNOWN, Reason.PAYMENT_CODE, Reason.E_HEALTH_CODE
TRANSIT, FOREIGN = Reason.TRANSIT_CODE, Reason.FOREIGN_CITY_CODE


def digits(beginning: str, count: int) -> bytes:
    return beginning.ljust(count, "7").encode()


def two_tier(
    own: int = 0, *, version: int = 0x80, length: int | None = None, certificate: int = 0x24
) -> bytes:
    """Return a two-tier transit code with `own` octets of the operator's, its fields all 07."""
    body = bytes((certificate,)) + b"\x07" * (328 + own)
    declared = len(body) if length is None else length
    return bytes((version,)) + declared.to_bytes(2, "big") + body


def claimants(payload: bytes) -> list[str]:
    return [each.name for each in RECOGNISED if each.claims(payload)]


def reason_of(payload: bytes) -> Reason | None:
    verdict, reason = answer(payload)
    assert verdict is Verdict.DENY
    return reason


@pytest.mark.parametrize(
    ("beginning", "count", "reason"),
    [
        *(("10", count, PAYMENT if count == 18 else UNKNOWN) for count in (17, 18, 19)),
        *((first, 18, PAYMENT) for first in ("11", "12", "13", "14", "15")),
        *((first, 18, UNKNOWN) for first in ("09", "16", "01")),
        *(("25", count, PAYMENT) for count in (16, 17, 18, 19, 23, 24)),
        *(("30", count, PAYMENT) for count in (16, 24)),
        *((first, count, UNKNOWN) for first in ("25", "30") for count in (15, 25)),
        *((first, 20, UNKNOWN) for first in ("24", "31", "20", "35")),
        *(("62", count, PAYMENT if count == 19 else UNKNOWN) for count in (18, 19, 20)),
        *((first, 19, UNKNOWN) for first in ("61", "63", "60")),
    ],
)
def test_payment_code_is_told_by_its_beginning_and_its_digits(
    beginning: str, count: int, reason: Reason
) -> None:
    assert reason_of(digits(beginning, count)) is reason


@pytest.mark.parametrize(
    "payload",
    [
        b" " + digits("13", 18),
        digits("13", 18) + b" ",
        digits("13", 18) + b"\n",
        digits("13", 17) + b"A",
        "13".ljust(18, "\u0667").encode(),  # digits, of another script
        digits("13", 18) * 2,
    ],
)
def test_digits_with_anything_about_them_are_no_payment_code(payload: bytes) -> None:
    assert reason_of(payload) is UNKNOWN


@pytest.mark.parametrize(
    "tail", [b":0", b":1", b":12", b":1:1", b":0:1800000000", b":0:" + b"2" * 14]
)
@pytest.mark.parametrize("holder", [ID, ID.upper()])
def test_e_health_code_is_its_id_its_type_and_perhaps_a_time(holder: bytes, tail: bytes) -> None:
    assert reason_of(holder + tail) is HEALTH


@pytest.mark.parametrize(
    "payload",
    [
        ID,
        ID + b":",
        ID + b":123",
        ID + b":x",
        ID + b":1:",
        ID + b":1:" + b"2" * 15,
        ID + b":1:2:3",
        ID + b":1\n",
        ID[1:] + b":1",
        ID + b"0:1",
        ID[1:] + b"g:1",
        b" " + ID + b":1",
    ],
)
def test_what_is_no_id_type_and_time_is_no_e_health_code(payload: bytes) -> None:
    assert reason_of(payload) is UNKNOWN


@pytest.mark.parametrize("own", [0, 1, 2, 31, 32])
@pytest.mark.parametrize("version", [0x80, 0x81])
def test_two_tier_transit_code_is_known_as_octets_and_as_text(own: int, version: int) -> None:
    code = two_tier(own, version=version)
    assert len(code) == 332 + own
    padded = base64.b64encode(code)
    url = base64.urlsafe_b64encode(code)
    texts = [code, code.hex().encode(), code.hex().upper().encode(), padded, url]
    for payload in [*texts, padded.rstrip(b"="), url.rstrip(b"=")]:
        assert reason_of(payload) is TRANSIT


def test_either_order_of_the_length_is_taken() -> None:
    assert reason_of(two_tier(length=0x4901)) is TRANSIT


@pytest.mark.parametrize(
    "code",
    [
        two_tier(-1),
        two_tier(33),
        two_tier(version=0x7F),
        two_tier(version=0x82),
        two_tier(length=328),
        two_tier(length=330),
        two_tier(length=332),
        two_tier(certificate=0x23),
        two_tier(certificate=0x25),
        two_tier() + b"\x00",
        two_tier()[:-1],
        b"\x80",
    ],
)
def test_octets_of_another_measure_are_no_transit_code_in_any_form(code: bytes) -> None:
    for payload in (code, code.hex().encode(), base64.b64encode(code)):
        assert reason_of(payload) is UNKNOWN


@pytest.mark.parametrize(
    "payload",
    [
        two_tier().hex().encode()[:-1],
        two_tier().hex().encode() + b" ",
        base64.b64encode(two_tier()) + b"==",
        base64.b64encode(two_tier(1)).rstrip(b"=") + b"A",  # no octets have such a length
        base64.b64encode(two_tier())[:-2] + b"*=",
    ],
)
def test_text_that_stands_for_no_octets_is_no_transit_code(payload: bytes) -> None:
    assert reason_of(payload) is UNKNOWN


def test_metro_code_is_told_by_its_beginning() -> None:
    assert reason_of(b"SHSTMETRO") is TRANSIT
    assert reason_of(b"SHSTMETRO\x00\xff" + b"7" * 200) is TRANSIT
    for payload in (b"SHSTMETR", b"SHSTMETRA7", b"shstmetro7", b" SHSTMETRO7"):
        assert reason_of(payload) is UNKNOWN


@pytest.mark.parametrize("tail", [b"0001A##", b"0428AZaz09-_##", b"9999Ab==##"])
def test_foreign_city_code_is_its_address_a_length_and_a_text(tail: bytes) -> None:
    assert reason_of(CITY + tail) is FOREIGN


@pytest.mark.parametrize(
    "payload",
    [
        CITY,
        CITY + b"##",
        CITY + b"0001##",
        CITY + b"001A##",
        CITY + b"00010A",
        CITY + b"00010A#",
        CITY + b"00010A###",
        CITY + b"00010A##\n",
        CITY + b"00010A+/##",
        CITY + b"00010A===##",
        CITY + b"help?page=1##",
        CITY.replace(b"https", b"http") + b"00010A##",
        CITY.replace(b"s.sh", b"sxsh") + b"00010A##",
    ],
)
def test_other_addresses_of_that_city_are_addresses(payload: bytes) -> None:
    assert reason_of(payload) is UNKNOWN


SAMPLES = {
    PAYMENT: digits("13", 18),
    HEALTH: ID + b":1",
    TRANSIT: two_tier(),
    FOREIGN: CITY + b"0428AZaz09-_##",
}


@pytest.mark.parametrize("reason", SAMPLES)
def test_recognised_code_is_refused_and_nothing_of_it_is_kept(reason: Reason) -> None:
    facts = judged(SAMPLES[reason]).verification
    assert facts.checks == (Failed(name=CheckName.FORM, reason=reason), *NOT_REACHED[1:])
    assert (facts.credential, facts.issuer, facts.capabilities) == (None, None, 0)


def test_every_kind_has_its_reason_and_none_is_anothers() -> None:
    assert [each.reason for each in RECOGNISED] == list(SAMPLES)
    assert len({each.name for each in RECOGNISED}) == len(RECOGNISED)
    assert all(each.reason.names_nobody for each in RECOGNISED)


@pytest.mark.parametrize(
    "payload",
    [
        text(issuer_part()),
        text(holder_part()),
        dcc(),
        shc(),
        b"https://menu.example/today",
        b"CC1Q:gate-1:0011223344556677",
        b"WIFI:S:guest;T:nopass;;",
        b"4006381333931",
        b"13800000000",
        b"310101190001010017",  # eighteen digits, as of an identity card
        b"",
    ],
    ids=lambda payload: payload[:12].decode(),
)
def test_other_codes_are_not_recognised(payload: bytes) -> None:
    assert claimants(payload) == []


class Brought:
    """A city's own family for a kind that is otherwise only recognised."""

    name = "brought"

    def claims(self, payload: bytes) -> bool:
        return payload.startswith(CITY)

    def parse(self, payload: bytes) -> Credential:
        del payload
        raise AssertionError("the profile does not take it")


def test_family_is_asked_before_a_recogniser() -> None:
    known, code = world(), SAMPLES[FOREIGN]
    judgement = judge(code, profile=GATE, lane=None, known=known, formats=[Brought()])
    assert judgement.decision.reason is Reason.FORMAT_NOT_FOR_LANE


LIKELY = st.one_of(
    st.from_regex(rb"\A[0-9]{14,26}\Z"),
    st.from_regex(rb"\A[0-9A-Fa-f]{64}:[0-9:]{0,18}\Z"),
    st.from_regex(rb"\Ahttps://s\.sh\.gov\.cn/[0-9]{4}[A-Za-z0-9_=#-]{0,40}\Z"),
    st.binary(max_size=80).map(lambda rest: b"SHSTMETRO" + rest),
    st.builds(two_tier, st.integers(-2, 34), version=st.integers(0x7F, 0x82)),
    st.builds(two_tier, st.integers(-2, 34)).map(lambda code: code.hex().encode()),
    st.builds(two_tier, st.integers(-2, 34)).map(base64.b64encode),
)


@given(st.one_of(st.binary(max_size=800), LIKELY))
def test_no_text_is_of_two_kinds_and_none_raises(payload: bytes) -> None:
    assert len(claimants(payload)) <= 1


@given(LIKELY)
def test_what_is_recognised_is_of_no_built_in_family(payload: bytes) -> None:
    if claimants(payload):
        assert [family.name for family in BUILT_IN if family.claims(payload)] == []


@given(st.one_of(st.binary(max_size=800), LIKELY), st.binary(max_size=8), st.integers(0, 800))
def test_octets_put_anywhere_make_no_recogniser_raise(
    payload: bytes, put: bytes, place: int
) -> None:
    assert len(claimants(payload[:place] + put + payload[place:])) <= 1
