import pytest

from terminal.centre.retry_after import retry_after_s

DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("40", 40.0), ("999999", 999_999.0)])
def test_seconds_are_taken(text: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": text}) == seconds


@pytest.mark.parametrize(
    ("then", "seconds"),
    [
        ("Sun, 22 Nov 2026 10:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 10:00:01 GMT", 1.0),
        ("Mon, 23 Nov 2026 09:59:59 GMT", 86_399.0),
        ("Sun, 22 Nov 2026 09:59:59 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_a_date_counts_from_the_answers_own_whatever_the_clock_here_says(
    then: str, seconds: float
) -> None:
    assert retry_after_s({"retry-after": then, "date": DATE}) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1.5",
        "soon",
        "9999999",
        "٣",
        "Sunday, 22-Nov-26 10:00:40 GMT",
        "Sun Nov 22 10:00:40 2026",
        "Sun, 22 Nov 2026 10:00:40",
        "Sun, 22 Nov 2026 10:00:40 +0000",
        "Sun, 31 Feb 2027 10:00:40 GMT",
        "Sun, 22 Nix 2026 10:00:40 GMT",
        "Sun, 22 Nov 2026 10:00:60 GMT",
        "Sun, 22 Nov 2026 25:00:40 GMT",
        "Sun, ٢٢ Nov 2026 10:00:40 GMT",
        "Sun, 22 Nov 0000 10:00:40 GMT",
    ],
)
def test_what_makes_no_sense_is_no_time(text: str) -> None:
    assert retry_after_s({"retry-after": text, "date": DATE}) == 0.0
    assert retry_after_s({"retry-after": DATE, "date": text}) == 0.0


def test_a_date_without_the_answers_own_is_no_time() -> None:
    assert retry_after_s({"retry-after": DATE}) == 0.0
    assert retry_after_s({"date": DATE}) == 0.0
