"""Cells of the table; the command itself stands in test_commands.py."""

import json
from dataclasses import replace

import pytest

from protocol.journal import (
    Draft,
    PresentationRecord,
    Record,
    RefusalsRecord,
    line_of,
    read_line,
)
from protocol.sealed import Sealed
from protocol.use import AnnulRecord, Cause, NoteKind, NoteRecord, Place, Use
from terminal.commands.exporting import COLUMNS, Selection, cell
from terminal.commands.journals import told
from verifier.clock import ClockQuality
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason


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


def drafted(record: Record) -> Draft:
    return Draft(at=UnixSeconds(1), clock=ClockQuality.TRUSTED, lane="pool-in", record=record)


def test_every_member_that_any_entry_has_is_a_column() -> None:
    """An auditor who adds up a table must find the amounts in it."""
    place = Place(epoch=1, seq=3)
    use = Use(
        zone="pool", direction="in", amount_minor=500, currency="CNY", fund="purse",
        client="till-1", key="k" * 16, asked="0" * 16, approval="a" * 22,
    )  # fmt: skip
    sold = PresentationRecord(
        entry_type=EntryType.SALE, profile="pool", sector="sector-1", pseudonym="0" * 32,
        presentation="1" * 32, iat=None, verdict=Verdict.GRANT, reason=None,
        ages=Ages(keys_s=1, status_s=1), stale=("keys",), use=use, reference=place,
        attendant="2" * 32, sealed=Sealed(kid=b"k" * 8, box=b"s"),
    )  # fmt: skip
    annulled = AnnulRecord(
        profile="pool", sector="sector-1", pseudonym="0" * 32, presentation="1" * 32,
        reference=place, cause=Cause.REVERSED, use=use,
    )  # fmt: skip
    noted = NoteRecord(what=NoteKind.FORCED, count=2)
    refused = RefusalsRecord(since=UnixSeconds(1), counts={Reason.FORM_MALFORMED: 1})
    members = {
        member
        for record in (sold, annulled, noted, refused)
        for member in json.loads(line_of(drafted(record), epoch=1, seq=4))
    }
    assert members <= set(COLUMNS)
    assert {"uses", "keys", "answered"} <= set(COLUMNS)  # of a snapshot's marks


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"verdict": "deny", "reason": "P.APB"}, "deny P.APB"),
        ({"verdict": "grant", "reason": None, "amount_minor": 500, "currency": "CNY"},
         "grant 500 CNY (minor)"),
        ({"cause": "reversed", "amount_minor": 500, "currency": "CNY",
          "reference": {"epoch": 1, "seq": 3}}, "reversed 500 CNY (minor) of 1/3"),
        ({"what": "forced", "count": 2}, "forced 2"),
        ({"counts": {"D.UNK": 4}}, "{'D.UNK': 4}"),
        ({"through": 9}, ""),
    ],
)  # fmt: skip
def test_a_person_reads_what_each_entry_says(entry: dict[str, object], words: str) -> None:
    assert told(entry) == words


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
