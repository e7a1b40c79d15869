import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.journal import Draft, PresentationRecord
from terminal.answer_form import (
    FIELDS,
    JSON,
    TEMPLATE_CHARACTERS_MAX,
    CardForm,
    JsonForm,
    TextForm,
)
from terminal.presenting import Outcome
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

PSEUDONYM = "000a0d7f" + "ab" * 12
NOW = UnixSeconds(1_790_000_000)


def written(verdict: Verdict = Verdict.GRANT) -> Draft:
    record = PresentationRecord(
        entry_type=EntryType.SALE,
        profile="counter",
        sector="0011223344556677",
        pseudonym=PSEUDONYM,
        presentation="cd" * 16,
        iat=NOW,
        verdict=verdict,
        reason=None if verdict is Verdict.GRANT else Reason.REVOKED,
        ages={},
    )
    return Draft(at=NOW, clock=ClockQuality.TRUSTED, lane="till-1", record=record)


GRANTED = Outcome(
    verdict=Verdict.GRANT,
    reason=None,
    seq=2345,
    ms=31,
    epoch=2,
    amount_minor=1250,
    currency="CNY",
    key="sale-0000000000000001",
    written=written(),
)
REFUSED = Outcome(verdict=Verdict.DENY, reason=Reason.FORM_MALFORMED, seq=None, ms=4)


def text(template: str, outcome: Outcome = GRANTED, *, is_grant_alone: bool = False) -> str | None:
    form = TextForm(template=template, is_grant_alone=is_grant_alone)
    line = form.line(outcome, lane="till-1", epoch=2)
    return None if line is None else line.decode()


def test_json_is_what_the_outcome_says_of_itself() -> None:
    line = JSON.line(GRANTED, lane="till-1", epoch=2)
    assert line == GRANTED.answer(lane="till-1", epoch=2)
    assert json.loads(line)["verdict"] == "grant"
    assert JSON.shows_challenges


def test_a_text_is_the_template_filled_in() -> None:
    assert text("{verdict};{reason};{card};{amount}") == f"grant;;{PSEUDONYM};1250"
    assert text("{lane} {entry} {currency} {key} {ms}") == (
        "till-1 2-2345 CNY sale-0000000000000001 31"
    )
    assert text("通行 {{{verdict}}}") == "通行 {grant}"


def test_a_field_that_the_outcome_does_not_have_is_empty() -> None:
    every = "|".join(f"{{{name}}}" for name in FIELDS)
    assert text(every, REFUSED) == f"deny|{Reason.FORM_MALFORMED.value}|||||till-1||4"


def test_grants_alone_are_told_where_that_is_set() -> None:
    referred = replace(GRANTED, verdict=Verdict.REFER, reason=Reason.SUSPENDED)
    assert text("{verdict}", is_grant_alone=True) == "grant"
    for outcome in (referred, REFUSED):
        assert text("{verdict}", outcome, is_grant_alone=True) is None
        assert JsonForm(is_grant_alone=True).line(outcome, lane="till-1", epoch=2) is None
        assert text("{verdict}", outcome) is not None


def test_a_field_that_there_is_none_of_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no field \{account\}; there are verdict, reason, card"):
        TextForm(template="{verdict};{account}")


@pytest.mark.parametrize(
    "template",
    [
        "",
        "x" * (TEMPLATE_CHARACTERS_MAX + 1),
        "{verdict}\n",
        "{verdict}\r{card}",
        "\x1b{card}",
        "{verdict",
        "verdict}",
        "{}",
        "{0}",
        "{verdict!r}",
        "{amount:>999999}",
        "{verdict.__class__}",
        "{card[0]}",
        "{amount:{ms}}",
    ],
)
def test_a_template_that_is_more_than_text_and_fields_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="template"):
        TextForm(template=template)


def test_the_longest_template_is_taken() -> None:
    assert text("x" * TEMPLATE_CHARACTERS_MAX) == "x" * TEMPLATE_CHARACTERS_MAX


@given(st.text(), st.text())
def test_no_field_ends_a_line_or_presses_a_key_of_its_own(currency: str, key: str) -> None:
    line = text("{currency};{key}", replace(GRANTED, currency=currency, key=key))
    assert line is not None
    assert all(" " <= letter <= "~" for letter in line)


def test_a_controller_gets_the_first_octets_of_the_card_and_of_grants_alone() -> None:
    form = CardForm(octets=8)
    assert form.line(GRANTED, lane="gate-1", epoch=2) == PSEUDONYM[:16].encode()
    assert CardForm(octets=16).line(GRANTED, lane="gate-1", epoch=2) == PSEUDONYM.encode()
    assert CardForm(octets=1).line(GRANTED, lane="gate-1", epoch=2) == b"00"
    for verdict in (Verdict.DENY, Verdict.REFER):
        outcome = replace(GRANTED, verdict=verdict, written=written(verdict))
        assert form.line(outcome, lane="gate-1", epoch=2) is None
    assert form.line(replace(GRANTED, written=None), lane="gate-1", epoch=2) is None


@pytest.mark.parametrize("octets", [0, 17])
def test_a_card_has_no_more_octets_than_a_pseudonym(octets: int) -> None:
    with pytest.raises(ValueError, match="16 octets"):
        CardForm(octets=octets)


def test_only_json_has_a_form_for_challenges() -> None:
    assert not TextForm(template="{card}").shows_challenges
    assert not CardForm(octets=8).shows_challenges
