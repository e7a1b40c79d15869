"""Making and opening the database of a site: a file in its directory, or PostgreSQL by a URL."""

from pathlib import Path

from central.database.engine import Database
from central.database.sqlite import SqliteDatabase, create_sqlite
from central.errors import ExtraMissing
from central.store.store import Store

_FILE = "central.db"


def create_store(directory: Path, database: str | None) -> None:
    """Make the tables: of a file in `directory`, or in the empty `database`.

    Raises:
        BadRequest: `database` is no URL of PostgreSQL.
        ExtraMissing: it is, and the extra `postgres` is not installed.
        SiteUnusable: there is a centre in it.
        StoreUnavailable: it can't be reached.
    """
    if database is None:
        create_sqlite(directory / _FILE)
    else:
        _postgres(database, is_new=True).close()


def open_store(directory: Path, database: str | None) -> Store:
    """Return the store, its tables up to date; the caller closes it.

    Raises:
        BadRequest: `database` is no URL of PostgreSQL.
        ExtraMissing: it is, and the extra `postgres` is not installed.
        SiteUnusable: it has no tables of a centre, or those of a newer program.
        StoreUnavailable: it can't be opened.
    """
    if database is None:
        return Store(SqliteDatabase(directory / _FILE))
    return Store(_postgres(database, is_new=False))


def _postgres(database: str, *, is_new: bool) -> Database:
    try:
        from central.database.locator import read_locator  # noqa: PLC0415  # needs the extra
        from central.database.postgres import PostgresDatabase  # noqa: PLC0415  # as above
    except ImportError as error:  # also where psycopg is there and its libpq is not
        raise ExtraMissing("postgres") from error
    return PostgresDatabase(read_locator(database), is_new=is_new)
