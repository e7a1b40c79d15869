"""PostgreSQL by psycopg 3: several writers at once, each terminal's upload under its own row."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import local
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool

from central.database.engine import BUSY_S, Columns, Row, Values
from central.database.locator import Locator
from central.database.migrations import Schema, load_schema
from central.errors import CentralError, RowTaken, SiteUnusable, StoreUnavailable

# More threads of one process than this only hand the interpreter's lock to and fro; a second
# process brings the next ones. PostgreSQL allows 100 connections unless told otherwise.
CONNECTIONS_MAX = 8

# The pool would try for five minutes by itself to reach a server that is gone, at intervals that
# double, and nobody else may meanwhile: a centre stayed away for as long again as its server. So
# it gives up at once, and whoever wants a connection next has it tried.
_RECONNECT_S = 0.0

# Held while tables are made: two processes that start at once must not both do it.
_MIGRATING = 0x7363616E  # "scan"

_TYPES: dict[type, str] = {str: "text", int: "int8", bytes: "bytea"}

# An acknowledgement promises that an entry is durable, so a commit that does not wait for the
# disk is no choice here; what waits for more, such as a standby, is left as it was set.
_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
_LOCK_TIMEOUT = (
    f"SELECT set_config('lock_timeout', '{int(BUSY_S * 1000)}', false)"
    " WHERE current_setting('lock_timeout') = '0'"  # unless the operator has set it
)
_HAS_TABLES = "SELECT to_regclass('schema_version') IS NOT NULL"


class PostgresDatabase:
    """A pool of connections; a thread has one to itself within `transaction`."""

    connections = CONNECTIONS_MAX
    row_lock = " FOR UPDATE"

    def __init__(self, locator: Locator, *, is_new: bool = False, busy_s: float = BUSY_S) -> None:
        """Open the database and bring its tables up to date; only a new one may have none.

        Args:
            locator: where it is.
            is_new: whether it is to be made.
            busy_s: how long a connection is waited for.

        Raises:
            StoreUnavailable: it can't be reached.
            SiteUnusable: a newer program has made it; it has tables or has none, against `is_new`.
        """
        self._locator = locator
        self._own = local()
        with self._translated():
            psycopg.connect(locator.conninfo).close()  # says why not; the pool only tries again
            self._pool = ConnectionPool(
                locator.conninfo,
                name="central",
                min_size=0,
                max_size=CONNECTIONS_MAX,
                timeout=busy_s,
                reconnect_timeout=_RECONNECT_S,
                configure=_configure,
                open=True,
            )
        try:
            self._migrate(load_schema("postgresql"), is_new=is_new)
        except BaseException:
            self.close()
            raise

    def _migrate(self, schema: Schema, *, is_new: bool) -> None:
        where = self._locator.shown
        with self.transaction():
            (has_tables,) = self.rows(_HAS_TABLES)[0]
            if has_tables and is_new:
                raise SiteUnusable(f"{where} holds a centre already: name an empty database")
            if not has_tables and not is_new:
                raise SiteUnusable(
                    f"{where} holds no centre: restore it from a backup, or make a new centre"
                    " with scan-central init --database"
                )
            if not has_tables or self._version() != schema.version:
                self._bring_up(schema)

    def _bring_up(self, schema: Schema) -> None:
        self.execute(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        self.execute("CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)")
        version = self._version()
        for statement in schema.behind(version, where=self._locator.shown):
            self.execute(statement)
        self.execute("DELETE FROM schema_version")
        self.execute("INSERT INTO schema_version VALUES (?)", (schema.version,))

    def _version(self) -> int:
        version: int = self.rows("SELECT coalesce(max(version), 0) FROM schema_version")[0][0]
        return version

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside at once or not at all; see `Database`."""
        with self._translated(), self._connection() as connection:
            outer = getattr(self._own, "connection", None)
            self._own.connection = connection
            try:
                with connection.transaction():
                    yield
            finally:
                self._own.connection = outer

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        """Return the rows of a query; see `Database`."""
        with self._translated(), self._connection() as connection:
            cursor = connection.execute(_spelled(statement), values or None)
            return [] if cursor.description is None else cursor.fetchall()

    def row(self, statement: str, values: Values = ()) -> Row | None:
        """Return the first row; see `Database`."""
        return next(iter(self.rows(statement, values)), None)

    def execute(self, statement: str, values: Values = ()) -> None:
        """Run a statement; see `Database`."""
        self.rows(statement, values)

    def execute_each(self, statement: str, values: Iterable[Values]) -> None:
        """Run a statement once for each of `values`; see `Database`."""
        with self._translated(), self._connection() as connection, connection.cursor() as cursor:
            cursor.executemany(_spelled(statement), values)

    def copy_in(self, table: str, columns: Columns, rows: Iterable[Values]) -> None:
        """Append many rows by COPY; see `Database`."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with (
            self._translated(),
            self._connection() as connection,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            copy.set_types([_TYPES[kind] for kind in columns.values()])
            for row in rows:
                copy.write_row(row)

    def lock_table(self, table: str) -> None:
        """Let nobody else write `table` until the transaction ends; see `Database`."""
        self.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    def close(self) -> None:
        """Let go of the database."""
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Row]]:
        """Return this thread's connection, or one for a single statement."""
        own = getattr(self._own, "connection", None)
        if own is not None:
            yield own
            return
        with self._pool.connection() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Tell errors of the engine as ours, without the rows that it shows in its details."""
        try:
            yield
        except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
            raise StoreUnavailable(self._locator.told(error)) from None
        except psycopg.IntegrityError as error:
            raise RowTaken(self._locator.told(error)) from None
        except psycopg.Error as error:
            raise CentralError(self._locator.told(error)) from None


def _configure(connection: psycopg.Connection[Any]) -> None:
    connection.autocommit = True  # transactions are spelled out
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    connection.execute(_DURABLE)
    connection.execute(_LOCK_TIMEOUT)


@lru_cache(maxsize=256)  # the centre's statements are some dozens
def _spelled(statement: str) -> str:
    """Return a statement with psycopg's marks for parameters."""
    return statement.replace("%", "%%").replace("?", "%s")
