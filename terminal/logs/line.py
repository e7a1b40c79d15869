"""One line of the log as a value, made of what the code said."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from terminal.logs.catalogue import OTHER, LogEvent, event_of

# A device's or the centre's words with their remedy are some hundred octets; a trace some kB.
# Journald takes more, and nobody reads it.
TEXT_CHARACTERS_MAX = 2_000
TRACE_CHARACTERS_MAX = 16_000

# What syslog calls it (RFC 5424, table 2), by `logging`'s levels.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG_PRIORITY = 7
# As Python begins one, so that whoever looks for it finds it.
_TRACE_BEGINS = "Traceback (most recent call last):\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is told at once."""

    event: LogEvent
    at: float  # seconds, Unix
    level: str  # in small letters
    priority: int  # syslog's, 0 to 7
    text: str
    fields: Mapping[str, str]
    trace: str = ""  # of a bug
    suppressed: int = 0  # lines like it that were left out since the last


def line_of(record: logging.LogRecord) -> Line:
    """Return what a record says; each part is bounded, whoever wrote it.

    Of a library's text only the first line is told: behind it stand values, of which nobody knows
    whose they are.
    """
    event, text = event_of(record.msg), _said(record)
    if event is OTHER:
        text = text.strip().partition("\n")[0]
    values = record.args if isinstance(record.args, tuple) else ()
    names = event.texts.get(str(record.msg), ())
    return Line(
        event=event,
        at=record.created,
        level=record.levelname.lower(),
        priority=priority_of(record.levelno),
        text=_bounded(text, TEXT_CHARACTERS_MAX),
        fields={
            name: _bounded(str(value), TEXT_CHARACTERS_MAX)
            for name, value in zip(names, values, strict=False)
        },
        trace=_trace(record),
    )


def _said(record: logging.LogRecord) -> str:
    """Return a record's words, without its values where they do not fit them."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, LookupError):  # a library's bug, and no reason to end a lane
        return str(record.msg)


def priority_of(level: int) -> int:
    """Return syslog's number of one of `logging`'s levels."""
    return next((number for least, number in _PRIORITIES if level >= least), _DEBUG_PRIORITY)


def _trace(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else trace_of(error)[-TRACE_CHARACTERS_MAX:]


def trace_of(error: BaseException) -> str:
    """Return where a bug came about and its kind, the first cause first.

    Its words are left out: a library's have values in them, of a card, say.
    """
    chain, seen = list[str](), set[int]()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        frames = "".join(traceback.format_tb(at.__traceback__))
        chain.append(f"{_TRACE_BEGINS}{frames}{type(at).__module__}.{type(at).__qualname__}")
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\n\n".join(reversed(chain))


def _bounded(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
