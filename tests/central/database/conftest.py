from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from central.database.engine import Database
from central.store.opening import create_store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Open one new centre's database, again and again, on each engine in turn."""
    new: Callable[[], str] | None = None
    if request.param == "postgresql":
        new = request.getfixturevalue("new_postgres")
    url = new() if new else None
    create_store(tmp_path, url)
    held: list[Database] = []

    def open_it() -> Database:
        held.append(open_store(tmp_path, url).database)
        return held[-1]

    yield open_it
    for database in held:
        database.close()
