"""Words for operators that more than one part speaks."""

import shlex
from pathlib import Path


def command(name: str, directory: Path) -> str:
    """Return a command as it is to be typed for the centre in `directory`."""
    return f"scan-central {name} --dir {shlex.quote(str(directory))}"
