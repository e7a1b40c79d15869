from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import holder_part, issuer_part, text
from tests.support.trust import GATE, LANE, answer, judged, world
from verifier.errors import MalformedPayload
from verifier.formats.cc1 import CC1
from verifier.model import CheckName, Credential, Failed, Skipped, Verdict
from verifier.pipeline import PAYLOAD_BYTES_MAX, judge, parse
from verifier.reasons import Reason

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LAX = replace(
    GATE, status_unknown=Verdict.GRANT, status_expired=Verdict.GRANT, clock_untrusted=Verdict.GRANT
)


class Greedy:
    """A second family that claims everything, as a careless one would."""

    name = "greedy"

    def claims(self, payload: bytes) -> bool:
        return bool(payload)

    def parse(self, payload: bytes) -> Credential:
        return CC1().parse(payload)


@given(st.binary(max_size=600))
def test_noise_never_raises_and_is_never_granted(noise: bytes) -> None:
    for payload in (noise, b"CC1:" + noise, text(noise)):
        verdict, reason = answer(payload, profile=LAX)
        assert verdict is Verdict.DENY
        assert reason is not None


@given(st.text(ALPHABET, max_size=400))
def test_noise_of_the_right_characters_never_raises_and_is_never_granted(noise: str) -> None:
    assert answer(b"CC1:" + noise.encode(), profile=LAX)[0] is Verdict.DENY


@given(
    code=st.sampled_from([issuer_part(), holder_part()]),
    place=st.integers(0, 250),
    cut=st.integers(0, 8),
    put=st.binary(max_size=8),
)
def test_valid_code_with_a_piece_replaced_is_never_granted(
    code: bytes, place: int, cut: int, put: bytes
) -> None:
    altered = code[:place] + put + code[place + cut :]
    verdict, _ = answer(text(altered), profile=LAX)
    assert (verdict is Verdict.GRANT) is (altered == code)


@pytest.mark.parametrize("payload", [b"", b"1" * (PAYLOAD_BYTES_MAX + 1)])
def test_no_payload_and_one_over_the_limit_are_refused_by_length(payload: bytes) -> None:
    assert answer(payload) == (Verdict.DENY, Reason.PAYLOAD_LENGTH)


@pytest.mark.parametrize(
    "payload",
    [b"1" * PAYLOAD_BYTES_MAX, b"HC2:6BF", b"cc1:", b"CC1", b" CC1:", b"]Q1CC1:", b"CC1Q:a:00"],
    ids=lambda payload: payload[:9].decode(),
)
def test_text_of_no_family_is_refused(payload: bytes) -> None:
    assert answer(payload) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)


def test_text_that_two_families_claim_is_refused() -> None:
    payload = text(issuer_part())
    judgement = judge(
        payload, profile=GATE, lane=LANE, known=world(), formats=iter([CC1(), Greedy()])
    )
    assert judgement.decision.reason is Reason.FORMAT_UNKNOWN
    for claimed in (payload, b"13" + b"7" * 16):  # a payment code is told so where nobody claims it
        with pytest.raises(MalformedPayload) as caught:
            parse(claimed, [Greedy(), Greedy()])
        assert caught.value.reason is Reason.FORMAT_UNKNOWN
    assert parse(payload, [Greedy()]).format == "cc1"


def test_malformed_code_fails_the_first_check_and_skips_all_others() -> None:
    verification = judged(b"CC1:").verification
    assert verification.checks[0] == Failed(name=CheckName.FORM, reason=Reason.FORM_MALFORMED)
    names = [check.name for check in verification.checks[1:] if isinstance(check, Skipped)]
    assert names == list(CheckName)[1:]
    assert (verification.credential, verification.issuer) == (None, None)
    assert (verification.ages.keys_s, verification.ages.status_s) == (None, None)


def test_replay_is_told_as_skipped_and_by_whom() -> None:
    payload = text(holder_part())
    told = judge(payload, profile=GATE, lane=LANE, known=world(), replay="an audit").verification
    assert told.checks[-1] == Skipped(name=CheckName.REPLAY, why="an audit")
    assert judged(payload).verification.checks[-1].name is CheckName.REPLAY
