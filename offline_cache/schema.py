"""The tables of the journal's database, and how it is opened."""

import sqlite3
from pathlib import Path

from offline_cache.errors import CacheCorrupt, CacheError

SCHEMA_VERSION = 1


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return the one connection that writes and checkpoints; the schema is there.

    SQLite before 3.51.3 can corrupt a database when two connections reset its write-ahead log;
    the caller holds the state folder, so there is no second one.

    Raises:
        CacheCorrupt: the file is no database of ours.
        CacheError: it can't be opened.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise CacheError(f"{path}: can't be opened ({error})") from error
    try:
        _prepare(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise damaged(path, error) from error
    except CacheCorrupt:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that can't write, beside a running daemon or without one.

    Raises:
        CacheError: there is no journal, or it can't be opened.
    """
    if not path.exists():
        raise CacheError(f"{path}: there is no journal here; run `scan-terminal run` first")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    return connection


def damaged(path: Path, error: sqlite3.Error) -> CacheError:
    """Return the fault to raise for what SQLite says of `path`."""
    if isinstance(error, sqlite3.OperationalError) and "disk image" not in str(error):
        return CacheError(f"{path}: {error}; check the disk's space and permissions")
    return CacheCorrupt(
        f"{path}: the journal's database is damaged ({error}); keep the file for the operator,"
        " move it away and enrol the terminal anew"
    )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version != 0:
        raise CacheCorrupt(
            f"the journal's database has schema {version}, this program knows {SCHEMA_VERSION};"
            " install the program that wrote it"
        )
    _create(connection)


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none."""
    from sqlite_utils import Database  # noqa: PLC0415  # heavy, and needed once in a terminal's life

    connection.execute("BEGIN IMMEDIATE")
    database = Database(connection)
    database.table("journal").create(
        {"epoch": int, "seq": int, "line": bytes, "chain": bytes},
        pk=("epoch", "seq"),
        not_null={"line", "chain"},
    )
    database.table("shown").create({"pseudonym": str, "iat": int}, pk="pseudonym", not_null={"iat"})
    database.table("shown_static").create(
        {"pseudonym": str, "at": int, "lane": str}, pk="pseudonym", not_null={"at", "lane"}
    )
    database.table("checkpoint").create(
        {"epoch": int, "acked": int, "document": bytes},
        pk="epoch",
        not_null={"acked", "document"},
    )
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
