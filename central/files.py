"""Files that are there whole or not at all, whatever happens while they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

SECRET_MODE = 0o600
PRIVATE_MODE = 0o700  # of a folder with secrets
PUBLIC_MODE = 0o644


def write_atomically(path: Path, octets: bytes, *, mode: int) -> None:
    """Write `octets` to `path`: a reader sees the old file or the new one, also after a power cut.

    One writer at a time; the temporary file's name begins with a point, so it is never served.
    """
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def make_folders(path: Path, *, below: Path) -> None:
    """Make `path` and its missing parents up to `below`, durably."""
    if path != below and not path.is_dir():
        make_folders(path.parent, below=below)
        path.mkdir()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for another process that does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, SECRET_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        flock(file, LOCK_EX)  # the kernel lets go when the file is closed, or its holder dies
        yield
