"""SQLite: one file in the centre's directory, one writer."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from central.database.engine import BUSY_S, Columns, Row, Values
from central.database.migrations import Schema, load_schema
from central.errors import CentralError, RowTaken, SiteUnusable, StoreUnavailable
from central.files import SECRET_MODE


def create_sqlite(path: Path) -> None:
    """Make the database at `path`, which must not exist."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE))
    SqliteDatabase(path, is_new=True).close()


class SqliteDatabase:
    """One connection, used by one thread at a time."""

    connections = 1
    row_lock = ""  # a transaction has the one write lock from its start

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        """Open the database and bring its tables up to date; only a new one may have none.

        Raises:
            StoreUnavailable: it can't be opened.
            SiteUnusable: a newer program has made it, or it is empty.
        """
        self._lock = RLock()
        self._depth = 0
        with _translated():
            self._db = _connect(path)
        try:
            self._migrate(load_schema("sqlite"), path, is_new=is_new)
        except BaseException:
            self.close()
            raise

    def _migrate(self, schema: Schema, path: Path, *, is_new: bool) -> None:
        if not (self._version() or is_new):
            raise SiteUnusable(f"{path} is empty: restore it from a backup")
        if self._version() == schema.version:
            return  # no write lock: others may be at work
        with self.transaction():
            for statement in schema.behind(self._version(), where=str(path)):
                self.execute(statement)
            self.execute(f"PRAGMA user_version = {schema.version}")

    def _version(self) -> int:
        version: int = self.rows("PRAGMA user_version")[0][0]
        return version

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside at once or not at all; see `Database`.

        IMMEDIATE takes SQLite's one write lock at the start and so locks the terminal's row.
        """
        with self._lock, _translated():
            begin, end, undo = _ends(self._depth)
            self._db.execute(begin)
            self._depth += 1
            try:
                yield
                self._db.execute(end)
            except BaseException:
                if self._db.in_transaction:  # a full disk undoes all of it by itself
                    for statement in undo:
                        self._db.execute(statement)
                raise
            finally:
                self._depth -= 1

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        """Return the rows of a query; see `Database`."""
        with self._lock, _translated():
            return self._db.execute(statement, values).fetchall()

    def row(self, statement: str, values: Values = ()) -> Row | None:
        """Return the first row; see `Database`."""
        return next(iter(self.rows(statement, values)), None)

    def execute(self, statement: str, values: Values = ()) -> None:
        """Run a statement; see `Database`."""
        self.rows(statement, values)

    def execute_each(self, statement: str, values: Iterable[Values]) -> None:
        """Run a statement once for each of `values`; see `Database`."""
        with self._lock, _translated():
            self._db.executemany(statement, values)

    def copy_in(self, table: str, columns: Columns, rows: Iterable[Values]) -> None:
        """Append many rows; see `Database`."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.execute_each(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608  # our own names

    def lock_table(self, table: str) -> None:
        """Do nothing: the transaction has the one write lock."""

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


def _ends(depth: int) -> tuple[str, str, tuple[str, ...]]:
    """Return what begins, ends and undoes a transaction within `depth` others."""
    if depth == 0:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"within_{depth}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", (f"ROLLBACK TO {name}", f"RELEASE {name}")


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection in rollback-journal mode.

    Not WAL: other processes issue and publish while the centre serves, and before 3.51.3 SQLite
    can corrupt a WAL database when two connections checkpoint. EXTRA also syncs the folder behind
    the journal's removal, so what was acknowledged survives a power cut.
    """
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,  # transactions are spelled out
        check_same_thread=False,  # `SqliteDatabase` holds a lock
        timeout=BUSY_S,
    )
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("PRAGMA synchronous = EXTRA")
    return db


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"central.db: {error}; try again, or free its disk") from error
    except sqlite3.IntegrityError as error:
        raise RowTaken(f"central.db: {error}") from error
    except sqlite3.DatabaseError as error:
        raise CentralError(f"central.db: {error}") from error
