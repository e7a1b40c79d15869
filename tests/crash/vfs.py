"""A SQLite VFS that logs, and fails, what SQLite does to one folder.

It is the system's own VFS with four methods of its files replaced: reading, locking and shared
memory stay as they are. Files outside the folder are not touched at all.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.crash import sqlite_library as c
from tests.crash.disk import Call, Disk, Failure, folder_of


@dataclass(slots=True)
class _Open:
    """A file that SQLite has open."""

    name: str
    inode: int
    system: Any  # the methods of the system's VFS
    syncs_folder: bool  # its next sync makes its name durable as well, as unix does it


class CrashVfs:
    """The VFS; the process's default while `installed`."""

    def __init__(self) -> None:
        self._library = c.library()
        self._system = self._library.sqlite3_vfs_find(None)
        self._disk: Disk | None = None
        self._random = Random(0)
        self._files: dict[int, _Open] = {}
        self._tables: dict[int, c.Methods] = {}  # ours, by the address of the system's
        self._bug: BaseException | None = None
        self._calls = {
            "close": c.Close(self._guarded(self._close)),
            "write": c.Write(self._guarded(self._write)),
            "truncate": c.Truncate(self._guarded(self._truncate)),
            "sync": c.Sync(self._guarded(self._sync)),
        }
        self._vfs = c.Vfs.from_buffer_copy(self._system.contents)
        self._vfs.name = b"crash"
        self._vfs.open = c.Open(self._guarded(self._open))
        self._vfs.delete = c.Delete(self._guarded(self._delete))
        self._vfs.randomness = c.Randomness(self._guarded(self._randomness))

    @contextmanager
    def watching(self, disk: Disk, *, seed: int) -> Iterator[None]:
        """Log what SQLite does to `disk` during the block; `seed` is all its randomness.

        Raises:
            Exception: whatever went wrong inside the VFS itself.
        """
        self._disk, self._random, self._bug = disk, Random(seed), None
        self._library.sqlite3_vfs_register(self._vfs, 1)
        self._library.sqlite3_randomness(0, None)  # begins anew, from this VFS
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(self._system, 1)
            self._library.sqlite3_vfs_unregister(self._vfs)
            self._library.sqlite3_randomness(0, None)
            self._disk = None
        if self._bug is not None:
            raise self._bug

    def _guarded(self, function: Callable[..., int]) -> Callable[..., int]:
        """Return `function` with its bugs kept: nothing can be raised through SQLite."""

        def call(*values: Any) -> int:
            try:
                return function(*values)
            except BaseException as error:  # noqa: BLE001  # kept, and raised when the watch ends
                self._bug = self._bug or error
                return c.IOERR_WRITE

        return call

    def _watched(self, path: bytes | None) -> tuple[Disk, str] | None:
        disk = self._disk
        name = None if disk is None or path is None else disk.name_of(os.fsdecode(path))
        return None if disk is None or name is None else (disk, name)

    def _open(self, _vfs: int, path: int | None, file: int, flags: int, told: Any) -> int:
        text = None if path is None else ctypes.string_at(path)
        watched = self._watched(text)
        if watched is None:
            return int(self._system.contents.open(self._system, path, file, flags, told))
        disk, name = watched
        is_fresh = not (disk.root / name).exists()
        if is_fresh and disk.fails(Call.NAME, name) is not None:
            c.File.from_address(file).methods = ctypes.POINTER(c.Methods)()
            return c.FULL
        code: int = self._system.contents.open(self._system, path, file, flags, told)
        if code == c.OK:
            self._take(disk, name, file, flags, is_fresh=is_fresh)
        return code

    def _take(self, disk: Disk, name: str, file: int, flags: int, *, is_fresh: bool) -> None:
        """Put our methods where the system's stand."""
        head = c.File.from_address(file)
        self._files[file] = _Open(
            name=name,
            inode=disk.opened(name, is_fresh=is_fresh),
            system=head.methods.contents,
            syncs_folder=bool(flags & c.SYNCED_WITH_FOLDER),
        )
        at = ctypes.addressof(head.methods.contents)
        if at not in self._tables:
            table = c.Methods.from_buffer_copy(head.methods.contents)
            for method, call in self._calls.items():
                setattr(table, method, call)
            self._tables[at] = table
        head.methods = ctypes.pointer(self._tables[at])

    def _close(self, file: int) -> int:
        return int(self._files.pop(file).system.close(file))

    def _write(self, file: int, octets: int, count: int, offset: int) -> int:
        opened, disk = self._files[file], self._of_now()
        failure = disk.fails(Call.WRITE, opened.name)
        if failure is not None:
            count = self._random.randrange(count)
        if count:
            code: int = opened.system.write(file, octets, count, offset)
            if code != c.OK:
                return code
            disk.wrote(opened.inode, offset, ctypes.string_at(octets, count))
        if failure is None:
            return c.OK
        return c.FULL if failure is Failure.FULL else c.IOERR_WRITE

    def _truncate(self, file: int, size: int) -> int:
        opened, disk = self._files[file], self._of_now()
        if disk.fails(Call.TRUNCATE, opened.name) is not None:
            return c.IOERR_TRUNCATE
        code: int = opened.system.truncate(file, size)
        if code == c.OK:
            disk.cut(opened.inode, size)
        return code

    def _sync(self, file: int, _flags: int) -> int:
        opened, disk = self._files[file], self._of_now()
        failure = disk.fails(Call.SYNC, opened.name)
        if failure is not None:
            disk.sync_failed(opened.inode, failure)
            return c.IOERR_FSYNC
        disk.synced(opened.inode)
        if opened.syncs_folder:
            disk.folder_synced(folder_of(opened.name))
            opened.syncs_folder = False
        return c.OK

    def _delete(self, _vfs: int, path: bytes, syncs_folder: int) -> int:
        watched = self._watched(path)
        if watched is not None and watched[0].fails(Call.NAME, watched[1]) is not None:
            return c.IOERR_DELETE
        is_there = os.path.lexists(path)
        code: int = self._system.contents.delete(self._system, path, syncs_folder)
        if watched is not None and code == c.OK and is_there:
            disk, name = watched
            disk.removed(name)
            if syncs_folder:
                disk.folder_synced(folder_of(name))
        return code

    def _randomness(self, _vfs: int, count: int, target: int) -> int:
        ctypes.memmove(target, self._random.randbytes(count), count)
        return count

    def _of_now(self) -> Disk:
        if self._disk is None:
            raise ValueError("a connection of a crash run outlived it")
        return self._disk
