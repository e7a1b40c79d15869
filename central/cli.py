"""`scan-central`: the reference centre and test issuer, from the command line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.appeals import appeals
from central.commands.benching import bench_command
from central.commands.contents import content
from central.commands.details import open_details_command
from central.commands.drawing import drawer, extra
from central.commands.enrolling import Qr, enrolment_command
from central.commands.inviting import invite_command
from central.commands.operators import audit_command, audited, operator, pages_way
from central.commands.publishing import publish_command
from central.commands.reporting import opened_store, report_command
from central.commands.subsidies import subsidy
from central.commands.tokens import token
from central.commands.trust import trust
from central.commands.wiping import wipe_command
from central.commands.words import HERE, Directory, Json, put, say
from central.errors import BadRequest, CentralError, NotFound
from central.issuing import Order, capability_mask, issue, set_status, type_mask
from central.options import moment, octets_of, public_key
from central.records import TerminalState
from central.showing import CARD_BYTES_MAX, Bound, answer_to, draw_code, read_card
from central.site import init_site, open_site
from central.wording import command
from protocol.keys import to_base64url
from verifier.model import UnixSeconds
from verifier.status import Status

app = typer.Typer(
    help="The reference central service and test issuer of scan-terminal.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(trust, name="trust")
app.command("bench")(bench_command)
app.command("publish")(publish_command)
app.command("enrolment")(enrolment_command)
app.command("invite")(invite_command)
app.command("report")(report_command)
app.add_typer(content, name="content")
app.add_typer(subsidy, name="subsidy")
app.add_typer(appeals, name="appeals")
app.add_typer(token, name="token")
app.add_typer(operator, name="operator")
app.command("audit")(audit_command)
app.command("wipe")(wipe_command)
app.command("open-details")(open_details_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; 0 ok, 1 something not found or not ok, 2 usage or environment.

    Args:
        arguments: without the program's name; None: the process's own.
    """
    try:
        app(args=arguments, prog_name="scan-central")
    except CentralError as error:
        _stop(str(error), error.exit_code)
    except OSError as error:
        _stop(f"{error.filename or 'the system'}: {error.strerror or error}", 2)


def _stop(text: str, code: int) -> None:
    sys.stderr.write(f"scan-central: {text}\n")
    raise SystemExit(code)


@app.command("init")
def init_command(
    directory: Directory = HERE,
    issuer: Annotated[str, typer.Option(help="The issuer's name.")] = "city.example",
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SCAN_CENTRAL_DATABASE",
            help="postgresql://USER@HOST/NAME, an empty database; default: a file in DIR.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a centre: its keys, database and empty folder. Prints the root that terminals pin."""
    site = init_site(directory, issuer=issuer, now=system_now(), database=database)
    pin = to_base64url(site.pin)
    members = {"dir": str(directory), "issuer": issuer, "trust_root": pin}
    say(
        members,
        f"centre of {issuer} made in {directory}\ntrust root: {pin}\n"
        f"next: {command('publish', directory)}\nthen: {command('serve', directory)}",
        as_json=as_json,
    )


@app.command("serve")
def serve_command(
    *,
    directory: Directory = HERE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any free one.", min=0, max=65_535)] = 8480,
    operators: Annotated[
        bool | None,
        typer.Option(
            "--operators/--no-operators",
            help="Serve the operators' pages, /operate/; default: if there is an operator.",
        ),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="https://HOST where TLS is, as operators type it.")
    ] = None,
    holder_page: Annotated[
        bool,
        typer.Option("--holder-page", help="Serve the test page, /holder/: phones as test cards."),
    ] = False,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Serve by TLS: the certificate chain, PEM.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    as_json: Json = False,
) -> None:
    """Serve the folder, enrolment and uploads until SIGTERM or SIGINT."""
    site = open_site(directory)
    with extra():
        pages_by = pages_way(site, operators=operators, public_url=public_url)
        from central.serving import Options, serve  # noqa: PLC0415  # needs the extra
    if (tls_cert is None) != (tls_key is None):
        raise BadRequest("--tls-cert and --tls-key go together")
    tls = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    serve(
        site,
        host=host,
        port=port,
        pages_by=pages_by,
        options=Options(has_holder_page=holder_page, tls=tls),
        announce=lambda url: say({"url": url}, f"serving {site.issuer} on {url}", as_json=as_json),
    )


