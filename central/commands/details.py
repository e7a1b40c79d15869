"""`scan-central open-details`: what an entry says to the centre alone."""

import json
from pathlib import Path
from typing import Annotated

import typer

from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.details import details_of
from central.errors import BadRequest, NotFound
from central.options import octets_of
from central.site import open_site
from protocol.keys import SEED_BYTES, OpeningKey


def open_details_command(
    *,
    terminal: Annotated[str, typer.Argument(help="The terminal's name.")],
    epoch: Annotated[int, typer.Argument(min=1)],
    seq: Annotated[int, typer.Argument(min=1, help="The entry's number.")],
    keys: Annotated[
        list[Path] | None,
        typer.Option("--key", help="A seal key that is no longer the centre's; may come again."),
    ] = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Open the sealed details of one entry. They are personal data: know why you look."""
    own = [open_site(directory).keys.seal, *(_key(path) for path in keys or ())]
    with opened_store(directory) as store:
        lines = store.projections.lines(terminal, epoch, seq - 1, 1)
    place = f"entry {seq} of epoch {epoch} of {terminal!r}"
    if not lines or lines[0][0] != seq:
        raise NotFound(f"{place} is not held here: see scan-central report --entries")
    try:
        details = details_of(json.loads(lines[0][1]), own)
    except ValueError as error:
        raise NotFound(f"{place}: {error}; name its key with --key FILE") from error
    if details is None:
        raise NotFound(f"{place} has no sealed details")
    with opened_store(directory) as store:
        audited(store, "details.open", f"{terminal} {epoch}/{seq}")
    members = {"terminal": terminal, "epoch": epoch, "seq": seq, "details": details}
    text = "\n".join(f"{name}: {json.dumps(details[name])}" for name in details)
    say(members, text, as_json=as_json)


def _key(path: Path) -> OpeningKey:
    """Return a secret key kept as the centre's are: 64 hex digits."""
    try:
        octets = bytes.fromhex(octets_of(path, 200).decode("ascii"))
    except ValueError as error:
        raise BadRequest(f"{path} holds no key: 64 hex digits") from error
    if len(octets) != SEED_BYTES:
        raise BadRequest(f"{path} holds no key: 64 hex digits")
    return OpeningKey(octets)
