"""The journal's database files, and the door to SQLite: how they are named, opened and replaced.

A journal that had to be written anew (`recovery.py`) stands in a file of its own, `journal-1.db`
beside `journal.db`, then `journal-2.db`. The highest number counts. So one rename switches to it,
and no write-ahead log is ever found beside a database that it does not belong to.
"""

import os
import re
import sqlite3
from pathlib import Path

from offline_cache import files
from offline_cache.errors import CacheCorrupt, CacheError

# What SQLite puts beside a database, and the database itself, which goes first: a log without it
# is nothing.
SUFFIXES = ("", "-wal", "-shm", "-journal")
# A log is seldom longer than SQLite's thousand pages; what a long reader made of it fits no memory.
_CHUNK_OCTETS = 1_048_576


class DatabaseCalls:
    """The calls that open a database; the crash proof (tests/crash) brings its own."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """Return a connection in autocommit mode; the file is made where there is none."""
        return sqlite3.connect(path, isolation_level=None)

    def connect_read_only(self, path: Path) -> sqlite3.Connection:
        """Return a connection that can't write."""
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)

    def renew_log(self, path: Path) -> None:
        """Write the write-ahead log of a closed database once more, as it is found, and sync it.

        A process that was killed may leave commits in it that were never synced, or whose sync
        had failed. Whoever opens the log believes them, and the centre would be sent entries that
        the next power cut takes away.

        Raises:
            OSError: the disk is full or failing.
        """
        try:
            descriptor = os.open(f"{path}-wal", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            size = os.fstat(descriptor).st_size
            for at in range(0, size, _CHUNK_OCTETS):
                os.pwrite(descriptor, os.pread(descriptor, _CHUNK_OCTETS, at), at)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lengthen_log(self, path: Path, octets: int) -> None:
        """Bring the write-ahead log of an open database to so many octets, zeros at its end.

        SQLite takes zeros for the end of the log. A sync of a file that grows costs the file
        system a commit of its own; one that is overwritten does not.
        """
        descriptor = os.open(f"{path}-wal", os.O_WRONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            os.pwrite(descriptor, bytes(max(0, octets - size)), size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


calls = DatabaseCalls()


def newest(path: Path) -> Path:
    """Return the file in which the journal called `path` stands now."""
    return max(_generations(path), default=(0, path))[1]


def following(path: Path) -> Path:
    """Return the file in which the journal called `path` would stand if it were written anew."""
    number = max(_generations(path), default=(0, path))[0] + 1
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def older(path: Path) -> list[Path]:
    """Return the files that the newest one stands for, whether they are there or not."""
    kept = newest(path)
    return [old for _, old in (*_generations(path), (0, path)) if old != kept]


def remove_older(path: Path) -> None:
    """Take away the files that the newest one stands for.

    Raises:
        OSError: the disk is read-only or failing; the next start tries again.
    """
    for old in older(path):
        for suffix in SUFFIXES:
            files.remove(old.with_name(old.name + suffix))


def _generations(path: Path) -> list[tuple[int, Path]]:
    """Return number and file of every journal that was written anew."""
    form = re.compile(f"{re.escape(path.stem)}-([1-9][0-9]{{0,8}}){re.escape(path.suffix)}")
    try:
        names = files.calls.names(path.parent)
    except OSError:
        return []
    found = ((form.fullmatch(name), name) for name in names)
    return [(int(match[1]), path.with_name(name)) for match, name in found if match is not None]


# SQLite quotes what it can't make sense of, and a damaged page is no UTF-8.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


def damaged(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> CacheError:
    """Return the fault to raise for what SQLite says of `path`."""
    if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
        return CacheError(f"{path}: {error}; check the disk's space and permissions")
    return CacheCorrupt(
        f"{path}: the journal's database is damaged ({error}); keep the file for the operator,"
        " move it away and enrol the terminal anew"
    )


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another connection holds the database."""
    return _code(error) == sqlite3.SQLITE_BUSY


def is_full(error: sqlite3.Error) -> bool:
    """Return whether there was no room: then SQLite took everything back, and nothing is in doubt.

    But for a sync that says so; that has a code of its own, and is a failed sync.
    """
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's result code without its extension; -1: the module's own error."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
