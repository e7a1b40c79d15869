"""`journal export`: the record as it stands, or as a table, all of it or a part."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from offline_cache.errors import CacheCorrupt
from protocol.journal import LineMalformed, ReadLine, read_line
from terminal.commands.moments import moment
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.progress import shown
from terminal.errors import UsageError
from terminal.settings import load_settings
from verifier.profile import EntryType

# docs/commands.md names them; new ones come at the end.
COLUMNS = (
    "epoch", "seq", "at", "clock", "lane", "type", "profile", "sector", "pseudonym",
    "presentation", "iat", "verdict", "reason", "ages", "since", "counts", "stale", "sealed",
    "through", "part", "last", "phones", "cards",
    "zone", "direction", "amount_minor", "currency", "fund", "client", "key", "asked", "approval",
    "reference", "attendant", "cause", "what", "count", "uses", "keys", "answered",
    "visit", "pack", "service", "language", "scan", "queue", "label", "number", "day", "score",
    "urgency", "asked_for", "about",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full width
_TOLD_EVERY_ENTRIES = 1_000


class ExportFormat(StrEnum):
    """How entries leave."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which entries are wanted; None: all."""

    since: int | None
    until: int | None
    lane: str | None
    entry_type: EntryType | None

    def is_all(self) -> bool:
        """Return whether nothing is left out."""
        return self == Selection(since=None, until=None, lane=None, entry_type=None)

    def takes(self, entry: ReadLine) -> bool:
        """Return whether an entry is wanted: from `since` on, before `until`."""
        return (
            (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
            and (self.lane is None or entry.lane == self.lane)
            and (self.entry_type is None or entry.entry_type is self.entry_type)
        )


def export(  # noqa: PLR0913  # the options of the command
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="How.")] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file to make; else standard output.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From this moment on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this moment (RFC 3339).")] = None,
    lane: Annotated[str | None, typer.Option(help="Of this lane alone.")] = None,
    entry_type: Annotated[
        EntryType | None, typer.Option("--type", help="Of this type alone.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write entries, oldest first, as JSON Lines or CSV."""
    if as_json and form is ExportFormat.CSV:
        raise UsageError("--json and --format csv can't both be given")
    selection = Selection(
        since=None if since is None else moment("--since", since),
        until=None if until is None else moment("--until", until),
        lane=lane,
        entry_type=entry_type,
    )
    from offline_cache.audit import JournalReader  # noqa: PLC0415  # when used
    from offline_cache.state import StateFolder  # noqa: PLC0415

    reader = JournalReader(StateFolder(load_settings(config).state_folder).journal)
    try:
        descriptor = _opened(output)
        with shown("journal", reader.count()) as tell:
            _write(descriptor, form, selection, _watched(reader.lines(), tell))
    finally:
        reader.close()


def _opened(output: Path | None) -> int:
    """Return a descriptor to write to; what is there already is never overwritten.

    Raises:
        UsageError: the file can't be made.
    """
    if output is None:
        return os.dup(sys.stdout.fileno())
    try:
        return os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"{output}: can't be made ({error.strerror})") from error


def _write(
    descriptor: int, form: ExportFormat, selection: Selection, lines: Iterable[bytes]
) -> None:
    if form is ExportFormat.JSONL:
        with open(descriptor, "wb") as file:  # a descriptor
            file.writelines(line + b"\n" for line in _wanted(lines, selection))
        return
    with open(descriptor, "w", encoding="utf-8", newline="") as text:  # as above
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for line in _wanted(lines, selection):
            fields = entry_of(line).fields
            table.writerow([cell(fields.get(name)) for name in COLUMNS])


def _wanted(lines: Iterable[bytes], selection: Selection) -> Iterator[bytes]:
    """Yield the wanted lines as they stand: evidence; where all are wanted, damaged ones too."""
    if selection.is_all():
        yield from lines
        return
    for line in lines:
        if selection.takes(entry_of(line)):
            yield line


def _watched(lines: Iterable[bytes], tell: Callable[[int], object]) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        if number % _TOLD_EVERY_ENTRIES == 0:
            tell(number)
        yield line


def entry_of(line: bytes) -> ReadLine:
    """Return what a line says.

    Raises:
        CacheCorrupt: the line is damaged.
    """
    try:
        return read_line(line)
    except LineMalformed as error:
        raise CacheCorrupt(
            f"an entry is damaged ({error}); `scan-terminal journal verify` names it"
        ) from error


def cell(value: object) -> Any:  # what csv writes
    """Return a value as a spreadsheet takes it; a text can't become a formula there."""
    match value:
        case Mapping() | list():
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(_FORMULA):
            return "'" + value
        case _:
            return value
