"""A terminal without a network: its request is read from a folder, and answered into it."""

import os
from pathlib import Path
from shutil import copyfile

from central.enrolments import enrol_by_folder
from central.errors import BadRequest
from central.files import sync_folder
from central.site import Site
from central.store.store import Store
from protocol.enrolment_folder import (
    REQUEST_GLOB,
    REQUEST_OCTETS_MAX,
    FolderRequest,
    answer_name,
    plain_fingerprint,
    read_request,
)
from protocol.trust_folder import METADATA, TIMESTAMP_NAME, TUF
from verifier.model import UnixSeconds

# A stick that went round a city brings some; a folder of more holds something else.
REQUESTS_MAX = 1_000


def answer_folder(
    site: Site, store: Store, folder: Path, *, terminal: str, fingerprint: str, now: UnixSeconds
) -> Path:
    """Return where the answer stands now; what the centre published lies beside it.

    Args:
        site: the centre.
        store: its open store.
        folder: with the request in it.
        terminal: what the machine is to be.
        fingerprint: as the technician read it at the machine, and not off the stick.
        now: by this machine's clock.

    Raises:
        BadRequest: no such request is there, what would be written over is no file, or that
            machine was let in as another.
        OSError: the folder can't be written.
    """
    request = _request(folder, plain_fingerprint(fingerprint))
    path = _plain(folder, answer_name(request.fingerprint))
    _copy_published(site.tuf, folder)
    answer = enrol_by_folder(site, store, terminal, request, now=now)
    _write(path, answer)
    return path


def _request(folder: Path, fingerprint: str) -> FolderRequest:
    found: list[str] = []
    for path in sorted(folder.glob(REQUEST_GLOB))[:REQUESTS_MAX]:
        if not path.is_file():
            continue
        with path.open("rb") as file:
            octets = file.read(REQUEST_OCTETS_MAX + 1)
        try:
            request = read_request(octets)
        except ValueError as error:
            found.append(f"{path.name}: {error}")
            continue
        if plain_fingerprint(request.fingerprint) == fingerprint:
            return request
        found.append(f"{path.name}: another machine's")
    told = "; ".join(found[:4]) or "no request at all"
    raise BadRequest(
        f"{folder}: no request of the fingerprint that --fingerprint names ({told}); read it off"
        " the terminal again: scan-terminal enrol --request"
    )


def _copy_published(published: Path, folder: Path) -> None:
    """Copy what is published; the timestamp, as it was at first, comes last.

    What is published meanwhile is not named by it, and what it names stays.
    """
    stamp = published / METADATA / TIMESTAMP_NAME
    if not stamp.is_file():
        raise BadRequest("nothing is published yet: scan-central publish, then again")
    octets = stamp.read_bytes()
    for source in sorted(path for path in published.rglob("*") if path.is_file()):
        if source != stamp and not source.name.startswith("."):
            target = _plain(folder, TUF, *source.relative_to(published).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(source, target)
    _write(_plain(folder, TUF, METADATA, TIMESTAMP_NAME), octets)


def _plain(folder: Path, *parts: str) -> Path:
    """Return a path below the folder, on which nothing but folders and files lies.

    A stick may hold links and devices, and what is written through them goes to any file of the
    operator's.

    Raises:
        BadRequest: something else does.
    """
    path = folder.joinpath(*parts)
    above = [folder.joinpath(*parts[:count]) for count in range(1, len(parts))]
    for each in (*above, _beside(path), path):
        is_plain = not each.exists() or each.is_dir() or each.is_file()
        if each.is_symlink() or not is_plain:
            raise BadRequest(f"{each} is neither file nor folder: remove it, or take another stick")
    return path


def _write(path: Path, octets: bytes) -> None:
    """Write a file whole or not at all; its mode is the stick's own, which may know none."""
    beside = _beside(path)
    with beside.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")
