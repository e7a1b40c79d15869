"""Who was told no is not granted anything a moment later, because nobody was asked."""

from terminal.selling.declines import HOLDS_S, Declines
from verifier.model import UnixSeconds

AT = UnixSeconds(1_800_000_000)


def test_a_decline_stands_for_a_day_whichever_way_the_clock_goes() -> None:
    declines = Declines()
    declines.note("a", AT)
    for away, stands in ((0, True), (HOLDS_S - 1, True), (HOLDS_S, False)):
        assert declines.stands("a", UnixSeconds(AT + away)) is stands
        assert declines.stands("a", UnixSeconds(AT - away)) is stands
    assert not declines.stands("b", AT)


def test_a_yes_ends_it() -> None:
    declines = Declines()
    declines.note("a", AT)
    declines.forget("a")
    declines.forget("b")
    assert not declines.stands("a", AT)


def test_the_oldest_goes_when_there_are_too_many() -> None:
    declines = Declines(kept_max=2)
    for name in ("a", "b", "a", "c"):
        declines.note(name, AT)
    assert [declines.stands(name, AT) for name in ("a", "b", "c")] == [True, False, True]
