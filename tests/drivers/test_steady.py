from collections.abc import Sequence

import pytest

from drivers.reading import Corners
from drivers.steady import CODES_MAX, Presented, Sighting, Steady


def at(x: int, y: int = 100, width: int = 100) -> Corners:
    """Return the corners of an upright code with its upper left one at (x, y)."""
    return (x, y), (x + width, y), (x + width, y + width), (x, y + width)


def seen(*payloads: bytes, corners: Sequence[Corners | None] = ()) -> list[Sighting]:
    places = corners or [None] * len(payloads)
    return [
        Sighting(payload=payload, corners=place)
        for payload, place in zip(payloads, places, strict=True)
    ]


def is_new(steady: Steady, payload: bytes, now_ms: int) -> bool:
    return bool(steady.receive(seen(payload), now_ms))


def showings(presented: tuple[Presented, ...]) -> list[int]:
    return [one.showing for one in presented]


def test_code_held_in_view_is_one_presentation() -> None:
    steady = Steady(1000)
    assert [is_new(steady, b"A", now_ms) for now_ms in range(0, 60_000, 66)].count(True) == 1


@pytest.mark.parametrize(("gap_ms", "new"), [(999, False), (1000, True), (1001, True)])
def test_code_is_new_when_unseen_for_the_hold_off(gap_ms: int, *, new: bool) -> None:
    steady = Steady(1000)
    is_new(steady, b"A", 0)
    is_new(steady, b"A", 500)
    assert is_new(steady, b"A", 500 + gap_ms) is new


def test_code_is_new_on_the_very_end_of_the_hold_off_though_another_was_seen_in_between() -> None:
    steady = Steady(1000)
    is_new(steady, b"A", 0)
    is_new(steady, b"B", 500)
    assert not is_new(steady, b"A", 999)
    is_new(steady, b"B", 1500)
    assert is_new(steady, b"A", 1999)


def test_two_codes_in_view_are_two_presentations_that_know_of_each_other() -> None:
    steady = Steady(1000)
    both = seen(b"A", b"B", corners=[at(0), at(500)])
    first = steady.receive(both, 0)
    assert [(one.payload, one.companions) for one in first] == [(b"A", (b"B",)), (b"B", (b"A",))]
    assert len(set(showings(first))) == 2
    assert steady.receive(both, 66) == ()


def test_a_code_left_alone_in_view_is_handed_on_once_more() -> None:
    steady = Steady(1000)
    steady.receive(seen(b"A", b"B", corners=[at(0), at(500)]), 0)
    (again,) = steady.receive(seen(b"A", corners=[at(0)]), 66)
    assert (again.payload, again.companions) == (b"A", ())
    # However often its company comes and goes.
    assert steady.receive(seen(b"A", b"B", corners=[at(0), at(500)]), 132) == ()
    assert steady.receive(seen(b"A", corners=[at(0)]), 198) == ()


def test_a_code_that_was_alone_is_not_handed_on_for_getting_company() -> None:
    steady = Steady(1000)
    steady.receive(seen(b"A", corners=[at(0)]), 0)
    (other,) = steady.receive(seen(b"A", b"B", corners=[at(0), at(500)]), 66)
    assert other.payload == b"B"
    assert steady.receive(seen(b"A", corners=[at(0)]), 132) == ()


def test_a_code_redrawn_in_its_place_belongs_to_the_same_showing() -> None:
    steady = Steady(1000)
    (first,) = steady.receive(seen(b"A1", corners=[at(0)]), 0)
    (redrawn,) = steady.receive(seen(b"A2", corners=[at(30)]), 66)
    assert redrawn.showing == first.showing
    # Back and forth is no presentation either.
    assert steady.receive(seen(b"A1", corners=[at(30)]), 132) == ()
    assert steady.receive(seen(b"A2", corners=[at(30)]), 198) == ()


def test_the_same_octets_at_two_places_are_two_showings() -> None:
    steady = Steady(1000)
    twins = steady.receive(seen(b"A", b"A", corners=[at(0), at(500)]), 0)
    assert len(set(showings(twins))) == 2
    assert all(one.companions == () for one in twins)
    assert steady.receive(seen(b"A", b"A", corners=[at(500), at(0)]), 66) == ()


@pytest.mark.parametrize(("x", "new"), [(166, False), (167, True)])
def test_a_code_is_followed_as_far_as_a_hand_moves(x: int, *, new: bool) -> None:
    """A width at once, and two thirds of one in 66 ms: 166 pixels of a code 100 wide."""
    steady = Steady(1000)
    steady.receive(seen(b"A", corners=[at(0)]), 0)
    assert bool(steady.receive(seen(b"A", corners=[at(x)]), 66)) is new


def test_a_scanner_without_places_has_one_showing_at_a_time() -> None:
    steady = Steady(1000)
    numbers = [
        one.showing
        for payload, now_ms in ((b"A", 0), (b"B", 900), (b"C", 1900))
        for one in steady.receive(seen(payload), now_ms)
    ]
    assert numbers == [1, 1, 2]


def test_forgotten_codes_are_new_and_their_showing_goes_on() -> None:
    steady = Steady(1000)
    (first,) = steady.receive(seen(b"A"), 0)
    steady.forget()
    (again,) = steady.receive(seen(b"A"), 66)
    assert again.showing == first.showing
    assert steady.receive(seen(b"A"), 132) == ()


def test_no_hold_off_takes_every_reading() -> None:
    steady = Steady(0)
    assert [is_new(steady, b"A", 7) for _ in range(3)] == [True, True, True]


def test_hold_off_below_zero_is_a_bug() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Steady(-1)


def test_a_flood_of_codes_makes_only_the_longest_unseen_new_again() -> None:
    steady = Steady(1000)
    for number in range(CODES_MAX + 1):
        assert is_new(steady, number.to_bytes(2), number)
        assert not is_new(steady, b"\xff\xff", number) or number == 0
    assert sum(len(showing.codes) for showing in steady._showings) == CODES_MAX
    assert is_new(steady, (0).to_bytes(2), CODES_MAX)


def test_a_flood_of_places_is_bounded_too() -> None:
    steady = Steady(1000)
    for number in range(CODES_MAX + 9):
        steady.receive(seen(b"%d" % number, corners=[at(number * 1000)]), 0)
    assert len(steady._showings) == CODES_MAX


def test_payloads_themselves_are_not_kept() -> None:
    steady = Steady(1000)
    is_new(steady, b"holder-0007", 0)
    assert b"holder-0007" not in repr(steady._showings).encode()
