"""The catalogue is whole, and the page shows it as it is."""

import re
from dataclasses import astuple
from pathlib import Path

import pytest

from terminal.wording.words import Words, holder_words, idle_words, words_for
from verifier.model import Verdict
from verifier.profile import Phrase, Texts
from verifier.reasons import Reason

OWN = Phrase(zh="请到三号窗口", en="Please go to counter three")
REFUSED = (Verdict.REFER, Verdict.DENY)


def _row(words: Words) -> str:
    texts = astuple(words)
    return " | ".join(f"{zh}<br>{en}" for zh, en in zip(texts[::2], texts[1::2], strict=True))


@pytest.mark.parametrize("reason", list(Reason))
def test_page_tells_each_reason_in_the_programs_words(reason: Reason, docs: Path) -> None:
    page = (docs / "reasons.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows[reason.value] == _row(words_for(reason))


def test_referred_and_refused_hear_the_reasons_words() -> None:
    for verdict in REFUSED:
        words = holder_words(verdict, Reason.STATIC_CODE, None)
        assert words.en == words_for(Reason.STATIC_CODE).holder_en
        assert words.zh == words_for(Reason.STATIC_CODE).holder_zh


def test_profiles_own_words_stand_in_place_of_the_usual_ones_for_their_verdict_alone() -> None:
    assert holder_words(Verdict.GRANT, None, Texts(granted=OWN)) == OWN
    assert holder_words(Verdict.REFER, Reason.STATIC_CODE, Texts(referred=OWN)) == OWN
    assert holder_words(Verdict.DENY, Reason.REVOKED, Texts(refused=OWN)) == OWN
    assert holder_words(Verdict.DENY, Reason.REVOKED, Texts(granted=OWN, referred=OWN)) != OWN
    assert idle_words(Texts(idle=OWN)) == OWN
    assert idle_words(Texts(granted=OWN)) == idle_words(None)


def test_grant_is_told_what_to_do_too() -> None:
    told = holder_words(Verdict.GRANT, None, None)
    assert told.zh.startswith("请")
    assert told.en.startswith("Please")


def test_forger_hears_the_same_of_a_decision_without_a_reason() -> None:
    form = holder_words(Verdict.DENY, Reason.FORM_MALFORMED, None)
    assert holder_words(Verdict.DENY, None, None) == form
    assert holder_words(Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG, None) == form
