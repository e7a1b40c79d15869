"""Whole files, written so that a power cut leaves the old one or the new one.

The door to what must outlive a power cut and is no database: whoever writes, renames or removes
such a file does it here. Every call to the system goes through `calls`, which the crash proof
(tests/crash) replaces by one that logs them, or fails them.
"""

import os
from pathlib import Path


class FileCalls:
    """The calls to the system, each for itself; every one raises OSError."""

    def open(self, path: Path, mode: int) -> int:
        """Return a descriptor of `path`, empty and open for writing; no link is followed."""
        # A stick that a request is written onto may hold one that leads to our own files.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, mode)

    def write(self, descriptor: int, path: Path, octets: bytes) -> None:
        """Write all of `octets`; `path` is for who logs it."""
        del path
        left = memoryview(octets)
        while left:
            left = left[os.write(descriptor, left) :]

    def sync(self, descriptor: int, path: Path) -> None:
        """Make a file's octets, or a folder's names, durable; `path` as above."""
        del path
        os.fsync(descriptor)

    def make_folder(self, path: Path, mode: int) -> None:
        """Make the folder `path`; its parent is there."""
        path.mkdir(mode, exist_ok=True)

    def replace(self, source: Path, target: Path) -> None:
        """Give `source` the name `target`, whatever had it."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Take a name away."""
        path.unlink()

    def names(self, folder: Path) -> list[str]:
        """Return the names in `folder`."""
        return [path.name for path in folder.iterdir()]


calls = FileCalls()


def write_durably(path: Path, octets: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `octets`; they are on the disk when this returns.

    Raises:
        OSError: the disk is full, read-only or failing; `path` is as it was, or holds the new
            octets where only the last sync failed.
    """
    make_folders(path.parent)
    fresh = path.with_name(f".{path.name}.new")
    try:
        _write_synced(fresh, octets, mode)
        calls.replace(fresh, path)
    except OSError:
        remove(fresh)
        raise
    sync_folder(path.parent)


def make_folders(path: Path, *, mode: int = 0o777) -> None:
    """Make the folder `path` and those above it that are missing, durably.

    Args:
        path: the folder.
        mode: of it alone; those above it get what the umask leaves.

    Raises:
        OSError: the disk is full, read-only or failing.
    """
    if path.is_dir():
        return
    make_folders(path.parent)
    calls.make_folder(path, mode)
    sync_folder(path.parent)


def rename_durably(source: Path, target: Path) -> None:
    """Make the file `source` durable, and its name `target`, whatever had that.

    Raises:
        OSError: the disk is full, read-only or failing; both may be as they were.
    """
    sync_file(source)
    calls.replace(source, target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Take a name away, where it is there; a power cut may bring it back until its folder is synced.

    Raises:
        OSError: the disk is read-only or failing, or `path` is a folder.
    """
    try:
        calls.remove(path)
    except FileNotFoundError:
        return


def sync_file(path: Path) -> None:
    """Make the octets of `path` durable, whoever wrote them.

    Raises:
        OSError: the disk is failing, or there is no such file.
    """
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Make the names in `path` durable.

    Raises:
        OSError: the disk is failing, or there is no such folder.
    """
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _write_synced(path: Path, octets: bytes, mode: int) -> None:
    """Write a file through one descriptor, for a write that failed is told at its sync."""
    descriptor = calls.open(path, mode)
    try:
        calls.write(descriptor, path, octets)
        calls.sync(descriptor, path)
    finally:
        os.close(descriptor)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        calls.sync(descriptor, path)
    finally:
        os.close(descriptor)
