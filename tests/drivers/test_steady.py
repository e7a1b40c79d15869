import pytest

from drivers.steady import CODES_MAX, Steady


def test_code_held_in_view_is_one_presentation() -> None:
    steady = Steady(1000)
    assert [steady.is_new(b"A", now_ms) for now_ms in range(0, 60_000, 66)].count(True) == 1


@pytest.mark.parametrize(("gap_ms", "is_new"), [(999, False), (1000, True), (1001, True)])
def test_code_is_new_when_unseen_for_the_hold_off(gap_ms: int, *, is_new: bool) -> None:
    steady = Steady(1000)
    steady.is_new(b"A", 0)
    steady.is_new(b"A", 500)
    assert steady.is_new(b"A", 500 + gap_ms) is is_new


def test_two_codes_in_view_are_two_presentations() -> None:
    steady = Steady(1000)
    seen = [steady.is_new(payload, 0) for payload in (b"A", b"B", b"A", b"B")]
    assert seen == [True, True, False, False]


def test_no_hold_off_takes_every_reading() -> None:
    steady = Steady(0)
    assert [steady.is_new(b"A", 7) for _ in range(3)] == [True, True, True]


def test_hold_off_below_zero_is_a_bug() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Steady(-1)


def test_a_flood_of_codes_makes_only_the_longest_unseen_new_again() -> None:
    steady = Steady(1000)
    for number in range(CODES_MAX + 1):
        assert steady.is_new(number.to_bytes(2), number)
        assert not steady.is_new(b"\xff\xff", number) or number == 0
    assert len(steady._seen_ms) == CODES_MAX
    assert steady.is_new((0).to_bytes(2), CODES_MAX)


def test_payloads_themselves_are_not_kept() -> None:
    steady = Steady(1000)
    steady.is_new(b"holder-0007", 0)
    assert b"holder-0007" not in steady._seen_ms
