"""The tables of the journal's database, and how it is opened."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from offline_cache.errors import CacheCorrupt, CacheError, NoJournal
from offline_cache.files import sync_folder

SCHEMA_VERSION = 2


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
        _prepare(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise damaged(path, error) from error
    except CacheError:
        connection.close()
        raise
    sync_folder(path.parent)  # the database's own name, once it is made
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
    if not path.exists():
        raise NoJournal(f"{path}: there is no journal here; run `scan-terminal run` first")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    try:
        _check_version(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise damaged(path, error) from error
    except CacheError:
        connection.close()
        raise
    connection.text_factory = bytes  # as above
    return connection


def damaged(path: Path, error: sqlite3.Error) -> CacheError:
    """Return the fault to raise for what SQLite says of `path`."""
    if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
        return CacheError(f"{path}: {error}; check the disk's space and permissions")
    return CacheCorrupt(
        f"{path}: the journal's database is damaged ({error}); keep the file for the operator,"
        " move it away and enrol the terminal anew"
    )


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
    def first(database: Database) -> None:
        for statement in _FIRST:
            database.execute(statement)

    @steps(name="2")
    def second(database: Database) -> None:
        for statement in _SECOND:
            database.execute(statement)

    steps.apply(Database(connection))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


# What replay.py remembers; made anew at each opening where they are gone, for the journal can fill
# them. `at`, `epoch` and `seq` are of the entry that wrote a row last.
# WITHOUT ROWID: a commit touches one page a table instead of two.
REPLAY_TABLES: Mapping[str, str] = {
    "shown": """CREATE TABLE IF NOT EXISTS shown (
        pseudonym TEXT PRIMARY KEY,
        iat INTEGER NOT NULL,
        at INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "shown_static": """CREATE TABLE IF NOT EXISTS shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID""",
}

_FIRST = (
    """CREATE TABLE journal (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        line BLOB NOT NULL,
        chain BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) WITHOUT ROWID""",
    """CREATE TABLE shown (
        pseudonym TEXT PRIMARY KEY,
        iat INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE checkpoint (
        epoch INTEGER PRIMARY KEY,
        acked INTEGER NOT NULL,
        document BLOB NOT NULL
    )""",
)

# Rows of the first tables name no entry, and may know a later proof than theirs says: they stand at
# the journal's end, so that merging the entries lowers none. A phone's iat is its moment.
_SECOND = (
    "ALTER TABLE shown RENAME TO shown_first",
    "ALTER TABLE shown_static RENAME TO shown_static_first",
    *REPLAY_TABLES.values(),
    "INSERT INTO shown SELECT pseudonym, iat, iat, 0, 0 FROM shown_first",
    "INSERT INTO shown_static SELECT pseudonym, at, lane, 0, 0 FROM shown_static_first",
    """UPDATE shown SET (epoch, seq) =
        (SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM journal)""",
    """UPDATE shown_static SET (epoch, seq) =
        (SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM journal)""",
    "DROP TABLE shown_first",
    "DROP TABLE shown_static_first",
)
