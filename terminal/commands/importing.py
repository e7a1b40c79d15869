"""The command `import`."""

from pathlib import Path
from typing import Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.settings import load_settings


def import_command(
    folder: Annotated[
        Path, typer.Argument(help="What the centre published: a stick, or a copy of it.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
) -> int:
    """Take trust from FOLDER, as from the centre: nothing forged, nothing older than what is held.

    Where FOLDER answers `enrol --request` of this machine, it is a terminal from then on. What is
    past its expiry is taken and told. A running daemon does it when asked; without one this
    command does it itself. Exit 0 where what FOLDER has is held now.
    """
    from terminal.importing import import_folder  # noqa: PLC0415  # when used

    told = import_folder(load_settings(config), folder)
    if as_json:
        print_json(told)
    elif told["fault"]:
        print_line(f"import: refused: {told['fault']}")
    else:
        what = "taken" if told["is_new"] else "held already"
        print_line(f"import: version {told['version']}, {told['age_s']} s old, {what}")
        if "terminal" in told:
            print_line(f"  this machine is terminal {told['terminal']}, epoch {told['epoch']}")
        for role in told["expired"] if isinstance(told["expired"], list) else ():
            print_line(f"  {role} is past its expiry")
    return 1 if told["fault"] else 0
