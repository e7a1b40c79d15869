"""Each shipped profile is told in sentences, in both languages, by what it says and no more."""

import re
from dataclasses import replace

import pytest

from protocol.profile_file.reading import read_profile
from terminal.wording.explaining import sentences
from terminal.wording.units import duration, money
from tests.conftest import ROOT
from verifier.profile import EntryType, Hours, Passback, Profile

SHIPPED = {
    path.stem: read_profile(path.read_bytes(), name=path.stem)
    for path in (ROOT / "central" / "profiles").glob("*.toml")
}
PLAIN = Profile(name="plain", entry_type=EntryType.PASSAGE)


def told(profile: Profile) -> str:
    return "\n".join(sentence.en for sentence in sentences(profile))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profile_is_told_in_whole_sentences_of_both_languages(name: str) -> None:
    for sentence in sentences(SHIPPED[name]):
        assert sentence.en.endswith(".")
        assert sentence.en[0].isupper()
        assert sentence.zh.endswith("。")
        assert sentence.zh == sentence.zh.strip()
        assert not re.search(r"[\u4e00-\u9fff]", sentence.en)


def test_bus_tells_its_fare_and_who_pays_less() -> None:
    bus = told(SHIPPED["bus"])
    assert "A use costs 2.00 CNY." in bus
    assert "For senior, student: 50 % of the price." in bus
    assert "For senior (mon tue wed thu fri 09:00-16:30; sat sun 00:00-24:00): 0 %" in bus
    assert "The same holder again within 1 min is denied." in bus


def test_car_park_tells_its_price_by_time_and_the_unknown_entry() -> None:
    out = told(SHIPPED["parking-out"])
    assert "5.00 CNY for each 1 h begun since entry; up to 15 min nothing is due" in out
    assert "A card that is not known to have come in is referred to the attendant." in out
    assert "after 15 s without, it is annulled." in out


def test_campus_tells_types_hours_and_the_way_back() -> None:
    campus = told(SHIPPED["campus"])
    assert "of these types alone: student, volunteer, type-6." in campus
    assert "It is open (UTC+8:00): mon tue wed thu fri sat sun 06:00-22:00." in campus
    assert "goes the same way again within 12 h is referred" in campus


def test_hours_that_go_past_midnight_are_told_so_in_both_languages() -> None:
    """Else who types 08:00 for 18:00 reads nothing amiss."""
    spans = (
        Hours(days=frozenset({0, 6}), from_min=540, to_min=480),
        Hours(days=frozenset({2}), from_min=0, to_min=1_440),
    )
    open_late = replace(PLAIN, hours=spans, utc_offset_min=480)
    zh = " ".join(sentence.zh for sentence in sentences(open_late))
    assert "mon sun 09:00-08:00 of the next day; wed 00:00-24:00." in told(open_late)
    assert "周一、日 09:00-08:00（次日）；周三 00:00-24:00。" in zh


def test_nothing_is_told_of_what_a_profile_does_not_have() -> None:
    plain = told(PLAIN)
    for word in ("CNY", "open (", "zone", "program", "attendants may", "annulled", "types"):
        assert word not in plain


def test_every_passback_and_entry_type_of_a_lane_has_its_words() -> None:
    for passback in Passback:
        assert told(replace(PLAIN, passback=passback))
    lanes = set(EntryType) - {
        EntryType.ANNUL,
        EntryType.REFUSALS,
        EntryType.SNAPSHOT,
        EntryType.NOTE,
    }
    for entry_type in lanes:
        assert next(sentences(replace(PLAIN, entry_type=entry_type))).en.startswith("It ")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "CNY", "0.00 CNY"),
        (1_205, "CNY", "12.05 CNY"),
        (5, "KWD", "0.005 KWD"),
        (70, "JPY", "70 JPY"),
    ],
)
def test_amount_is_written_by_its_currency(minor: int, currency: str, text: str) -> None:
    assert money(minor, currency) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (90, "90 s"), (3_600, "1 h"), (259_200, "3 d")],
)
def test_time_is_told_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert duration(seconds).en == text
