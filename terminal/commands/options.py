"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from terminal.settings import DEFAULT_PATH

ConfigOption = Annotated[
    Path,
    typer.Option("--config", envvar="SCAN_TERMINAL_CONFIG", help="The settings (TOML)."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, one object a line, for programs.")
]
DEFAULT_CONFIG = DEFAULT_PATH
