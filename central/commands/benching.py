"""`scan-central bench`: behind an entry point, for the centre imports no simulator."""

from importlib.metadata import entry_points
from typing import Annotated

import typer

from central.commands.words import Json
from central.errors import ExtraMissing

_GROUP = "scan_central.commands"


def bench_command(
    *,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SCAN_CENTRAL_BENCH_DATABASE",
            help="postgresql://USER@HOST/NAME; what is made there is dropped again."
            " Default: a server of its own, for as long as it takes.",
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(help="How often each is measured.", min=1)] = 5,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 where a budget is missed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure what the centre takes on each engine, and how a herd of terminals is served."""
    for point in entry_points(group=_GROUP, name="bench"):
        try:
            run = point.load()
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool", "fastapi"}:
                raise
            raise ExtraMissing("demo,postgres") from error
        code = run(database=database, rounds=rounds, check=check, as_json=as_json)
        raise typer.Exit(code)
    raise ExtraMissing("demo,postgres")
