import pytest

from central.backlog import (
    BATCHES_EACH_MAX,
    FORGET_S,
    RATE_FIRST,
    RETRY_AFTER_S_MAX,
    TERMINALS_MAX,
    Backlog,
    batches_of,
)
from protocol.batch import BATCH_ENTRIES_MAX


def _busy(backlog: Backlog, *, rate: float, seconds: float, begin: float = 0.0) -> float:
    """Serve at `rate` without a pause; return when it ends."""
    count = int(rate * seconds)
    backlog.begun(begin)
    for number in range(1, count + 1):
        backlog.begun(begin + (number - 1) / rate)
        backlog.ended(begin + number / rate)
    backlog.ended(begin + count / rate)
    return begin + count / rate


def test_nothing_known_is_a_second() -> None:
    assert Backlog().retry_after_s(0.0) == 1


def test_what_waits_outside_is_divided_by_the_rate() -> None:
    backlog = Backlog()
    backlog.tell("gate-1", 3 * int(RATE_FIRST), 0.0)
    assert backlog.retry_after_s(0.0) == 3
    backlog.tell("gate-2", 1, 0.0)
    assert backlog.retry_after_s(0.0) == 4


def test_what_waits_inside_counts_as_well() -> None:
    backlog = Backlog()
    for _ in range(2 * int(RATE_FIRST) + 1):
        backlog.begun(0.0)
    assert backlog.retry_after_s(0.0) == 3


@pytest.mark.parametrize("rate", [10.0, 1_000.0])
def test_rate_is_that_of_the_last_busy_seconds(rate: float) -> None:
    backlog = Backlog()
    ended = _busy(backlog, rate=rate, seconds=60)
    assert backlog.rate == pytest.approx(rate, rel=0.15)
    _busy(backlog, rate=rate * 3, seconds=60, begin=ended)
    assert backlog.rate == pytest.approx(rate * 3, rel=0.15)


def test_idle_time_is_no_part_of_the_rate() -> None:
    backlog = Backlog()
    for hour in range(100):
        backlog.begun(3600.0 * hour)
        backlog.ended(3600.0 * hour + 0.01)
    assert backlog.rate > RATE_FIRST


def test_terminal_is_counted_once_by_its_last_word() -> None:
    backlog = Backlog()
    for _ in range(100):
        backlog.tell("gate-1", int(RATE_FIRST) * 9, 0.0)
    assert backlog.retry_after_s(0.0) == 9
    backlog.tell("gate-1", 0, 1.0)
    assert backlog.retry_after_s(1.0) == 1


def test_terminal_that_never_comes_back_is_forgotten() -> None:
    backlog = Backlog()
    backlog.tell("gate-1", int(RATE_FIRST) * 9, 0.0)
    assert backlog.retry_after_s(FORGET_S / 2) == 9
    assert backlog.retry_after_s(FORGET_S) == 1
    assert backlog._outside == 0


def test_terminal_that_comes_back_is_kept_and_counted_once() -> None:
    backlog = Backlog()
    for moment in range(0, 10 * int(FORGET_S), int(FORGET_S / 4)):
        backlog.tell("gate-1", int(RATE_FIRST) * 9, float(moment))
        assert backlog.retry_after_s(float(moment)) == 9
        assert backlog._outside == int(RATE_FIRST) * 9


def test_answer_is_bounded_and_so_is_what_is_kept() -> None:
    backlog = Backlog()
    for number in range(TERMINALS_MAX + 10):
        backlog.tell(f"gate-{number}", 1_000, 0.0)
    assert backlog.retry_after_s(0.0) == RETRY_AFTER_S_MAX
    assert len(backlog._recent) == TERMINALS_MAX


def test_more_ends_than_begins_are_a_bug_of_ours() -> None:
    with pytest.raises(ValueError, match="ended"):
        Backlog().ended(0.0)


@pytest.mark.parametrize(
    ("header", "batches"),
    [
        (None, 1),
        ("0", 1),
        ("1", 1),
        (str(BATCH_ENTRIES_MAX), 1),
        (str(BATCH_ENTRIES_MAX + 1), 2),
        ("999999999", BATCHES_EACH_MAX),
        ("9999999999", 1),
        ("-1", 1),
        ("1e9", 1),
        ("٣", 1),
        ("", 1),
    ],
)
def test_header_says_entries_and_nonsense_says_nothing(header: str | None, batches: int) -> None:
    assert batches_of(header) == batches
