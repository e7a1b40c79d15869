import json
import logging

import pytest

from terminal.logs.forms import as_json, for_people, with_priority
from terminal.logs.line import TEXT_CHARACTERS_MAX, TRACE_CHARACTERS_MAX, Line, line_of, priority_of


def line(text: str, *given: object) -> Line:
    return line_of(logging.LogRecord("n", logging.WARNING, "p", 1, text, given, None))


def test_a_line_for_programs_is_one_object() -> None:
    told = as_json(line("lane %s: out of service: %s", "gate-1", "缺少相机\nnext"))

    assert "\n" not in told
    members = json.loads(told)
    assert members["level"] == "warning"
    assert members["event"] == "lane.out-of-service"
    assert members["message"] == "lane gate-1: out of service: 缺少相机\nnext"
    assert members["fields"] == {"lane": "gate-1", "reason": "缺少相机\nnext"}


def test_each_line_of_a_text_has_its_priority() -> None:
    assert with_priority(line("lane %s: %s", "a", "b\nc")) == "<4>lane a: b\n<4>c"


def test_line_for_people_begins_with_its_time_and_level() -> None:
    told = for_people(line("stopped"))
    assert told.endswith(" WARNING stopped")
    assert told[4] == "-"


@pytest.mark.parametrize(
    ("level", "priority"),
    [(50, 2), (49, 3), (40, 3), (30, 4), (29, 6), (20, 6), (19, 7), (10, 7)],
)
def test_priorities_are_syslogs(level: int, priority: int) -> None:
    assert priority_of(level) == priority


def test_text_is_bounded_whoever_wrote_it() -> None:
    longest = line("%s", "x" * TEXT_CHARACTERS_MAX)
    assert longest.text == "x" * TEXT_CHARACTERS_MAX
    longer = line("lane %s: %s", "gate-1", "x" * (TEXT_CHARACTERS_MAX + 1))
    assert len(longer.text) == len(longer.fields["REASON"]) == TEXT_CHARACTERS_MAX
    assert longer.text.endswith("…")


@pytest.mark.parametrize("given", [("x",), (1, 2), ({"a": 1},)], ids=["kind", "number", "name"])
def test_a_text_whose_values_do_not_fit_is_told_without_them_and_ends_nothing(
    given: tuple[object, ...],
) -> None:
    """A library's bug, in whatever thread; `logging` itself swallows it too."""
    assert line("took %d %(b)s", *given).text == "took %d %(b)s"


def bug(error: BaseException) -> Line:
    """Return what is told of an exception that was raised and caught."""
    about = (type(error), error, error.__traceback__)
    return line_of(logging.LogRecord("n", 40, "p", 1, "a bug in thread %s", ("sync",), about))


def fail(account: str) -> None:
    try:
        int(account)
    except ValueError as error:
        raise LookupError(account) from error


def test_trace_of_a_bug_says_where_and_what_kind_and_none_of_its_words() -> None:
    with pytest.raises(LookupError) as failed:
        fail("62-12-345678")
    told = bug(failed.value)
    assert told.event.name == "terminal.bug"
    assert told.trace.endswith("builtins.LookupError")
    assert "builtins.ValueError\n\n" in told.trace
    assert "in fail" in told.trace
    assert told.trace.startswith("Traceback (most recent call last):\n")
    # The line of this test that calls it is in it; the value is nowhere else.
    assert told.trace.count("62-12-345678") == told.trace.count('fail("62-12-345678")')


def test_trace_is_kept_from_its_end() -> None:
    error: BaseException = ValueError("first")
    for _ in range(2_000):
        cause, error = error, LookupError("next")
        error.__cause__ = cause
    told = bug(error)
    assert len(told.trace) == TRACE_CHARACTERS_MAX
    assert told.trace.endswith("builtins.LookupError")


def test_of_a_librarys_text_only_the_first_line_is_told() -> None:
    told = line("Task exception was never retrieved\nfuture: <Task exception=ValueError('6212')>")
    assert told.text == "Task exception was never retrieved"


def test_text_of_a_library_is_another_event() -> None:
    assert line("SSL handshake failed").event.name == "other"
