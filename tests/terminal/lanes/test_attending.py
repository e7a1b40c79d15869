from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.desk import Desk
from terminal.lanes.attending import (
    AWAY_MS,
    HOUR_MS,
    Onlookers,
    Overrides,
    is_attendant,
    is_for_attendant,
)
from terminal.presenting import Outcome
from tests.support.cards import holder_part, text
from tests.support.desks import IDENTITY, open_desk
from verifier.model import Verdict, Verification
from verifier.profile import EntryType, Profile
from verifier.reasons import Reason

PLAIN = Profile(name="gate", entry_type=EntryType.PASSAGE)
REFERRED = Outcome(verdict=Verdict.REFER, reason=Reason.STATIC_CODE, seq=7, ms=3)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "journal.db") as opened:
        yield opened


def facts_of(desk: Desk, payload: bytes) -> Verification:
    return desk.judge(payload, lane="gate-1", profile=PLAIN).judgement.verification


def pseudonym(facts: Verification) -> str:
    assert facts.credential is not None
    assert facts.issuer is not None
    return IDENTITY.sector.pseudonym(facts.issuer, facts.credential.subject)


def test_a_code_whose_signatures_did_not_pass_is_no_attendants(desk: Desk) -> None:
    genuine = facts_of(desk, text(holder_part()))
    listed = replace(PLAIN, attendants=(pseudonym(genuine),))
    forged = text(holder_part())[:-4] + b"0000"
    for payload in (forged, b"junk"):
        assert not is_attendant(facts_of(desk, payload), listed, IDENTITY.sector)
    assert is_attendant(genuine, listed, IDENTITY.sector)


def test_a_holder_whom_the_profile_does_not_name_is_no_attendant(desk: Desk) -> None:
    facts = facts_of(desk, text(holder_part()))
    assert not is_attendant(facts, PLAIN, IDENTITY.sector)
    assert not is_attendant(facts, replace(PLAIN, attendants=("00" * 16,)), IDENTITY.sector)


ATTENDED = replace(PLAIN, attendants=("00" * 16,))


@pytest.mark.parametrize(
    ("outcome", "profile"),
    [
        (replace(REFERRED, verdict=Verdict.DENY), ATTENDED),
        (replace(REFERRED, verdict=Verdict.GRANT, reason=None), ATTENDED),
        (replace(REFERRED, seq=None), ATTENDED),
        (replace(REFERRED, reason=Reason.REPLAYED), ATTENDED),
        (REFERRED, PLAIN),
        (REFERRED, replace(ATTENDED, attended=False)),
        (REFERRED, replace(ATTENDED, override_s=0)),
    ],
    ids=["deny", "grant", "no entry", "replay", "nobody listed", "unattended", "no time"],
)
def test_what_no_attendant_may_turn_into_a_grant_is_not_offered_to_one(
    outcome: Outcome, profile: Profile
) -> None:
    assert not is_for_attendant(outcome, profile)


def test_a_referral_at_an_attended_lane_is_offered_to_its_attendants() -> None:
    assert is_for_attendant(REFERRED, ATTENDED)


def test_no_more_overrides_are_made_in_an_hour_than_the_profile_allows() -> None:
    overrides, two = Overrides(), replace(ATTENDED, overrides_per_hour_max=2)
    for now_ms in (0, 1_000):
        assert overrides.may_more(two, now_ms)
        overrides.count(now_ms)
    assert not overrides.may_more(two, HOUR_MS - 1)
    assert overrides.may_more(two, HOUR_MS)
    overrides.count(HOUR_MS)
    assert not overrides.may_more(two, HOUR_MS + 999)
    assert overrides.may_more(two, HOUR_MS + 1_000)
    assert not overrides.may_more(replace(two, overrides_per_hour_max=0), 9 * HOUR_MS)


def test_a_phone_that_was_there_before_a_referral_has_not_come_for_it() -> None:
    onlookers = Onlookers()
    onlookers.shows("helper", 1_000)
    onlookers.begin(1_000 + AWAY_MS - 1)
    assert not onlookers.shows("helper", 1_000 + AWAY_MS - 1)
    assert onlookers.shows("another", 1_000 + AWAY_MS - 1)


def test_a_phone_seen_long_before_a_referral_has_come_for_it() -> None:
    onlookers = Onlookers()
    onlookers.shows("helper", 1_000)
    onlookers.begin(1_000 + AWAY_MS)
    assert onlookers.shows("helper", 1_000 + AWAY_MS)
    assert onlookers.shows("helper", 1_000 + AWAY_MS + 1), "his second try"


def test_a_phone_that_was_in_view_while_the_referral_was_written_has_not_come_for_it() -> None:
    onlookers = Onlookers()
    onlookers.begin(5_000)
    assert not onlookers.shows("helper", 4_999)
    assert not onlookers.shows("helper", 25_000)
    assert onlookers.shows("another", 5_000)


def test_a_phone_that_was_taken_away_meanwhile_has_come_for_it() -> None:
    onlookers = Onlookers()
    onlookers.shows("helper", 1_000)
    onlookers.begin(2_000)
    assert not onlookers.shows("helper", 3_000)
    assert onlookers.shows("helper", 3_000 + AWAY_MS)


def test_every_referral_asks_anew_who_was_there() -> None:
    onlookers = Onlookers()
    onlookers.begin(1_000)
    assert onlookers.shows("helper", 2_000)
    onlookers.begin(3_000)
    assert not onlookers.shows("helper", 4_000)
