"""How the journal's database is opened, and brought to the tables of this program."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from offline_cache import database
from offline_cache.database import UNREADABLE, damaged, newest
from offline_cache.errors import CacheCorrupt, CacheError, NoJournal
from offline_cache.files import sync_folder
from offline_cache.tables import FIRST, FOURTH, SECOND, THIRD

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMA_VERSION = 4


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return the one connection that writes and checkpoints; the schema is there.

    SQLite before 3.51.3 can corrupt a database when two connections reset its write-ahead log;
    the caller holds the state folder, so there is no second one.

    Raises:
        CacheCorrupt: the file is no database of ours.
        CacheError: it can't be opened.
    """
    try:
        database.calls.renew_log(newest(path))
        connection = database.calls.connect(newest(path))
    except (sqlite3.Error, OSError) as error:
        raise CacheError(f"{path}: can't be opened ({error})") from error
    try:
        _prepare(connection, path)
        sync_folder(path.parent)  # the database's own name, once it is made
    except UNREADABLE as error:
        connection.close()
        raise damaged(path, error) from error
    except OSError as error:
        connection.close()
        raise CacheError(
            f"{path}: its name can't be made durable ({error}); look at the disk's health"
        ) from error
    except CacheError:
        connection.close()
        raise
    connection.text_factory = bytes  # a flipped bit makes text of octets, and it may be no UTF-8
    return connection


def make_journal(path: Path) -> None:
    """Make the journal of a terminal that is being enrolled; one that is there stays as it is.

    Raises:
        CacheError: as `open_for_writing` says.
    """
    open_for_writing(path).close()


def require_journal(path: Path) -> None:
    """Check that an enrolled terminal still has its journal: a new one must never begin unseen.

    Raises:
        CacheCorrupt: it is gone or empty, and with it the memory of what was shown.
        CacheError: it can't be opened, or is damaged.
    """
    try:
        open_for_reading(path).close()
    except NoJournal as error:
        raise CacheCorrupt(
            f"{path}: the journal of this terminal is gone; put it back, or move the state folder"
            " away and enrol the terminal anew"
        ) from error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that can't write, beside a running daemon or without one.

    Raises:
        NoJournal: there is none yet.
        CacheError: it can't be opened, or is damaged.
    """
    if not newest(path).exists():
        raise NoJournal(f"{path}: there is no journal here; run `scan-terminal run` first")
    try:
        connection = database.calls.connect_read_only(newest(path))
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    try:
        _check_version(connection, path)
    except UNREADABLE as error:
        connection.close()
        raise damaged(path, error) from error
    except CacheError:
        connection.close()
        raise
    connection.text_factory = bytes  # as above
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse, for reading, a journal that is not made yet or is a later program's.

    Entries and checkpoint have had one form in every schema so far.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        raise NoJournal(f"{path}: there is no journal in it yet; run `scan-terminal run` first")
    if not 0 < version <= SCHEMA_VERSION:
        raise _other_version(path, version)


def _other_version(path: Path, version: int) -> CacheCorrupt:
    return CacheCorrupt(
        f"{path}: its schema is {version}, this program knows {SCHEMA_VERSION};"
        " install the program that wrote it"
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise CacheError(f"{path}: SQLite can't keep its log here; name a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if not 0 <= version < SCHEMA_VERSION:
        raise _other_version(path, version)
    _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to SCHEMA_VERSION; each step is a transaction, all of it or nothing."""
    from sqlite_utils import Database, Migrations  # noqa: PLC0415  # heavy, and hardly ever needed

    steps = Migrations("journal")

    @steps(name="1")
    def first(tables: Database) -> None:
        _execute(tables, FIRST)

    @steps(name="2")
    def second(tables: Database) -> None:
        _execute(tables, SECOND)

    @steps(name="3")
    def third(tables: Database) -> None:
        _execute(tables, THIRD)

    @steps(name="4")
    def fourth(tables: Database) -> None:
        _execute(tables, FOURTH)

    steps.apply(Database(connection))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _execute(tables: "Database", statements: tuple[str, ...]) -> None:
    for statement in statements:
        tables.execute(statement)
