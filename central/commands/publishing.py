"""`scan-central publish`."""

from typing import Annotated

import typer

from central.centre import system_now
from central.commands.words import HERE, Directory, Json, Keys, say_publication
from central.options import moment
from central.progress import shown
from central.site import open_site


def publish_command(
    *,
    directory: Directory = HERE,
    keys: Keys = None,
    reset_floor: Annotated[
        str | None,
        typer.Option(help="RFC 3339: lower the terminals' clock floor, after a false date."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what has changed to the folder; DIR/profiles/NAME.toml replaces a shipped profile."""
    from central.publishing import Order, publish  # noqa: PLC0415  # TUF takes 0.1 s to import

    floor = None if reset_floor is None else moment("--reset-floor", reset_floor)
    order = Order(keys=tuple(keys or ()), reset_floor=floor)
    with shown() as progress:
        done = publish(open_site(directory), system_now(), order=order, progress=progress)
    say_publication(done, directory, as_json=as_json)
