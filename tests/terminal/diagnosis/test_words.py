"""The catalogue is whole, and the page shows it as it is."""

import re
from dataclasses import astuple
from pathlib import Path

import pytest

from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.registry import CHECKS, SETTINGS, diagnose
from terminal.diagnosis.words import Language, Words, all_words, cause_of, remedy_of, words_for

CODES = {SETTINGS, *(code for check in CHECKS for code in check.codes)}


def _row(words: Words) -> str:
    texts = astuple(words)
    return " | ".join(f"{zh}<br>{en}" for zh, en in zip(texts[::2], texts[1::2], strict=True))


@pytest.mark.parametrize("code", sorted(all_words()))
def test_page_tells_each_check_in_the_programs_words(code: str, docs: Path) -> None:
    page = (docs / "doctor.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows[code] == _row(words_for(code))


def test_every_code_of_a_check_has_words_and_all_words_a_check() -> None:
    assert set(all_words()) >= CODES
    assert all(code.startswith("scanner.") for code in set(all_words()) - CODES)


@pytest.mark.parametrize(
    "found", [warn("clock.free", "clock", "w", "r"), fail("disk.free", "d", "w", "")]
)
def test_cause_and_remedy_are_told_in_both_languages(found: Finding) -> None:
    for language in Language:
        assert cause_of(found, language)
        assert remedy_of(found, language)
    assert cause_of(found, Language.ZH) != cause_of(found, Language.EN)


def test_what_is_well_needs_no_remedy() -> None:
    well = ok("disk.free", "disk", "there is room")
    assert [cause_of(well, Language.EN), remedy_of(well, Language.ZH)] == ["", ""]


def test_remedy_for_just_this_finding_comes_before_that_for_its_kind() -> None:
    own = fail("disk.free", "disk", "full", "move the state folder")
    assert remedy_of(own, Language.EN) == "move the state folder"
    assert remedy_of(own, Language.ZH) == words_for("disk.free").remedy_zh


def test_code_that_no_check_has_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no check"):
        words_for("disk.colour")


def test_settings_that_can_not_be_read_are_the_only_finding(tmp_path: Path) -> None:
    (found,) = diagnose(tmp_path / "gone.toml")
    assert (found.code, found.level) == (SETTINGS, "fail")


def test_no_word_breaks_the_pages_table() -> None:
    for code, words in all_words().items():
        assert not {"|", "\n"} & set("".join(astuple(words))), code
