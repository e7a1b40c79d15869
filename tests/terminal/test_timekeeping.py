import logging

import pytest

from offline_cache.errors import CacheError
from offline_cache.floor_file import BEGINNING, FloorRecord, JournalPlace
from protocol.floor_reset import FloorReset
from terminal.timekeeping import BUILD_DATE, KEPT_EVERY_S, MachineClocks, Timekeeper
from verifier.clock import UNCERTAINTY_S_MAX, ClockQuality, ClockState, FloorSource, Lesson
from verifier.model import UnixSeconds

YEAR_2099 = UnixSeconds(4_070_908_800)
LAST = JournalPlace(epoch=1, seq=7)


class Clocks:
    """A machine's clocks, set by hand, and what was written down."""

    def __init__(self, now: int = BUILD_DATE) -> None:
        self.now, self.ms, self.synchronised = now, 5_000_000, False
        self.kept: list[FloorRecord] = []
        self.disk_is_full = False

    def keep(self, record: FloorRecord) -> None:
        if self.disk_is_full:
            raise CacheError("the disk is full")
        self.kept.append(record)

    def keeper(self, record: FloorRecord | None = None) -> Timekeeper:
        clocks = MachineClocks(
            system=lambda: UnixSeconds(self.now),
            monotonic_ms=lambda: self.ms,
            is_synchronised=lambda: self.synchronised,
        )
        return Timekeeper(clocks, record=record, keep=self.keep)


def learn(keeper: Timekeeper, after_s: int) -> Lesson:
    return keeper.learn(UnixSeconds(BUILD_DATE + after_s), FloorSource.TRUST_INDEX)


def reset(keeper: Timekeeper, number: int = 1) -> bool:
    return keeper.reset(FloorReset(number=number, floor=BUILD_DATE), lambda: LAST)


@pytest.mark.parametrize(
    ("below_s", "quality"),
    [
        (-1, ClockQuality.TRUSTED),
        (0, ClockQuality.TRUSTED),
        (UNCERTAINTY_S_MAX, ClockQuality.TRUSTED),
        (UNCERTAINTY_S_MAX + 1, ClockQuality.UNTRUSTED),
    ],
)
def test_no_clock_is_trusted_before_the_program_was_built(
    below_s: int, quality: ClockQuality
) -> None:
    assert Clocks(BUILD_DATE - below_s).keeper().read().quality is quality


def test_the_kernels_word_decides_how_certain_the_clock_is() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    assert keeper.read().uncertainty_s == UNCERTAINTY_S_MAX
    assert keeper.standing().state is ClockState.ALONE
    clocks.synchronised = True
    assert keeper.read().uncertainty_s == 0
    assert keeper.standing().state is ClockState.SYNCHRONISED


def test_the_real_clocks_are_there_unless_others_are_given() -> None:
    keeper = Timekeeper()
    assert keeper.read().now >= BUILD_DATE
    keeper.keep()  # nowhere to write: no fault


# What is written down.


def test_the_floor_is_written_first_and_then_once_an_hour() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    keeper.keep()
    for elapsed_s in (KEPT_EVERY_S - 1, 1, KEPT_EVERY_S - 1, 1):
        clocks.ms += elapsed_s * 1_000
        keeper.keep()
        keeper.keep()
    floors = [record.kept.floor - BUILD_DATE for record in clocks.kept]
    assert floors == [0, KEPT_EVERY_S, 2 * KEPT_EVERY_S]


def test_a_step_that_a_false_document_took_is_written_at_once() -> None:
    clocks = Clocks()
    clocks.synchronised = True
    keeper = clocks.keeper()
    keeper.keep()
    assert learn(keeper, 10) is Lesson.RAISED
    keeper.keep()
    assert len(clocks.kept) == 1
    assert keeper.learn(YEAR_2099, FloorSource.ACKNOWLEDGEMENT) is Lesson.CLAMPED
    keeper.keep()
    keeper.keep()
    assert len(clocks.kept) == 2
    again = clocks.keeper(clocks.kept[-1])
    assert again.learn(YEAR_2099, FloorSource.ACKNOWLEDGEMENT) is Lesson.REFUSED


def test_what_could_not_be_written_is_tried_again() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    keeper.keep()
    assert reset(keeper)
    clocks.disk_is_full = True
    for _ in range(2):
        with pytest.raises(CacheError):
            keeper.keep()
    clocks.disk_is_full = False
    keeper.keep()
    assert clocks.kept[-1].kept.reset_number == 1


def test_a_restart_goes_on_from_what_was_written() -> None:
    clocks = Clocks(0)
    keeper = clocks.keeper()
    learn(keeper, 86_400)
    keeper.keep()
    assert clocks.keeper(clocks.kept[-1]).read().now == BUILD_DATE + 86_400


# Resets.


def test_a_reset_is_followed_once_and_cuts_off_what_was_written_before() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    assert keeper.counts(JournalPlace(epoch=1, seq=1))
    assert reset(keeper)
    assert not reset(keeper)
    keeper.keep()
    for told in (keeper, clocks.keeper(clocks.kept[-1])):
        assert not told.counts(LAST)
        assert told.counts(JournalPlace(epoch=1, seq=8))
        assert told.counts(JournalPlace(epoch=2, seq=1))
        assert not reset(told)


def test_nobody_asks_the_journal_for_a_reset_that_was_followed() -> None:
    keeper = Clocks().keeper()
    assert reset(keeper)

    def last() -> JournalPlace:
        raise AssertionError

    assert not keeper.reset(FloorReset(number=1, floor=BUILD_DATE), last)


def test_before_any_reset_every_entry_counts() -> None:
    assert Clocks().keeper().counts(JournalPlace(epoch=0, seq=1))
    assert not Clocks().keeper().counts(BEGINNING)


# What a technician is told.


def test_a_terminal_that_caught_up_says_no_more_of_a_date_too_far_ahead() -> None:
    keeper = Clocks(0).keeper()
    day = 86_400
    assert learn(keeper, 31 * day) is Lesson.CLAMPED
    assert learn(keeper, 31 * day - 1) is Lesson.RAISED
    assert keeper.standing().far is not None
    assert learn(keeper, 31 * day + 1) is Lesson.RAISED
    assert keeper.standing().far is None


def test_a_date_too_far_ahead_is_told_once_a_source(caplog: pytest.LogCaptureFixture) -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    with caplog.at_level(logging.INFO):
        for later_s in range(5):
            keeper.learn(UnixSeconds(YEAR_2099 + later_s), FloorSource.TRUST_INDEX)
        assert caplog.text.count("trust-index 4070908800 (clock.far)") == 1
        keeper.learn(YEAR_2099, FloorSource.ACKNOWLEDGEMENT)
    assert caplog.text.count("clock.far") == 2
    far = keeper.standing().far
    assert far is not None
    assert far.source is FloorSource.ACKNOWLEDGEMENT
    reset(keeper)
    assert keeper.standing().far is None
