"""`scan-central enrolment`: a code that turns one machine into a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.drawing import drawer, extra
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.enrolment_folder import answer_folder
from central.enrolments import allow_enrolment
from central.errors import BadRequest
from central.site import Site, open_site
from central.slips import slip_text
from central.wording import utc
from protocol.keys import to_base64url

Qr = Annotated[
    Path | None,
    typer.Option("--qr", help="Draw the code: file.png, file.svg, or - on standard error."),
]
_SHEET = ".html"


def enrolment_command(
    *,
    name: Annotated[str | None, typer.Argument(help="The terminal's name.")] = None,
    terminal: Annotated[str | None, typer.Option(help="The same, for scripts.")] = None,
    directory: Directory = HERE,
    qr: Annotated[
        Path | None,
        typer.Option(
            "--qr", help="Draw the slip: file.png, .svg, .html to print, or - on standard error."
        ),
    ] = None,
    url: Annotated[
        str, typer.Option(help="By which the terminal reaches the centre, where it names none.")
    ] = "",
    site: Annotated[str, typer.Option(help="Where it will stand, for the technician.")] = "",
    answer: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Answer `scan-terminal enrol --request` there."),
    ] = None,
    fingerprint: Annotated[
        str, typer.Option(help="With --answer: what the terminal printed, read off its screen.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make a one-time code that turns one machine into a terminal within 15 minutes."""
    wanted = {given for given in (name, terminal) if given is not None}
    if len(wanted) != 1:
        raise BadRequest("name one terminal: scan-central enrolment NAME")
    if (answer is None) != (not fingerprint):
        raise BadRequest("--answer FOLDER and --fingerprint go together")
    centre = open_site(directory)
    if answer is not None:
        _answer(centre, directory, answer, wanted.pop(), fingerprint, as_json=as_json)
        return
    is_sheet = qr is not None and qr.suffix.lower() == _SHEET
    draw = drawer(None if is_sheet else qr)
    if is_sheet:
        with extra():
            import central.enrolment_sheet  # noqa: F401, PLC0415  # told before a code is made
    slip_text(centre, "A" * 26, system_now(), url=url, place=site)  # as above: a fault of words
    with opened_store(directory) as store:
        code, expires_at = allow_enrolment(store, *wanted, now=system_now())
        audited(store, "enrolment.make", *wanted)
    of = wanted.pop()
    slip = slip_text(centre, code, expires_at, url=url, place=site)
    draw(slip)
    if qr is not None and is_sheet:
        from central.enrolment_sheet import write_sheet  # noqa: PLC0415  # needs the extra

        write_sheet(slip, qr, terminal=of, place=site, expires_at=expires_at)
    root = to_base64url(centre.pin)
    members = {"terminal": of, "code": code, "expires_at": expires_at, "trust_root": root}
    until = utc(expires_at)
    say(
        {**members, "slip": slip},
        f"code: {code}\ngood until: {until}\ntrust root: {root}",
        as_json=as_json,
    )


def _answer(
    centre: Site, directory: Path, folder: Path, terminal: str, fingerprint: str, *, as_json: bool
) -> None:
    with opened_store(directory) as store:
        path = answer_folder(
            centre, store, folder, terminal=terminal, fingerprint=fingerprint, now=system_now()
        )
        audited(store, "enrolment.answer", terminal, f"key {fingerprint}")
    say(
        {"terminal": terminal, "file": str(path)},
        f"answer: {path}\ntake the folder to the terminal: scan-terminal import FOLDER",
        as_json=as_json,
    )
