import pytest

from protocol.visit import NUMBER_MAX, TicketRecord, Visit
from terminal.visits.numbers import NumbersUsedUp, TicketNumbers

VISIT = Visit(visit="ab" * 16, pack="cd" * 8, service="", language="zh")
DAY = "2026-11-22"


def ticket(number: int, label: str = "A", day: str = DAY) -> TicketRecord:
    return TicketRecord(visit=VISIT, queue="q", label=label, number=number, day=day)


def test_numbers_follow_each_other_by_label_and_day() -> None:
    numbers = TicketNumbers()
    assert [numbers.next("A", DAY), numbers.next("A", DAY), numbers.next("B", DAY)] == [1, 2, 1]
    assert numbers.next("A", "2026-11-23") == 1
    assert numbers.next("A", DAY) == 3, "a clock that steps back gives no number twice"


def test_numbers_go_on_behind_the_highest_whatever_their_order() -> None:
    numbers = TicketNumbers()
    for number in (7, 12, 3):
        numbers.note(ticket(number))
    assert numbers.next("A", DAY) == 13


def test_last_number_is_given_and_none_behind_it() -> None:
    numbers = TicketNumbers()
    numbers.note(ticket(NUMBER_MAX - 1))
    assert numbers.next("A", DAY) == NUMBER_MAX
    with pytest.raises(NumbersUsedUp):
        numbers.next("A", DAY)


def test_old_days_are_forgotten_and_the_newest_is_not() -> None:
    numbers = TicketNumbers()
    for day in range(1, 31):
        for label in "ABC":
            numbers.note(ticket(5, label, f"2026-10-{day:02}"))
    numbers.note(ticket(9))
    assert numbers.next("A", DAY) == 10
    assert numbers.next("C", "2026-10-30") == 6
