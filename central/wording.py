"""Words for operators that more than one part speaks."""

import shlex
from datetime import UTC, datetime
from pathlib import Path

# The last second that the calendar of ISO 8601 has with four digits; a terminal may name a later.
LAST_MOMENT = 253_402_300_799


def command(name: str, directory: Path) -> str:
    """Return a command as it is to be typed for the centre in `directory`."""
    return f"scan-central {name} --dir {shlex.quote(str(directory))}"


def utc(at: int) -> str:
    """Return a moment as ISO 8601 in UTC; one beyond the year 9999 as its number."""
    if at > LAST_MOMENT:
        return str(at)
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
