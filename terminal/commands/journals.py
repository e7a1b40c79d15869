"""`journal tail`, `verify` and `export`: the record, for people and auditors."""

import csv
import json
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offline_cache.errors import CacheCorrupt
from protocol.journal import LineMalformed, read_line
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.errors import UsageError
from terminal.settings import load_settings

if TYPE_CHECKING:
    from _csv import Writer

    from offline_cache.audit import JournalReader


class ExportFormat(StrEnum):
    """How entries leave."""

    JSONL = "jsonl"
    CSV = "csv"


_COLUMNS = (
    "epoch", "seq", "at", "clock", "lane", "type", "profile", "sector", "pseudonym",
    "presentation", "iat", "verdict", "reason", "ages", "since", "counts",
)  # fmt: skip


def _reader(config: Path) -> "JournalReader":
    from offline_cache.audit import JournalReader  # noqa: PLC0415  # when used
    from offline_cache.state import StateFolder  # noqa: PLC0415

    return JournalReader(StateFolder(load_settings(config).state_folder).journal)


def tail(
    config: ConfigOption = DEFAULT_CONFIG,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=100_000, help="How many.")] = 10,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show the last entries."""
    reader = _reader(config)
    for _, line in reader.tail(count):
        entry = _entry(line)
        if as_json:
            print_json(entry)
        else:
            told = entry.get("verdict") or entry.get("counts")
            print_line(
                f"{entry['epoch']}/{entry['seq']} at {entry['at']} {entry['lane']}"
                f" {entry['type']}: {told} {entry.get('reason') or ''}"
            )
    reader.close()


def verify(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> int:
    """Recompute the whole chain; name every entry that is not as it was written.

    A cut tail can be noticed down to the centre's last acknowledgement only; what was never
    acknowledged leaves no trace when it is gone, and the answer says how far it reaches.
    """
    from offline_cache.identity import load_identity  # noqa: PLC0415  # when used
    from offline_cache.state import StateFolder  # noqa: PLC0415

    state = StateFolder(load_settings(config).state_folder)
    identity, reader = load_identity(state.identity), _reader(config)
    audit = reader.audit(identity.terminal)
    reader.close()
    faults = [{"epoch": f.epoch, "seq": f.seq, "what": f.what} for f in audit.faults]
    if as_json:
        print_json(
            {
                "entries": audit.entries,
                "epoch": audit.epoch,
                "tail_proven_to": audit.acked,
                "faults": faults,
            }
        )
    else:
        for fault in audit.faults:
            print_line(f"entry {fault.epoch}/{fault.seq}: {fault.what}")
        print_line(
            f"{audit.entries} entries, {len(faults)} faults; a cut tail would be noticed down to"
            f" entry {audit.acked}, the last that the centre acknowledged"
        )
    return 1 if faults else 0


def export(
    config: ConfigOption = DEFAULT_CONFIG,
    form: Annotated[ExportFormat, typer.Option("--format", help="How.")] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file to make; else standard output.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write every entry, oldest first, as JSON Lines or CSV."""
    if as_json and form is ExportFormat.CSV:
        raise UsageError("--json and --format csv can't both be given")
    reader = _reader(config)
    try:
        descriptor = (
            os.dup(sys.stdout.fileno())
            if output is None
            else os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        )
    except OSError as error:
        raise UsageError(f"{output}: can't be made ({error.strerror})") from error
    if form is ExportFormat.JSONL:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor
            file.writelines(line + b"\n" for line in reader.lines())  # evidence: as it is
    else:
        with open(descriptor, "w", encoding="utf-8", newline="") as text:  # noqa: PTH123  # as above
            _write_table(csv.writer(text), reader)
    reader.close()


def _write_table(table: "Writer", reader: "JournalReader") -> None:
    table.writerow(_COLUMNS)
    for line in reader.lines():
        entry = _entry(line)
        table.writerow([_cell(entry.get(name)) for name in _COLUMNS])


def _entry(line: bytes) -> Mapping[str, Any]:
    """Return an entry's members.

    Raises:
        CacheCorrupt: the line is damaged.
    """
    try:
        return read_line(line).fields
    except LineMalformed as error:
        raise CacheCorrupt(
            f"an entry is damaged ({error}); `scan-terminal journal verify` names it"
        ) from error


def _cell(value: object) -> object:
    """Return a value as a spreadsheet takes it; a text can't become a formula there."""
    match value:
        case dict():
            return json.dumps(value, separators=(",", ":"))
        case str() if value.startswith(("=", "+", "-", "@")):
            return "'" + value
        case _:
            return value
