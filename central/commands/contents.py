"""`scan-central content`: what screens offer."""

from pathlib import Path
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, Keys, say, say_publication
from central.content_packs import keep_pack, pack_names, pack_octets, withdraw_pack
from central.errors import BadRequest, NotFound
from central.progress import shown
from central.site import Site, open_site

content = typer.Typer(
    help="Content packs: services, queues and checklists that screens offer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@content.command("publish")
def publish_content_command(
    *,
    file: Annotated[Path, typer.Argument(help="The pack, JSON (docs/visits.md).")],
    name: Annotated[
        str | None, typer.Option(help="What lanes name it by; default: that of the file.")
    ] = None,
    keys: Keys = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Keep a pack, in place of an older one of that name, and publish it."""
    site, named = open_site(directory), file.stem if name is None else name
    examined = keep_pack(site, named, pack_octets(file))
    if examined.pack is None:
        told = "\n".join(f"  {fault}\n    {fault.zh}" for fault in examined.faults)
        raise BadRequest(f"{file} is not published:\n{told}")
    with opened_store(directory) as store:
        audited(store, "content.publish", named, f"version {examined.pack.version}")
    _publish(site, directory, keys, as_json=as_json)


@content.command("withdraw")
def withdraw_content_command(
    *,
    name: Annotated[str, typer.Argument(help="The pack's name.")],
    keys: Keys = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Publish without a pack; screens that offer it offer nothing any more."""
    site = open_site(directory)
    if not withdraw_pack(site, name):
        raise NotFound(f"no pack is called {name!r}: see scan-central content list")
    with opened_store(directory) as store:
        audited(store, "content.withdraw", name)
    _publish(site, directory, keys, as_json=as_json)


@content.command("list")
def list_content_command(*, directory: Directory = HERE, as_json: Json = False) -> None:
    """Say which packs there are."""
    from protocol.content.reading import examine_pack  # noqa: PLC0415  # when used

    site = open_site(directory)
    for name in pack_names(site):
        pack = examine_pack((site.content / f"{name}.json").read_bytes()).pack
        version, services = (None, 0) if pack is None else (pack.version, len(pack.services))
        members = {"name": name, "version": version, "services": services}
        what = "has faults" if pack is None else f"version {version}, {services} services"
        say(members, f"{name}  {what}", as_json=as_json)


def _publish(site: Site, directory: Path, keys: list[Path] | None, *, as_json: bool) -> None:
    from central.publishing import Order, publish  # noqa: PLC0415  # TUF takes 0.1 s to import

    with shown() as progress:
        done = publish(site, system_now(), order=Order(keys=tuple(keys or ())), progress=progress)
    say_publication(done, directory, as_json=as_json)
