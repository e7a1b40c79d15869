"""Retry-After (RFC 9110, section 10.2.3): in seconds, or a date."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_IMF_FIXDATE = re.compile(
    "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>[0-9]{2}) (?P<month>[A-Z][a-z]{2}) (?P<year>[0-9]{4})"
    " (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) GMT"
)
# Not the machine's own names: they follow its language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds that an answer asks for; 0: none, or it makes no sense.

    A date counts from the answer's own: this machine's clock may be a year off.

    Args:
        headers: the answer's; names in lower case.
    """
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return float(text)
    then, sent = _http_date(text), _http_date(headers.get("date", ""))
    return 0.0 if then is None or sent is None else max(0.0, (then - sent).total_seconds())


def _http_date(text: str) -> datetime | None:
    """Return an IMF-fixdate (RFC 9110, section 5.6.7); None: no such date.

    The two older forms, which nobody may send any more, are none.
    """
    found = _IMF_FIXDATE.fullmatch(text)
    if found is None or found["month"] not in _MONTHS:
        return None
    month = _MONTHS.index(found["month"]) + 1
    year, day, hour, minute, second = (
        int(found[name]) for name in ("year", "day", "hour", "minute", "second")
    )
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # the 30th of February, a leap second
        return None
