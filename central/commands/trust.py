"""`scan-central trust`: keys of the TUF roles, from their ceremony to their loss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.words import HERE, Directory, Json, Keys, say, say_publication
from central.progress import shown
from central.site import Site, open_site
from central.wording import command
from protocol.keys import to_base64url

trust = typer.Typer(
    help="Keys and signatures of the published folder (docs/trust-keys.md).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@trust.command("show")
def show_command(*, directory: Directory = HERE, keys: Keys = None, as_json: Json = False) -> None:
    """Say of each role how it stands: version, end, keys and which of them are here."""
    from central.trust.overview import overview  # noqa: PLC0415  # TUF takes 0.1 s to import

    for told in overview(open_site(directory), keys or ()):
        say(told.members(), told.text(), as_json=as_json)


@trust.command("sign")
def sign_command(
    *,
    drafts: Annotated[list[Path], typer.Argument(help="Files that publish has named.")],
    keys: Keys = None,
    as_json: Json = False,
) -> None:
    """Sign drafts with the keys at hand; needs no centre, so another machine can do it."""
    from central.trust.drafts import sign_draft  # noqa: PLC0415  # TUF takes 0.1 s to import
    from central.trust.keyring import read_keyring  # noqa: PLC0415  # as above

    ring = read_keyring(keys or ())
    for path in drafts:
        done = sign_draft(path, ring)
        members = {
            "role": done.role,
            "version": done.version,
            "expires": done.expires,
            "targets": dict(done.targets),
            "keys": [named.members() for named in done.keys],
            "signed_by": list(done.by),
            "unsigned": list(done.unsigned),
        }
        say(members, done.text(), as_json=as_json)


@trust.command("rotate")
def rotate_command(
    *,
    names: Annotated[list[str], typer.Argument(help="Of keys, as `trust show` names them.")],
    directory: Directory = HERE,
    keys: Keys = None,
    into: Annotated[
        Path | None, typer.Option(help="Where new keys are written; default: the centre's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put new keys in the place of old or lost ones, and publish that."""
    from central.trust.rotation import rotate  # noqa: PLC0415  # TUF takes 0.1 s to import

    site = open_site(directory)
    folder = site.tuf_keys if into is None else into
    for done in rotate(site, names, into=folder, now=system_now()):
        members = {
            "role": done.role,
            "old": done.old,
            "new": done.new,
            "public": done.public,
            "file": str(done.path),
        }
        text = f"{done.new} takes the place of {done.old}: {done.path}\n    {done.public}"
        say(members, f"{text}\ndestroy {done.old} once this is published", as_json=as_json)
    _publish(site, [*(keys or ()), folder], as_json=as_json)


@trust.command("renew")
def renew_command(
    *,
    roles: Annotated[list[str], typer.Argument(help="Such as root or targets.")],
    directory: Directory = HERE,
    keys: Keys = None,
    as_json: Json = False,
) -> None:
    """Sign roles anew for another year, and publish that."""
    from central.trust.rotation import renew  # noqa: PLC0415  # TUF takes 0.1 s to import

    site = open_site(directory)
    renew(site, roles, now=system_now())
    _publish(site, keys or (), as_json=as_json)


@trust.command("approve")
def approve_command(
    *, directory: Directory = HERE, keys: Keys = None, as_json: Json = False
) -> None:
    """Approve, with the bulk key, exactly what publish would change now; recorded for good."""
    from central.trust.approving import approve_bulk  # noqa: PLC0415  # TUF takes 0.1 s to import

    approved = approve_bulk(open_site(directory), keys or (), now=system_now())
    for change, path in approved:
        members = {"list": change.name, "flips": change.flips, "of": change.entries}
        text = f"approved: {change.flips} of {change.entries} places of {change.name}"
        say(members | {"record": str(path)}, f"{text}, recorded in {path}", as_json=as_json)
    if not approved and not as_json:
        typer.echo("nothing needs an approval")


@trust.command("restored")
def restored_command(
    *, directory: Directory = HERE, keys: Keys = None, as_json: Json = False
) -> None:
    """Publish after a backup was put back: with versions that terminals have not seen yet."""
    from central.trust.recovery import publish_restored  # noqa: PLC0415  # TUF takes 0.1 s

    with shown() as progress:
        done = publish_restored(
            open_site(directory), system_now(), keys=tuple(keys or ()), progress=progress
        )
    say_publication(done, directory, as_json=as_json)


@trust.command("begin-anew")
def begin_anew_command(*, directory: Directory = HERE, as_json: Json = False) -> None:
    """Make new keys and a new root, which every terminal must be given: when root's are lost."""
    from central.trust.recovery import begin_anew  # noqa: PLC0415  # TUF takes 0.1 s to import

    site = open_site(directory)
    aside = begin_anew(site, now=system_now())
    pin = to_base64url(site.pin)
    text = (
        f"new trust root: {pin}\nno terminal believes it yet: set centre.trust_root on each of"
        f" them\nwhat was before lies in {aside}\nnext: {command('publish', directory)}"
    )
    say({"trust_root": pin, "before": str(aside)}, text, as_json=as_json)


def _publish(site: Site, keys: Sequence[Path], *, as_json: bool) -> None:
    from central.publishing import Order, publish  # noqa: PLC0415  # TUF takes 0.1 s to import

    with shown() as progress:
        done = publish(site, system_now(), order=Order(keys=tuple(keys)), progress=progress)
    say_publication(done, site.directory, as_json=as_json)
