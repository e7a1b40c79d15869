"""`scan-central enrolment`: a code that turns one machine into a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.drawing import drawer
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.enrolments import allow_enrolment
from central.errors import BadRequest
from central.site import open_site
from central.wording import utc
from protocol.keys import to_base64url

Qr = Annotated[
    Path | None,
    typer.Option("--qr", help="Draw the code: file.png, file.svg, or - on standard error."),
]


def enrolment_command(
    *,
    name: Annotated[str | None, typer.Argument(help="The terminal's name.")] = None,
    terminal: Annotated[str | None, typer.Option(help="The same, for scripts.")] = None,
    directory: Directory = HERE,
    qr: Qr = None,
    as_json: Json = False,
) -> None:
    """Make a one-time code that turns one machine into a terminal within 15 minutes."""
    wanted = {given for given in (name, terminal) if given is not None}
    if len(wanted) != 1:
        raise BadRequest("name one terminal: scan-central enrolment NAME")
    site, draw = open_site(directory), drawer(qr)
    with opened_store(directory) as store:
        code, expires_at = allow_enrolment(store, *wanted, now=system_now())
    draw(code)
    root = to_base64url(site.pin)
    members = {
        "terminal": wanted.pop(),
        "code": code,
        "expires_at": expires_at,
        "trust_root": root,
    }
    until = utc(expires_at)
    say(members, f"code: {code}\ngood until: {until}\ntrust root: {root}", as_json=as_json)
