import json
from dataclasses import replace
from typing import Any

import pytest

from protocol.query import (
    ANSWER_OCTETS_MAX,
    PAYMENTS_MAX,
    Payment,
    QueryMalformed,
    SubsidyQuery,
    query_answer_octets,
    read_query_answer,
    read_subsidy_query,
    total_of,
)
from tests.support.approver import COMMAND_KEY as SECRET
from tests.support.cards import NOW
from tests.support.trust import COMMAND_KEY, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.profile import Phrase

QUERY = SubsidyQuery(
    key="k" * 16, at=UnixSeconds(NOW), lane="kiosk-1", sector="s-1", pseudonym="ab" * 16
)
PAYMENT = Payment(
    on="2026-10-15", what=Phrase(zh="津贴", en="Aid"), amount_minor=50_000, currency="CNY"
)
KEYS = table(COMMAND_KEY)


def answer(*paid: Payment, terminal: str = "gate-7", query: SubsidyQuery = QUERY) -> bytes:
    now = UnixSeconds(NOW)
    return query_answer_octets(terminal, query.octets(), paid, date=now, key=SECRET)


def read(octets: bytes, query: SubsidyQuery = QUERY) -> tuple[Payment, ...]:
    return read_query_answer(octets, KEYS, terminal="gate-7", query=query, now=UnixSeconds(NOW))


def test_question_and_answer_are_read_as_they_were_written() -> None:
    assert read_subsidy_query(QUERY.octets()) == QUERY
    assert read(answer(PAYMENT)) == (PAYMENT,)
    assert read(answer()) == ()


def test_answer_to_something_else_is_none() -> None:
    with pytest.raises(TrustError, match="another"):
        read(answer(PAYMENT, terminal="gate-8"))
    with pytest.raises(TrustError, match="another"):
        read(answer(PAYMENT), replace(QUERY, pseudonym="cd" * 16))


def test_answer_that_was_changed_or_signed_by_nobody_is_none() -> None:
    with pytest.raises(TrustError):
        read(answer(PAYMENT).replace(b"50000", b"90000"))
    with pytest.raises(TrustError):
        read_query_answer(answer(PAYMENT), {}, terminal="gate-7", query=QUERY, now=UnixSeconds(NOW))


def test_longest_answer_is_read_and_one_payment_more_is_not() -> None:
    longest = replace(PAYMENT, what=Phrase(zh="津" * 60, en="津" * 60))
    octets = answer(*[longest] * PAYMENTS_MAX)
    assert len(octets) <= ANSWER_OCTETS_MAX
    assert len(read(octets)) == PAYMENTS_MAX
    with pytest.raises(TrustError, match="one too many"):
        read(answer(*[PAYMENT] * (PAYMENTS_MAX + 1)))


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "short"},
        {"query": "pension"},
        {"at": -1},
        {"at": True},
        {"lane": "no lane"},
        {"pseudonym": "AB" * 16},
        {"more": 1},
        {"sector": None},
    ],
)
def test_question_out_of_form_is_refused(changes: dict[str, Any]) -> None:
    octets = json.dumps(json.loads(QUERY.octets()) | changes).encode()
    with pytest.raises(QueryMalformed):
        read_subsidy_query(octets)


@pytest.mark.parametrize("noise", [b"", b"[]", b"{", b"[" * 1_000, b" " * 1_025])
def test_noise_is_no_question(noise: bytes) -> None:
    with pytest.raises(QueryMalformed):
        read_subsidy_query(noise)


@pytest.mark.parametrize(
    "changes",
    [
        {"on": "2026-13-01"},
        {"on": "15.10.2026"},
        {"what": Phrase(zh="", en="x")},
        {"what": Phrase(zh="x\n", en="x")},
        {"what": Phrase(zh="x" * 61, en="x")},
        {"amount_minor": -1},
        {"currency": "cny"},
    ],
)
def test_payment_out_of_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        replace(PAYMENT, **changes)


def test_sum_is_of_one_currency() -> None:
    assert total_of((PAYMENT, PAYMENT)) == 100_000
    assert total_of((PAYMENT, replace(PAYMENT, currency="HKD"))) is None
    assert total_of(()) == 0
