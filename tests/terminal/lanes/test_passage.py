import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.lanes.passage import EXPECTED_MAX, FOLLOWS_WITHIN_MS, Passage, Passages


def test_whoever_goes_through_without_a_grant_forced_the_lane() -> None:
    assert Passages().seen(0) is Passage.FORCED


@pytest.mark.parametrize(("at_ms", "seen"), [(999, Passage.LAST_MADE), (1_000, Passage.FORCED)])
def test_a_grant_is_worth_a_passage_until_its_time_is_over(at_ms: int, seen: Passage) -> None:
    passages = Passages()
    passages.expect(1_000)
    assert passages.seen(at_ms) is seen


def test_a_second_passage_within_one_grant_is_tailgating() -> None:
    passages = Passages()
    passages.expect(10_000)
    assert passages.seen(1_000) is Passage.LAST_MADE
    assert passages.seen(1_001) is Passage.TAILGATING
    assert passages.seen(9_999) is Passage.TAILGATING
    assert passages.seen(10_000) is Passage.FORCED


@pytest.mark.parametrize(
    ("behind_ms", "seen"),
    [(FOLLOWS_WITHIN_MS - 1, Passage.TAILGATING), (FOLLOWS_WITHIN_MS, Passage.FORCED)],
)
def test_whoever_follows_closely_at_the_end_of_an_opening_is_tailgating(
    behind_ms: int, seen: Passage
) -> None:
    passages = Passages()
    passages.expect(1_000)
    assert passages.seen(999) is Passage.LAST_MADE
    assert passages.seen(999 + behind_ms) is seen


def test_two_who_were_granted_may_both_go_through_and_no_third() -> None:
    passages = Passages()
    passages.expect(3_000)
    passages.expect(3_100)
    told = [passages.seen(at_ms) for at_ms in (1_000, 1_100, 1_200)]
    assert told == [Passage.MADE, Passage.LAST_MADE, Passage.TAILGATING]


def test_a_grant_that_ended_is_not_used_by_the_passage_of_the_next() -> None:
    passages = Passages()
    passages.expect(1_000)
    passages.expect(5_000)
    assert passages.seen(1_000) is Passage.LAST_MADE


def test_nobody_is_expected_once_the_lane_has_forgotten() -> None:
    passages = Passages()
    passages.expect(5_000)
    passages.forget()
    assert passages.seen(1) is Passage.FORCED


def test_nobody_is_expected_behind_a_gate_that_was_closed() -> None:
    passages = Passages()
    passages.expect(5_000)
    passages.close()
    assert passages.seen(4_999) is Passage.TAILGATING
    assert passages.seen(5_000) is Passage.FORCED


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 500)), max_size=60))
def test_never_more_passages_are_made_than_were_granted(steps: list[tuple[bool, int]]) -> None:
    passages, granted, made, now_ms = Passages(), 0, 0, 0
    for is_grant, later_ms in steps:
        now_ms += later_ms
        if is_grant:
            passages.expect(now_ms + 1_000)
            granted += 1
        else:
            made += passages.seen(now_ms) in (Passage.MADE, Passage.LAST_MADE)
        assert made <= granted


def test_a_flood_of_grants_expects_a_bounded_number() -> None:
    passages = Passages()
    for _ in range(EXPECTED_MAX + 1):
        passages.expect(1_000)
    told = [passages.seen(1) for _ in range(EXPECTED_MAX + 1)]
    assert told[-2:] == [Passage.LAST_MADE, Passage.TAILGATING]
