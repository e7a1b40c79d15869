"""The calls of offline_cache/files.py and database.py on a disk that logs and fails them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from offline_cache import database as databases
from offline_cache import files
from offline_cache.database import DatabaseCalls
from offline_cache.files import FileCalls
from tests.crash.disk import Call, Disk, Failure, fault_of
from tests.crash.vfs import CrashVfs


@contextmanager
def on_disk(vfs: CrashVfs, disk: Disk, *, database: DatabaseCalls, seed: int) -> Iterator[None]:
    """Have SQLite and the product's own files go through `disk` for the block."""
    before, databases.calls = databases.calls, database
    try:
        with logged_files(disk, seed=seed), vfs.watching(disk, seed=seed):
            yield
    finally:
        databases.calls = before


@contextmanager
def logged_files(disk: Disk, *, seed: int) -> Iterator[None]:
    """Have the product's own files go through `disk` for the block."""
    before, files.calls = files.calls, LoggedCalls(disk, seed=seed)
    try:
        yield
    finally:
        files.calls = before


class LoggedCalls(FileCalls):
    """Does each call, and tells the disk of it; what is not on the disk is done and not told."""

    def __init__(self, disk: Disk, *, seed: int) -> None:
        self._disk, self._random = disk, Random(seed)

    def open(self, path: Path, mode: int) -> int:
        name = self._checked(Call.NAME, path)
        is_fresh = not path.exists()
        descriptor = super().open(path, mode)
        if name is not None:
            inode = self._disk.opened(name, is_fresh=is_fresh)
            if not is_fresh:
                self._disk.cut(inode, 0)
        return descriptor

    def write(self, descriptor: int, path: Path, octets: bytes) -> None:
        name = self._disk.name_of(path)
        failure = None if name is None else self._disk.fails(Call.WRITE, name)
        if failure is not None:
            octets = octets[: self._random.randrange(len(octets) + 1)]
        super().write(descriptor, path, octets)
        if name is not None:
            self._disk.wrote(self._disk.inode(name), 0, octets)
        if failure is not None:
            raise fault_of(failure, str(path))

    def sync(self, descriptor: int, path: Path) -> None:
        name = self._disk.name_of(path)
        if name is None:
            super().sync(descriptor, path)
        elif path.is_dir():
            self._checked(Call.FOLDER_SYNC, path)
            self._disk.folder_synced(name)
        else:
            self._sync_file(name, path)

    def make_folder(self, path: Path, mode: int) -> None:
        name = self._checked(Call.NAME, path)
        is_fresh = not path.exists()
        super().make_folder(path, mode)
        if name is not None and is_fresh:
            self._disk.folder_made(name)

    def replace(self, source: Path, target: Path) -> None:
        old, new = self._checked(Call.NAME, source), self._disk.name_of(target)
        super().replace(source, target)
        if old is not None and new is not None:
            self._disk.renamed(old, new)

    def remove(self, path: Path) -> None:
        name = self._checked(Call.NAME, path)
        super().remove(path)
        if name is not None:
            self._disk.removed(name)

    def _sync_file(self, name: str, path: Path) -> None:
        failure = self._disk.fails(Call.SYNC, name)
        if failure is not None:
            self._disk.sync_failed(self._disk.inode(name), failure)
            raise fault_of(failure, str(path))
        self._disk.synced(self._disk.inode(name))

    def _checked(self, call: Call, path: Path) -> str | None:
        """Return the path as the disk names it; None: it is not on it.

        Raises:
            OSError: the call is one that is to fail.
        """
        name = self._disk.name_of(path)
        failure = None if name is None else self._disk.fails(call, name)
        if failure is not None:
            raise fault_of(Failure.IO, str(path))
        return name


class LoggedDatabase(DatabaseCalls):
    """What is done to a database's files past SQLite; SQLite itself goes through the VFS."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def renew_log(self, path: Path) -> None:
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            super().renew_log(path)
            self._wrote(log, 0, log.read_bytes())

    def lengthen_log(self, path: Path, octets: int) -> None:
        log = path.with_name(f"{path.name}-wal")
        size = log.stat().st_size
        if octets > size:
            super().lengthen_log(path, octets)
            self._wrote(log, size, bytes(octets - size))

    def _wrote(self, log: Path, offset: int, octets: bytes) -> None:
        """Log what was written to a log, and its sync."""
        name = self._disk.name_of(log)
        if name is None:
            return
        self._disk.wrote(self._disk.inode(name), offset, octets)
        failure = self._disk.fails(Call.SYNC, name)
        if failure is not None:
            self._disk.sync_failed(self._disk.inode(name), failure)
            raise fault_of(failure, str(log))
        self._disk.synced(self._disk.inode(name))
