"""Our trust client behind the command line that the public tuf-conformance suite drives.

    python -m tests.conformance.tuf_client --metadata-dir D init ROOT
    python -m tests.conformance.tuf_client --metadata-dir D --metadata-url U refresh
    python -m tests.conformance.tuf_client --metadata-dir D --metadata-url U
        --target-name T --target-base-url B --target-dir X download

Strict: expired metadata is refused. Exit status 0 or 1. Each role is kept as soon as it is
accepted, as the suite asks for; a terminal swaps whole sets.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from tuf.api.metadata import TargetFile

from offline_cache.files import write_durably
from offline_cache.trust_client.limits import TARGET_OCTETS_MAX
from offline_cache.trust_client.lookup import check_target, find
from offline_cache.trust_client.workflow import Workflow
from terminal.centre.http_door import HttpDoor
from terminal.errors import TerminalError
from terminal.sync.trust_source import HttpSource
from verifier.errors import TrustError
from verifier.model import UnixSeconds


def main(arguments: list[str], *, now: Callable[[], float] = time.time) -> int:
    """Do what `arguments` ask for at `now`; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "init":
            shutil.copyfile(given.root, Path(given.metadata_dir, "root.json"))
        else:
            _online(given, UnixSeconds(int(now())))
    except (TrustError, TerminalError, OSError) as error:
        print(f"tuf_client: {error}", file=sys.stderr)  # noqa: T201  # a program
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuf_client")
    for name in ("metadata-dir", "metadata-url", "target-base-url", "target-dir"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--target-name", action="append", default=[])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root")
    commands.add_parser("refresh")
    commands.add_parser("download")
    return parser


def _online(given: argparse.Namespace, now: UnixSeconds) -> None:
    folder = Path(given.metadata_dir)
    door = HttpDoor()
    source = HttpSource(door, given.metadata_url, given.target_base_url)
    held = {unquote(path.stem): path.read_bytes() for path in folder.glob("*.json")}
    if "root" not in held:
        raise TrustError(f"{folder}: no root.json; begin with init")
    try:
        workflow = Workflow(
            held,
            source,
            now=now,
            keep=lambda role, octets: write_durably(_file(folder, role), octets),
            is_strict=True,
        )
        workflow.refresh()
        if given.command == "download":
            for name in given.target_name:
                _download(workflow, source, name, Path(given.target_dir, quote(name, safe="")))
    finally:
        door.close()


def _download(workflow: Workflow, source: HttpSource, name: str, path: Path) -> None:
    target = find(workflow, name)
    if target is None:
        raise TrustError(f"no role names {name}")
    if _is_held(target, path):
        return
    names = target.get_prefixed_paths() if workflow.root.consistent_snapshot else [name]
    octets = source.target(names[0], limit=min(target.length, TARGET_OCTETS_MAX))
    check_target(target, octets)
    write_durably(path, octets)


def _is_held(target: TargetFile, path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        check_target(target, path.read_bytes())
    except TrustError:
        return False
    return True


def _file(folder: Path, role: str) -> Path:
    return folder / f"{quote(role, safe='')}.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
