"""`scan-central report`: what the centre knows of its terminals."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.words import HERE, Directory, Json, put
from central.errors import BadRequest
from central.options import moment
from central.projectors.reports import ReportProjector
from central.projectors.running import Projection
from central.queries import name_subsidies
from central.report_text import report_lines, table_lines, write_csv
from central.reports import EVER, REPORTS, Asked, Period, Report, entries
from central.site import open_site
from central.stopping import stop_cards
from central.store.store import Store

Since = Annotated[str | None, typer.Option(help="RFC 3339; default: from the first.")]
Until = Annotated[str | None, typer.Option(help="RFC 3339; default: to the last.")]


def report_command(
    *,
    name: Annotated[
        str | None, typer.Argument(help=f"{', '.join(REPORTS)}; default: the sums.")
    ] = None,
    directory: Directory = HERE,
    since: Since = None,
    until: Until = None,
    with_entries: Annotated[
        bool, typer.Option("--entries", help="Print every stored entry instead, as JSON.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the counts anew from the journals first.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a head line.")] = False,
    as_json: Json = False,
) -> None:
    """Say what terminals have brought; without NAME, of each terminal, and last the sums."""
    if name is not None and name not in REPORTS:
        raise BadRequest(f"no report is called {name!r}: choose from {', '.join(REPORTS)}")
    if as_csv and (as_json or name is None):
        raise BadRequest("--csv is for a report by name, and not together with --json")
    period = Period(
        since=EVER.since if since is None else moment("--since", since),
        until=EVER.until if until is None else moment("--until", until),
    )
    with opened_store(directory) as store:
        if rebuild:
            stop_cards(store, open_site(directory))
            name_subsidies(store, open_site(directory))
        if with_entries:
            for entry in entries(store):
                put(entry)
            return
        _bring_up(store, rebuild=rebuild)
        if name is None:
            _say_sums(store, as_json=as_json)
        else:
            asked = Asked(store=store, period=period, now=system_now())
            _say_rows(name, asked, as_csv=as_csv, as_json=as_json)


@contextmanager
def opened_store(directory: Path) -> Iterator[Store]:
    """Open a centre's store for one command."""
    store = open_site(directory).open_store()
    try:
        yield store
    finally:
        store.close()


def _bring_up(store: Store, *, rebuild: bool) -> None:
    """Take in what a centre that serves has not taken in yet, or all of it anew."""
    projector, now = ReportProjector(store), system_now()
    projection = Projection(store, projector)
    if rebuild:
        projection.rebuild(now)
    else:
        projection.round(now)
    projector.tidy(now)


def _say_sums(store: Store, *, as_json: bool) -> None:
    report = Report(store)
    if as_json:
        for members in (*report.terminals(), report.totals()):
            put(members)
        return
    for told in report_lines(report):
        typer.echo(told)


def _say_rows(name: str, asked: Asked, *, as_csv: bool, as_json: bool) -> None:
    rows = REPORTS[name](asked)
    if as_csv:
        write_csv(rows, sys.stdout)
    elif as_json:
        for row in rows:
            put(row)
    else:
        for told in table_lines(rows):
            typer.echo(told)
