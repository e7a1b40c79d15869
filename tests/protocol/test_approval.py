from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.approval import (
    AMOUNT_MAX,
    REQUEST_OCTETS_MAX,
    Approval,
    ApprovalMalformed,
    ApprovalRequest,
    Word,
    approval_octets,
    read_approval,
    read_approval_request,
)
from protocol.keys import SigningKey
from tests.support.cards import NOW
from tests.support.trust import COMMAND, COMMAND_KEY, STATUS, STATUS_KEY, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.profile import EntryType

KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY, STATUS_KEY)
REQUEST = ApprovalRequest(
    key="k" * 16,
    at=UnixSeconds(NOW),
    lane="counter-1",
    entry_type=EntryType.SALE,
    sector="sector-1",
    pseudonym="0" * 32,
    presentation="f" * 32,
    amount_minor=1_250,
    currency="CNY",
)
APPROVAL = Approval(
    terminal="terminal-0007",
    key=REQUEST.key,
    asked=sha256(REQUEST.octets()).digest(),
    word=Word.APPROVE,
    reason=None,
    date=UnixSeconds(NOW),
)
DECLINED = replace(APPROVAL, word=Word.DECLINE, reason="day-limit")


def read(
    octets: bytes, *, terminal: str = "terminal-0007", of: ApprovalRequest = REQUEST
) -> object:
    return read_approval(octets, KEYS, terminal=terminal, request=of, now=UnixSeconds(NOW))


@pytest.mark.parametrize("approval", [APPROVAL, DECLINED])
def test_word_round_trips(approval: Approval) -> None:
    assert read(approval_octets(approval, KEY)) == approval


def test_word_on_another_event_or_for_another_terminal_is_none() -> None:
    octets = approval_octets(APPROVAL, KEY)
    others = [replace(REQUEST, amount_minor=1_251), replace(REQUEST, key="j" * 16)]
    for other in others:
        with pytest.raises(TrustError, match="another event"):
            read(octets, of=other)
    with pytest.raises(TrustError, match="another terminal"):
        read(octets, terminal="terminal-0008")


def test_word_that_no_command_key_gave_is_none() -> None:
    with pytest.raises(TrustError, match="no trusted key of role command"):
        read(approval_octets(APPROVAL, SigningKey(bytes(STATUS))))
    for place in range(0, len(approval_octets(DECLINED, KEY)), 5):
        octets = bytearray(approval_octets(DECLINED, KEY))
        octets[place] ^= 1
        with pytest.raises(TrustError):
            read(bytes(octets))


@pytest.mark.parametrize(
    "approval", [replace(APPROVAL, reason="day-limit"), replace(DECLINED, reason=None)]
)
def test_word_and_reason_go_together(approval: Approval) -> None:
    with pytest.raises(TrustError, match="lacks a member"):
        read(approval_octets(approval, KEY))


def test_question_round_trips() -> None:
    assert read_approval_request(REQUEST.octets()) == REQUEST
    edges = replace(
        REQUEST, key="_" * 64, amount_minor=AMOUNT_MAX, lane="l" * 64, at=UnixSeconds(0)
    )
    assert read_approval_request(edges.octets()) == edges


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "k" * 15),
        ("key", "k" * 65),
        ("key", "k" * 15 + "\n"),
        ("at", -1),
        ("at", 1 << 63),
        ("lane", ""),
        ("lane", "a\0b"),
        ("lane", "l" * 65),
        ("sector", "a b"),
        ("pseudonym", "0" * 31),
        ("presentation", "F" * 32),
        ("amount_minor", -1),
        ("amount_minor", AMOUNT_MAX + 1),
        ("currency", "cny"),
        ("currency", "CNYX"),
    ],
)
def test_question_out_of_form_is_refused(name: str, value: object) -> None:
    odd = replace(REQUEST, **{name: value})  # type: ignore[arg-type]  # out of form, on purpose
    with pytest.raises(ApprovalMalformed, match=name):
        read_approval_request(odd.octets())


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"sale"', b'"bogus"'),
        (b'"amount_minor":1250', b'"amount_minor":true'),
        (b'"amount_minor":1250', b'"amount_minor":1250.0'),
        (b"}", b',"more":1}'),
        (b'"lane":"counter-1",', b""),
        (b'"counter-1"', b'"\\ud800"'),
    ],
)
def test_question_of_other_members_is_refused(was: bytes, becomes: bytes) -> None:
    with pytest.raises(ApprovalMalformed):
        read_approval_request(REQUEST.octets().replace(was, becomes, 1))


@given(st.binary(max_size=REQUEST_OCTETS_MAX + 10))
def test_noise_is_no_question(octets: bytes) -> None:
    with pytest.raises(ApprovalMalformed):
        read_approval_request(octets)


def test_question_that_is_too_long_is_not_read() -> None:
    assert len(REQUEST.octets().ljust(REQUEST_OCTETS_MAX)) == REQUEST_OCTETS_MAX
    with pytest.raises(ApprovalMalformed, match="missing"):
        read_approval_request(REQUEST.octets().ljust(REQUEST_OCTETS_MAX + 1))
