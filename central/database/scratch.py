"""A corner of a PostgreSQL database for tables that nobody keeps: the bench's."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import psycopg

from central.database.locator import read_locator
from central.errors import BadRequest, StoreUnavailable


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """Return the URL of an empty schema in the database at `url`; it is dropped at the end.

    Raises:
        BadRequest: `url` is no URL of PostgreSQL, or carries options of its own.
        StoreUnavailable: the database can't be reached, or takes no schema.
    """
    locator = read_locator(url)
    if "options=" in url:
        raise BadRequest("leave options out of the URL: the bench sets its own")
    name = f"scan_bench_{token_hex(4)}"
    try:
        with psycopg.connect(locator.conninfo, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
            try:
                joint = "&" if "?" in url else "?"
                yield f"{url}{joint}options=-c%20search_path%3D{name}"
            finally:
                connection.execute(f"DROP SCHEMA {name} CASCADE")
    except psycopg.Error as error:
        raise StoreUnavailable(locator.told(error)) from None
