"""When a lane is open: spans of the local week, less the days on which it is closed."""

from datetime import date

from verifier.model import UnixSeconds
from verifier.profile import Hours

_DAY_MIN = 1_440

# The ordinal of 1970-01-01, from which days are counted here; it was a Thursday.
_EPOCH_ORDINAL = 719_163
_EPOCH_WEEKDAY = 3


def is_open(
    hours: tuple[Hours, ...],
    *,
    at: UnixSeconds,
    utc_offset_min: int,
    closed_on: tuple[str, ...] = (),
) -> bool:
    """Return whether `at` lies in one of `hours` that begins on a day not in `closed_on`.

    Args:
        hours: the spans; none: the whole of every day.
        at: the instant, UTC.
        utc_offset_min: minutes that local time is ahead of UTC.
        closed_on: local dates, YYYY-MM-DD; a span that begins the evening before goes on.
    """
    day, minute = divmod(at // 60 + utc_offset_min, _DAY_MIN)
    if _is_covered(hours, day, minute) and not _is_closed(day, closed_on):
        return True
    night = _is_covered(hours, day - 1, minute + _DAY_MIN)
    return night and not _is_closed(day - 1, closed_on)


def _is_covered(hours: tuple[Hours, ...], day: int, minute: int) -> bool:
    """Return whether a span that begins on `day` holds `minute`, counted from that day's start."""
    if not hours:
        return minute < _DAY_MIN
    weekday = (day + _EPOCH_WEEKDAY) % 7
    return any(weekday in span.days and span.from_min <= minute < _end(span) for span in hours)


def _end(span: Hours) -> int:
    return span.to_min if span.to_min > span.from_min else span.to_min + _DAY_MIN


def _is_closed(day: int, closed_on: tuple[str, ...]) -> bool:
    return bool(closed_on) and date.fromordinal(_EPOCH_ORDINAL + day).isoformat() in closed_on
