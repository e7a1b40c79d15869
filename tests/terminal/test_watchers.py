import pytest

from terminal.watchers import Watchers


class Listener:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


def test_whoever_watches_is_woken_until_he_is_taken_off() -> None:
    """A bound method is another object each time it is named."""
    watchers, one, two = Watchers(2), Listener(), Listener()
    watchers.add(one.wake)
    watchers.add(two.wake)
    watchers.wake()
    watchers.remove(one.wake)
    watchers.wake()
    assert (one.woken, two.woken) == (1, 2)


def test_no_more_watch_than_may_and_a_place_is_free_again() -> None:
    watchers, one, two = Watchers(1), Listener(), Listener()
    watchers.add(one.wake)
    with pytest.raises(ValueError, match="1 watch already"):
        watchers.add(two.wake)
    watchers.remove(one.wake)
    watchers.add(two.wake)
