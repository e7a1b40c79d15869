"""The command `scan-terminal`: what it can do, and how its errors reach a person."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from drivers.base import DriverError
from offline_cache.errors import CacheError
from terminal.commands import (
    aiming,
    clients,
    codes,
    contents,
    devices,
    drivers,
    emergencies,
    enrolling,
    exporting,
    extras,
    importing,
    journals,
    pictures,
    profiles,
    running,
    scanners,
    standing,
)
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_version, printable
from terminal.diagnosis.words import Language
from terminal.errors import TerminalError
from verifier.errors import TrustError

app = typer.Typer(
    name="scan-terminal",
    help="A QR scan terminal: proves citizen codes offline, drives the lane, keeps the journal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 all granted or healthy, 1 some not, 2 bad usage or a fault.",
)


@app.callback()
def _always(
    *,
    version: Annotated[  # noqa: ARG001  # typer calls what it names
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    os.umask(0o077)  # whatever a command writes is its user's own


journal = typer.Typer(help="Look into the journal: tail, verify, export.", no_args_is_help=True)
app.add_typer(journal, name="journal")
client_app = typer.Typer(
    help="Let programs use the local interface: add, list, remove.", no_args_is_help=True
)
app.add_typer(client_app, name="client")
content = typer.Typer(help="Check, describe and show content packs.", no_args_is_help=True)
app.add_typer(content, name="content")
profile = typer.Typer(help="Check, describe and explain profiles.", no_args_is_help=True)
app.add_typer(profile, name="profile")
emergency = typer.Typer(
    help="Hold gates open for whoever must get out, or end that.", no_args_is_help=True
)
app.add_typer(emergency, name="emergency")
drivers_app = typer.Typer(help="List every driver with its quality card; check one of others.")
app.add_typer(drivers_app, name="drivers")


@drivers_app.callback(invoke_without_command=True)
def _list_drivers(context: typer.Context, *, as_json: JsonOption = False) -> None:
    if context.invoked_subcommand is None:
        raise typer.Exit(drivers.show(as_json=as_json))


doctor_app = typer.Typer(help=devices.doctor.__doc__)
app.add_typer(doctor_app, name="doctor")


@doctor_app.callback(invoke_without_command=True)
def _doctor(
    context: typer.Context,
    config: ConfigOption = DEFAULT_CONFIG,
    language: devices.LanguageOption = Language.EN,
    *,
    as_json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is None:
        raise typer.Exit(devices.doctor(config, language, as_json=as_json))


def _exiting(command: Callable[..., Any]) -> Callable[..., None]:
    """Return `command` so that what it returns becomes the exit status."""

    @functools.wraps(command)
    def run_and_exit(*given: Any, **options: Any) -> None:
        raise typer.Exit(command(*given, **options) or 0)

    return run_and_exit


_COMMANDS: dict[str, Callable[..., Any]] = {
    "run": running.run,
    "status": standing.status,
    "sync": running.sync,
    "import": importing.import_command,
    "enrol": enrolling.enrol,
    "trust-root": enrolling.trust_root,
    "verify": codes.verify,
    "decode": pictures.decode,
    "aim": aiming.aim,
    "demo": extras.demo,
    "bench": extras.bench,
}
_JOURNAL_COMMANDS: dict[str, Callable[..., Any]] = {
    "tail": journals.tail,
    "verify": journals.verify,
    "export": exporting.export,
}
_CONTENT_COMMANDS: dict[str, Callable[..., Any]] = {
    "check": contents.check,
    "schema": contents.schema,
    "show": contents.show,
}
_PROFILE_COMMANDS: dict[str, Callable[..., Any]] = {
    "check": profiles.check,
    "schema": profiles.schema,
    "show": profiles.show,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_exiting(_command))
for _name, _command in _JOURNAL_COMMANDS.items():
    journal.command(_name)(_exiting(_command))
_CLIENT_COMMANDS: dict[str, Callable[..., Any]] = {
    "add": clients.add,
    "list": clients.show,
    "remove": clients.remove,
}
for _name, _command in _CLIENT_COMMANDS.items():
    client_app.command(_name)(_exiting(_command))
for _name, _command in _CONTENT_COMMANDS.items():
    content.command(_name)(_exiting(_command))
for _name, _command in _PROFILE_COMMANDS.items():
    profile.command(_name)(_exiting(_command))
emergency.command("open")(_exiting(emergencies.open_lanes))
emergency.command("close")(_exiting(emergencies.close_lanes))
doctor_app.command("scanner")(_exiting(scanners.scanner))
drivers_app.command("check")(_exiting(drivers.check))


def main() -> None:
    """Run the command; an error is one line on standard error and exit status 2."""
    try:
        app()
    except (TerminalError, CacheError, DriverError, TrustError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.filename or 'the system'}: {error.strerror or error}")


def _stop(text: str) -> NoReturn:
    typer.echo(f"scan-terminal: {printable(text)}", err=True)
    sys.exit(2)
