"""A line as text: for people, for systemd behind a pipe, and for programs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from terminal.logs.line import Line

Form = Callable[[Line], str]


def for_people(line: Line) -> str:
    """Return a line with its time, UTC."""
    at = datetime.fromtimestamp(line.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{at} {line.level.upper()} {_told(line)}"


def with_priority(line: Line) -> str:
    """Return it as sd-daemon(3) has it, each line of it with its priority in front."""
    return "\n".join(f"<{line.priority}>{each}" for each in _told(line).split("\n"))


def as_json(line: Line) -> str:
    """Return one object on one line."""
    members: dict[str, object] = {
        "at": int(line.at),
        "level": line.level,
        "event": line.event.name,
        "message": line.text,
    }
    if line.fields:
        members["fields"] = {name.lower(): value for name, value in line.fields.items()}
    if line.suppressed:
        members["suppressed"] = line.suppressed
    if line.trace:
        members["trace"] = line.trace
    return json.dumps(members, ensure_ascii=False)


def _told(line: Line) -> str:
    left_out = f" ({line.suppressed} more like it before)" if line.suppressed else ""
    trace = f"\n{line.trace}" if line.trace else ""
    return f"{line.text}{left_out}{trace}"
