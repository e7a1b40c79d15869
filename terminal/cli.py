"""The command `scan-terminal`: what it can do, and how its errors reach a person."""

import sys

import click
import typer

from drivers.base import DriverError
from offline_cache.errors import CacheError
from terminal.commands import codes, devices, extras, journals, running
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
journal = typer.Typer(help="Look into the journal: tail, verify, export.", no_args_is_help=True)
app.add_typer(journal, name="journal")

app.command("run")(running.run)
app.command("status")(running.status)
app.command("sync")(running.sync)
app.command("enrol")(running.enrol)
app.command("doctor")(devices.doctor)
app.command("verify")(codes.verify)
app.command("decode")(codes.decode)
journal.command("tail")(journals.tail)
journal.command("verify")(journals.verify)
journal.command("export")(journals.export)
app.command("demo")(extras.demo)
app.command("bench")(extras.bench)


def main() -> None:
    """Run the command; an error is one line on standard error and exit status 2."""
    try:
        status = app(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)  # as a shell reports an interrupt
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output went away; there is nobody to tell
        sys.exit(1)
    except (TerminalError, CacheError, DriverError, TrustError) as error:
        typer.echo(f"scan-terminal: {error}", err=True)
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)
