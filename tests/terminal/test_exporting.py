"""Cells of the table; the command itself stands in test_commands.py."""

from dataclasses import replace

import pytest

from protocol.journal import read_line
from terminal.commands.exporting import COLUMNS, Selection, cell
from verifier.profile import EntryType


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
)  # full width
def test_no_text_becomes_a_formula(first: str) -> None:
    assert cell(f"{first}cmd|'/c calc'!A1") == f"'{first}cmd|'/c calc'!A1"


@pytest.mark.parametrize("text", ["", "gate-1", "柜台-2", "'=1", "a=1", "1-2"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_numbers_stay_numbers_and_the_rest_is_json() -> None:
    assert cell(-7) == -7
    assert cell(None) is None
    assert cell(value=True) == "true"
    assert cell({"keys": None, "status": 60}) == '{"keys":null,"status":60}'
    assert cell([["柜台", 1]]) == '[["柜台",1]]'


def test_columns_are_those_of_the_first_version_and_new_ones_at_the_end() -> None:
    assert COLUMNS[:16] == (
        "epoch", "seq", "at", "clock", "lane", "type", "profile", "sector", "pseudonym",
        "presentation", "iat", "verdict", "reason", "ages", "since", "counts",
    )  # fmt: skip
    assert len(set(COLUMNS)) == len(COLUMNS)


LINE = b'{"epoch":1,"seq":7,"at":1800000000,"clock":"trusted","lane":"gate-1","type":"passage"}'
ALL = Selection(since=None, until=None, lane=None, entry_type=None)


@pytest.mark.parametrize(
    ("chosen", "is_taken"),
    [
        ({}, True),
        ({"since": 1_800_000_000}, True),
        ({"since": 1_800_000_001}, False),
        ({"until": 1_800_000_000}, False),
        ({"until": 1_800_000_001}, True),
        ({"lane": "gate-1"}, True),
        ({"lane": "gate"}, False),
        ({"entry_type": EntryType.PASSAGE}, True),
        ({"entry_type": EntryType.SALE}, False),
        ({"lane": "gate-1", "entry_type": EntryType.SALE}, False),
    ],
)
def test_a_selection_takes_from_since_on_and_before_until(
    chosen: dict[str, object], *, is_taken: bool
) -> None:
    wanted = replace(ALL, **chosen)  # type: ignore[arg-type]  # by name
    assert wanted.takes(read_line(LINE)) is is_taken
    assert wanted.is_all() is (not chosen)
