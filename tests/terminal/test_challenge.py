import json

import pytest

from terminal.challenge import CHALLENGE_BYTES, LIFE_MS, RENEWED_AFTER_MS, Challenges
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
from tests.support.trust import clock, judged, world
from verifier.model import Verification

FIRST, SECOND, THIRD = (bytes((number,)) * CHALLENGE_BYTES for number in (1, 2, 3))
BEGAN_MS = 1_000_000


def answer(cnonce: bytes | None = FIRST, **holder: object) -> Verification:
    claims = {6: NOW} if cnonce is None else {6: NOW, 39: cnonce}
    return judged(text(holder_part(None, claims, **holder))).verification  # type: ignore[arg-type]  # by name


@pytest.fixture
def challenges() -> Challenges:
    """One challenge, shown at BEGAN_MS."""
    made = Challenges()
    made.show(FIRST, BEGAN_MS)
    return made


@pytest.mark.parametrize(
    ("after_ms", "is_open"),
    [(0, True), (LIFE_MS - 1, True), (LIFE_MS, False), (LIFE_MS + 1, False)],
)
def test_a_challenge_may_be_answered_for_thirty_seconds(
    challenges: Challenges, after_ms: int, *, is_open: bool
) -> None:
    assert LIFE_MS == 30_000
    assert (FIRST in challenges.open_at(BEGAN_MS + after_ms)) is is_open


@pytest.mark.parametrize(
    ("after_ms", "is_due"), [(0, False), (RENEWED_AFTER_MS - 1, False), (RENEWED_AFTER_MS, True)]
)
def test_another_is_due_while_there_is_still_time_to_answer(
    challenges: Challenges, after_ms: int, *, is_due: bool
) -> None:
    assert challenges.is_due(BEGAN_MS + after_ms) is is_due


def test_the_one_before_is_good_until_its_own_end(challenges: Challenges) -> None:
    """A phone has read it and is being turned round."""
    challenges.show(SECOND, BEGAN_MS + RENEWED_AFTER_MS)
    assert set(challenges.open_at(BEGAN_MS + LIFE_MS - 1)) == {FIRST, SECOND}
    assert set(challenges.open_at(BEGAN_MS + LIFE_MS)) == {SECOND}


def test_no_more_than_two_are_ever_open(challenges: Challenges) -> None:
    challenges.show(SECOND, BEGAN_MS + 1)
    challenges.show(THIRD, BEGAN_MS + 2)
    assert set(challenges.open_at(BEGAN_MS + 3)) == {SECOND, THIRD}


def test_an_answered_challenge_is_used_up_and_another_is_due_at_once(
    challenges: Challenges,
) -> None:
    challenges.use(answer())
    assert challenges.open_at(BEGAN_MS) == ()
    assert challenges.is_due(BEGAN_MS)


def test_answering_the_one_before_leaves_the_one_that_is_shown(challenges: Challenges) -> None:
    challenges.show(SECOND, BEGAN_MS + RENEWED_AFTER_MS)
    challenges.use(answer(FIRST))
    assert challenges.open_at(BEGAN_MS + RENEWED_AFTER_MS) == (SECOND,)
    assert not challenges.is_due(BEGAN_MS + RENEWED_AFTER_MS)


def test_the_one_before_may_be_answered_when_the_one_shown_was(challenges: Challenges) -> None:
    challenges.show(SECOND, BEGAN_MS + RENEWED_AFTER_MS)
    for answered, left in ((SECOND, (FIRST,)), (FIRST, ())):
        challenges.use(answer(answered))
        assert challenges.open_at(BEGAN_MS + RENEWED_AFTER_MS) == left
        assert challenges.is_due(BEGAN_MS + RENEWED_AFTER_MS)


def test_what_is_not_proven_or_no_answer_to_it_uses_nothing_up(challenges: Challenges) -> None:
    """Junk, forged codes with the challenge that all can read, and codes of passers-by."""
    forged_card = bytearray(issuer_part(issuer_claims(holder=public(HOLDER))))
    forged_card[-1] ^= 1
    forged = judged(text(holder_part(bytes(forged_card), {6: NOW, 39: FIRST}))).verification
    printed = judged(text(issuer_part())).verification
    others = [answer(None), answer(SECOND), answer(FIRST[:8])]
    for facts in (judged(b"junk").verification, forged, answer(key=STRANGER), printed, *others):
        challenges.use(facts)
        assert challenges.open_at(BEGAN_MS) == (FIRST,)
        assert not challenges.is_due(BEGAN_MS)


def test_a_proven_answer_uses_it_up_whatever_was_decided(challenges: Challenges) -> None:
    """Else whoever holds an expired card could try the same challenge again and again."""
    late = judged(
        text(holder_part(None, {6: NOW, 39: FIRST})), world(reading=clock(NOW + 86_400))
    ).verification
    assert late.failure is not None
    challenges.use(late)
    assert challenges.open_at(BEGAN_MS) == ()


def test_nothing_that_was_open_survives_a_closing(challenges: Challenges) -> None:
    challenges.close()
    assert challenges.open_at(BEGAN_MS) == ()
    assert challenges.is_due(BEGAN_MS)


def test_before_the_first_nothing_is_open_and_one_is_due() -> None:
    fresh = Challenges()
    assert fresh.is_due(0)
    assert fresh.open_at(0) == ()


@pytest.mark.parametrize("octets", [b"", FIRST[:-1], FIRST + b"\0", FIRST])
def test_octets_that_are_too_few_too_many_or_open_already_are_a_bug(
    challenges: Challenges, octets: bytes
) -> None:
    with pytest.raises(ValueError, match="16 new octets"):
        challenges.show(octets, BEGAN_MS + 1)


def test_the_line_for_the_counters_program_is_one_json_object() -> None:
    shown = Challenges().show(bytes(range(16)), BEGAN_MS)
    line = shown.line("vault-1", BEGAN_MS)
    assert line == (
        b'{"lane":"vault-1","challenge":"CC1Q:vault-1:000102030405060708090a0b0c0d0e0f",'
        b'"ends_in_s":30}'
    )
    assert json.loads(shown.line("vault-1", BEGAN_MS + 1))["ends_in_s"] == 29
