"""Reports as persons and spreadsheets read them; programs read their JSON."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TextIO

from central.reports import Report, Row
from central.wording import utc

# A person reads no more; the whole is in --json and --csv, which need no widths beforehand.
ROWS_MAX = 1_000

# As spreadsheets take a text for a formula (OWASP, "CSV Injection"); a terminal chooses its texts.
# The wide ones are taken for the narrow ones where a sheet's language writes wide.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", *"\uff1d\uff0b\uff0d\uff20")


def report_lines(report: Report) -> Iterator[str]:
    """Return a line for each terminal and each presentation granted twice; last, the sums."""
    for terminal in report.terminals():
        yield _line(terminal)
    for presentation, places in report.doubled():
        told = ", ".join(f"{terminal} epoch {epoch} seq {seq}" for terminal, epoch, seq in places)
        yield f"granted more than once: {presentation} at {told}"
    sums = report.totals()
    del sums["doubled_at"]  # told above
    yield _line(sums)


def table_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Return rows as a table, ROWS_MAX at most."""
    shown = [{name: _cell(value) for name, value in row.items()} for row in islice(rows, ROWS_MAX)]
    if not shown:
        yield "nothing"
        return
    names = list(shown[0])
    widths = [max(len(name), *(len(row[name]) for row in shown)) for name in names]
    yield _cells(names, widths)
    for row in shown:
        yield _cells([row[name] for name in names], widths)
    if len(shown) == ROWS_MAX:
        yield f"the first {ROWS_MAX:,} alone; see all with --json or --csv, or fewer with --since"


def write_csv(rows: Iterable[Row], file: TextIO) -> None:
    """Write rows as CSV (RFC 4180), with their names ahead; nothing where there are none."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
        writer.writerow({name: _plain(value) for name, value in row.items()})


def _plain(value: object) -> object:
    """Return `value` as no spreadsheet takes it for a formula."""
    text = _cell(value) if isinstance(value, str | dict) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case dict():
            return json.dumps(value, ensure_ascii=True)
        case _:
            return str(value)


def _cells(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(t.ljust(width) for t, width in zip(texts, widths, strict=True)).rstrip()


def _line(members: Mapping[str, object]) -> str:
    return "  ".join(f"{name}: {_words(name, value)}" for name, value in members.items())


def _words(name: str, value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{each} {count}" for each, count in value.items()) or "none"
        case int() if name == "last_seen":
            return utc(value)
        case _:
            return str(value)