@app.command("issue")
def issue_command(
    *,
    directory: Directory = HERE,
    capabilities: Annotated[str, typer.Option(help="Such as health-pass,shop.")] = "",
    types: Annotated[str, typer.Option(help="Such as senior,student.")] = "",
    static: Annotated[
        bool, typer.Option("--static/--dynamic", help="For printing, or for a phone.")
    ] = False,
    days: Annotated[int | None, typer.Option(help="How long it is valid.", min=1)] = None,
    not_before: Annotated[str | None, typer.Option(help="RFC 3339; default now.")] = None,
    expires: Annotated[str | None, typer.Option(help="RFC 3339; default 365 days later.")] = None,
    holder_key: Annotated[
        str | None, typer.Option(help="The phone's public key, base64url; default: a new one.")
    ] = None,
    qr: Qr = None,
    count: Annotated[int, typer.Option(help="How many cards.")] = 1,
    as_json: Json = False,  # noqa: ARG001  # a card is a JSON line with and without it
) -> None:
    """Issue cards. Prints one JSON object a card; publish when they pass a multiple of 1,024."""
    if days is not None and expires is not None:
        raise BadRequest("--days and --expires can't both be given")
    if qr is not None and (count != 1 or not static):
        raise BadRequest("--qr is for one --static card: a dynamic code is drawn by the phone")
    now = system_now()
    begin = now if not_before is None else moment("--not-before", not_before)
    end = begin + (days or 365) * 86_400 if expires is None else moment("--expires", expires)
    order = Order(
        count=count,
        dynamic=not static,
        holder_key=None if holder_key is None else public_key("--holder-key", holder_key),
        not_before=begin,
        expires_at=UnixSeconds(end),
        types=type_mask(types),
        capabilities=capability_mask(capabilities),
    )
    draw = drawer(qr)
    for card in issue(open_site(directory), order, now=now):
        put(card)
        draw(str(card.get("code")))
    with opened_store(directory) as store:
        audited(store, "card.issue", "static" if static else "dynamic", f"{count} cards")


@app.command("show")
def show_command(
    card: Annotated[
        Path, typer.Option(help="What `issue --dynamic` printed, its first card; - is stdin.")
    ],
    audience: Annotated[str | None, typer.Option(help="The one lane it is for.")] = None,
    challenge: Annotated[
        str | None, typer.Option(help="What a lane shows to be answered: CC1Q:...")
    ] = None,
    qr: Qr = None,
    as_json: Json = False,
) -> None:
    """Draw a dynamic card's code now, as the phone would; it is good for some seconds."""
    draw, held, now = drawer(qr), read_card(octets_of(card, CARD_BYTES_MAX)), system_now()
    if audience is not None and challenge is not None:
        raise BadRequest("--challenge names its lane: leave --audience out")
    bound = Bound(audience=audience) if challenge is None else answer_to(challenge)
    code = draw_code(held, bound=bound, now=now)
    draw(code)
    say({"code": code, "drawn_at": now}, code, as_json=as_json)


@app.command("revoke")
def revoke_command(
    status: Annotated[int, typer.Option(help="The card's status index.", min=0)],
    directory: Directory = HERE,
    suspend: Annotated[bool, typer.Option("--suspend", help="Only for a time.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Make it valid again.")] = False,
    publish_now: Annotated[bool, typer.Option("--publish", help="Publish at once.")] = False,
    as_json: Json = False,
) -> None:
    """Revoke a card, suspend or restore it. Terminals learn of it by `publish`."""
    if suspend and restore:
        raise BadRequest("--suspend and --restore can't both be given")
    value = Status.SUSPENDED if suspend else Status.VALID if restore else Status.REVOKED
    site = open_site(directory)
    set_status(site, status, value)
    with opened_store(directory) as store:
        audited(store, f"card.{value.name.lower()}", f"status {status}")
    from central.publishing import publish  # noqa: PLC0415  # TUF takes 0.1 s to import

    version = publish(site, system_now()).version if publish_now else None
    word = value.name.lower()
    make_known = f"run {command('publish', directory)} to make it known"
    known = make_known if version is None else f"published in version {version}"
    members = {"status": status, "value": word, "published": version}
    say(members, f"card {status} is {word}; {known}", as_json=as_json)


@app.command("suspend")
def suspend_command(
    terminal: Annotated[str, typer.Option(help="The terminal's name.")],
    directory: Directory = HERE,
    resume: Annotated[bool, typer.Option("--resume", help="Take its uploads again.")] = False,
    as_json: Json = False,
) -> None:
    """Refuse a terminal's uploads until it is resumed; it keeps its entries."""
    state = TerminalState.ACTIVE if resume else TerminalState.SUSPENDED
    with opened_store(directory) as store, store.transaction():
        if not store.terminals.set_state(terminal, state):
            raise NotFound(f"no terminal is called {terminal!r}: see scan-central report")
        audited(store, "terminal.resume" if resume else "terminal.suspend", terminal)
    members = {"terminal": terminal, "status": state.value}
    say(members, f"{terminal} is {state.value}", as_json=as_json)
