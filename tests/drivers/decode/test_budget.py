import pytest
from decode_peers import Clock

from drivers.decode.budget import Credit, Stopwatch


def test_stopwatch_tells_what_has_passed_since_it_was_made() -> None:
    clock = Clock()
    clock.ns = 100
    watch = Stopwatch(clock)
    assert watch.spent_ns == 0
    clock.ns = 350
    assert watch.spent_ns == 250


def test_credit_is_saved_up_to_a_limit() -> None:
    credit = Credit(at_first_ns=5, most_ns=10)
    credit.earn(5)
    assert credit.left_ns == 10
    credit.earn(1)
    assert credit.left_ns == 10


def test_what_is_overdrawn_is_earned_back_first() -> None:
    credit = Credit(at_first_ns=0, most_ns=10)
    credit.spend(7)
    credit.earn(6)
    assert credit.left_ns == -1


@pytest.mark.parametrize(("first", "most"), [(-1, 10), (11, 10)])
def test_first_credit_beyond_the_limits_is_a_bug(first: int, most: int) -> None:
    with pytest.raises(ValueError, match=str(first)):
        Credit(at_first_ns=first, most_ns=most)
