"""What the commands have in common: options, and how they answer."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from central.publishing import Publication

Directory = Annotated[
    Path, typer.Option("--dir", envvar="SCAN_CENTRAL_DIR", help="The centre's directory.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Keys = Annotated[
    list[Path] | None,
    typer.Option("--keys", help="A folder with keys, such as a stick's; may come again."),
]

HERE = Path("centre")


def say(members: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Answer for programs, or for people."""
    if as_json:
        put(members)
    else:
        typer.echo(text)


# Keys or dates may have changed all the same: "nothing changed" would belie the key that was.
NO_FILE = "published anew, no file is another"


def put(members: Mapping[str, object]) -> None:
    """Print one JSON line."""
    typer.echo(json.dumps(members, ensure_ascii=False))


def say_publication(done: "Publication", directory: Path, *, as_json: bool) -> None:
    """Say what was published; end with 1 where something waits for signatures."""
    members = {
        "version": done.version,
        "issued_at": done.issued_at,
        "changed": list(done.changed),
        "waiting": [
            {"role": w.role, "missing": w.missing, "keys": list(w.keys), "draft": _text(w.draft)}
            for w in done.waiting
        ],
        "ending": list(done.ending),
    }
    text = f"version {done.version}: {', '.join(done.changed) or NO_FILE}"
    say(members, text, as_json=as_json)
    for waiting in done.waiting:
        sys.stderr.write(f"scan-central: not published yet: {waiting.remedy(directory)}\n")
    for role in done.ending:
        sys.stderr.write(
            f"scan-central: {role} ends soon: scan-central trust renew {role} --keys FOLDER\n"
        )
    if done.waiting:
        raise SystemExit(1)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
