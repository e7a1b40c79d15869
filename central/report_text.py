"""The report as a person reads it; programs read its JSON."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from central.reports import Report


def report_lines(report: Report) -> Iterator[str]:
    """Return a line for each terminal and each presentation granted twice; last, the sums."""
    for terminal in report.terminals():
        yield _line(terminal)
    for presentation, places in report.doubled():
        told = ", ".join(f"{terminal} epoch {epoch} seq {seq}" for terminal, epoch, seq in places)
        yield f"granted more than once: {_printable(presentation)} at {told}"
    sums = report.totals()
    del sums["doubled_at"]  # told above
    yield _line(sums)


def utc(at: int) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _line(members: Mapping[str, object]) -> str:
    return "  ".join(f"{name}: {_words(name, value)}" for name, value in members.items())


def _words(name: str, value: object) -> str:
    match value:
        case dict():
            counts = (f"{_printable(str(each))} {count}" for each, count in value.items())
            return ", ".join(counts) or "none"
        case int() if name == "last_seen":
            return utc(value)
        case _:
            return str(value)


def _printable(text: str) -> str:
    """Return what a terminal's journal named, harmless to the screen."""
    return text if text.isprintable() else ascii(text)
