"""Making and opening the database of a site."""

from pathlib import Path

from central.database.sqlite import SqliteDatabase, create_sqlite
from central.store.store import Store

_FILE = "central.db"


def create_store(directory: Path) -> None:
    """Make the database in `directory`, which has none."""
    create_sqlite(directory / _FILE)


def open_store(directory: Path) -> Store:
    """Return the store in `directory`, its tables up to date; the caller closes it.

    Raises:
        StoreUnavailable: it can't be opened.
        SiteUnusable: a newer program has made it.
    """
    return Store(SqliteDatabase(directory / _FILE))
