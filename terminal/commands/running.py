"""`run` and `sync`: the daemon's life."""

from typing import Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.settings import load_settings


def run(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Run the daemon: serve every lane of the settings until SIGTERM or SIGINT.

    What it has to say goes to standard error; with --json one object a line.
    """
    from terminal.daemon import run as run_daemon  # noqa: PLC0415  # devices and network, when used
    from terminal.logs.starting import begin_logging  # noqa: PLC0415

    settings = load_settings(config)
    begin_logging(settings.terminal.log_level, as_json=as_json)
    run_daemon(settings)


def sync(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    once: Annotated[bool, typer.Option("--once", help="One round, then end; the default.")] = True,
    as_json: JsonOption = False,
) -> int:
    """Fetch what the centre published and send what it does not hold; now, and once.

    A running daemon does it when asked; without one this command does it itself. Exit 0 only
    where all was taken and acknowledged.
    """
    from terminal.sync.by_hand import sync_once  # noqa: PLC0415  # network, when used

    del once  # said for clarity in scripts: for ever is the daemon's work
    result = sync_once(load_settings(config))
    if as_json:
        print_json(result)
    else:
        print_line(f"sync: {result['state']} {result['detail']}".rstrip())
        print_line(f"  entries {result['seq']}, acknowledged {result['acked']}")
    return 0 if result["state"] == "working" else 1
