"""The SQLite library that Python's own sqlite3 module runs on, reached by ctypes.

There must be one SQLite in a process: two lock the same file past each other. So the symbols are
looked up through the module itself, and the library answers with its source id.

Layouts: sqlite3_vfs (version 3) and sqlite3_io_methods (version 3) of sqlite3.h.
"""

import _sqlite3
import ctypes
import sqlite3
from contextlib import closing

OK = 0
# Result codes of sqlite3.h: SQLITE_FULL, SQLITE_IOERR_WRITE, _TRUNCATE, _FSYNC, _DELETE.
FULL, IOERR_WRITE, IOERR_TRUNCATE, IOERR_FSYNC, IOERR_DELETE = 13, 778, 1546, 1034, 2570
# Flags of xOpen: SQLITE_OPEN_MAIN_JOURNAL, _SUPER_JOURNAL, _WAL; unix syncs their folder as well.
SYNCED_WITH_FOLDER = 0x800 | 0x4000 | 0x80000

Address = ctypes.c_void_p
Open = ctypes.CFUNCTYPE(
    ctypes.c_int, Address, Address, Address, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
Delete = ctypes.CFUNCTYPE(ctypes.c_int, Address, ctypes.c_char_p, ctypes.c_int)
Randomness = ctypes.CFUNCTYPE(ctypes.c_int, Address, ctypes.c_int, Address)
Close = ctypes.CFUNCTYPE(ctypes.c_int, Address)
Write = ctypes.CFUNCTYPE(ctypes.c_int, Address, Address, ctypes.c_int, ctypes.c_int64)
Truncate = ctypes.CFUNCTYPE(ctypes.c_int, Address, ctypes.c_int64)
Sync = ctypes.CFUNCTYPE(ctypes.c_int, Address, ctypes.c_int)


class Vfs(ctypes.Structure):
    """sqlite3_vfs."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_octets", ctypes.c_int),
        ("path_octets_max", ctypes.c_int),
        ("next", Address),
        ("name", ctypes.c_char_p),
        ("data", Address),
        ("open", Open),
        ("delete", Delete),
        ("access", Address),
        ("full_path", Address),
        ("library_calls", Address * 4),
        ("randomness", Randomness),
        ("others", Address * 7),  # xSleep to xNextSystemCall
    )


class Methods(ctypes.Structure):
    """sqlite3_io_methods."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", Close),
        ("read", Address),
        ("write", Write),
        ("truncate", Truncate),
        ("sync", Sync),
        ("others", Address * 13),  # xFileSize to xUnfetch
    )


class File(ctypes.Structure):
    """sqlite3_file: the head of whatever a VFS keeps of an open file."""

    _fields_ = (("methods", ctypes.POINTER(Methods)),)


def library() -> ctypes.CDLL:
    """Return the library, with what is called of it declared.

    Raises:
        RuntimeError: it can't be reached, or is another than the module's.
    """
    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        found.sqlite3_sourceid.restype = ctypes.c_char_p
        found.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
        found.sqlite3_vfs_register.argtypes = (ctypes.POINTER(Vfs), ctypes.c_int)
        found.sqlite3_vfs_unregister.argtypes = (ctypes.POINTER(Vfs),)
        found.sqlite3_randomness.argtypes = (ctypes.c_int, Address)
        source = found.sqlite3_sourceid().decode()
    except AttributeError as error:
        raise RuntimeError(
            "this Python carries SQLite inside itself; run the crash proof with one that uses the"
            " system's libsqlite3, as Debian's does"
        ) from error
    with closing(sqlite3.connect(":memory:")) as connection:
        (own,) = connection.execute("SELECT sqlite_source_id()").fetchone()
    if source != own:
        raise RuntimeError(f"two SQLite libraries in one process: {source} and {own}")
    return found
