import json
from typing import Any

import pytest

from offline_cache.replay import DynamicClaim, StaticClaim
from protocol.journal import PresentationRecord, line_of
from terminal.presenting import Held, Outcome, entry_for
from tests.support.cards import (
    HOLDER,
    NOW,
    STRANGER,
    holder_part,
    issuer_claims,
    issuer_part,
    public,
    text,
)
from tests.support.desks import IDENTITY
from tests.support.trust import CITY, GATE, clock, judged, status_list, with_value, world
from verifier.model import Verification
from verifier.profile import Profile
from verifier.reasons import Reason

STATUS_INDEX = 1_234_567


def shown(iat: int = NOW, *, subject: bytes | None = None) -> Verification:
    fields: dict[str, Any] = {} if subject is None else {"subject": subject}
    card = issuer_part(issuer_claims(holder=public(HOLDER), **fields))
    return judged(
        text(holder_part(card, {6: iat})), world(reading=clock(max(NOW, iat)))
    ).verification


@pytest.fixture
def held() -> Held:
    """The lane's memory, the holder of a code drawn at NOW just accepted."""
    facts, memory = shown(), Held()
    assert facts.credential is not None
    memory.remember(CITY, facts.credential, 1, 8_000)
    return memory


def test_a_code_redrawn_in_view_is_the_same_presentation(held: Held) -> None:
    assert held.covers(shown(NOW + 20), 2, 7_999)


def test_after_a_while_it_is_another(held: Held) -> None:
    assert not held.covers(shown(NOW + 20), 2, 8_000)


def test_what_has_not_left_the_view_is_the_same_presentation_for_ever(held: Held) -> None:
    assert held.covers(shown(NOW + 3_600), 1, 3_600_000)
    assert not held.covers(shown(NOW + 3_600), 2, 3_600_000)


def test_the_same_drawing_seen_again_is_the_same_presentation(held: Held) -> None:
    assert held.covers(shown(NOW), 2, 7_999)


def test_an_older_drawing_is_not_swallowed(held: Held) -> None:
    """It must be refused, and be in the journal."""
    assert not held.covers(shown(NOW - 1), 2, 10)


def test_another_holder_is_another_presentation(held: Held) -> None:
    assert not held.covers(shown(NOW + 20, subject=b"12345678"), 2, 10)


def test_what_is_not_proven_is_never_taken_for_the_holder(held: Held) -> None:
    """Else a stranger could keep a person's lane busy with a code that looks like his."""
    card = issuer_part(issuer_claims(holder=public(HOLDER)))
    forged = judged(text(holder_part(card, {6: NOW + 20}, key=STRANGER))).verification
    assert forged.credential is not None
    assert not held.covers(forged, 2, 10)
    assert not held.covers(judged(b"junk").verification, 2, 10)


def test_a_printed_card_put_down_twice_is_one_presentation() -> None:
    memory, facts = Held(), judged(text(issuer_part())).verification
    assert facts.credential is not None
    assert not memory.covers(facts, 2, 10)
    memory.remember(CITY, facts.credential, 1, 8_000)
    assert memory.covers(facts, 2, 7_999)
    assert not memory.covers(facts, 2, 8_000)
    assert not memory.covers(shown(), 2, 10)


def entry(payload: bytes, profile: Profile = GATE, **known: object) -> object:
    judgement = judged(payload, world(**known), profile=profile)  # type: ignore[arg-type]  # by name
    return entry_for(
        judgement, lane="gate-1", profile=profile, sector=IDENTITY.sector, clock=clock()
    )


def test_a_phone_claims_its_proof_and_a_card_its_window() -> None:
    phone, card = entry(text(holder_part())), entry(text(issuer_part()))
    claims = [getattr(each, "claim", None) for each in (phone, card)]
    assert isinstance(claims[0], DynamicClaim)
    assert claims[0].iat == NOW
    assert isinstance(claims[1], StaticClaim)
    assert claims[1].window_s == GATE.static_window_s
    assert claims[0].pseudonym == claims[1].pseudonym, "one card has one name in a sector"


def test_a_proven_card_that_is_refused_is_kept_and_claims_nothing() -> None:
    revoked = [status_list(octets=with_value(STATUS_INDEX, 1))]
    append = entry(text(holder_part()), lists=revoked)
    record = append.draft.record  # type: ignore[attr-defined]  # an Append
    assert isinstance(record, PresentationRecord)
    assert record.reason is Reason.REVOKED
    assert append.claim is None  # type: ignore[attr-defined]  # an Append


def test_entry_made_by_an_old_list_says_so_and_one_by_fresh_lists_does_not() -> None:
    dated = {"fresh": NOW, "old": NOW - GATE.status_limits.soft_s - 1}
    lines = {}
    for name, issued_at in dated.items():
        append = entry(text(holder_part()), issued_at=issued_at)
        lines[name] = json.loads(line_of(append.draft, epoch=1, seq=1))  # type: ignore[attr-defined]  # an Append
    assert "stale" not in lines["fresh"]
    assert lines["old"]["stale"] == ["status"]


def test_what_is_not_proven_leaves_no_entry() -> None:
    assert entry(b"junk") is None
    assert entry(text(holder_part(key=STRANGER))) is None


def test_the_answer_is_one_line_of_json() -> None:
    outcome = Outcome(verdict=GATE.static, reason=None, seq=7, ms=31)
    line = outcome.answer(lane="gate-1", epoch=2)
    assert b"\n" not in line
    assert json.loads(line) == {
        "lane": "gate-1",
        "verdict": "grant",
        "reason": None,
        "entry": {"epoch": 2, "seq": 7},
        "ms": 31,
    }
