import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from central.publishing import publish
from central.site import Site, init_site
from central.store.opening import create_store, open_store
from central.store.store import Store
from simulator.own_postgres import OwnPostgres, PostgresMissing, own_postgres
from tests.central.peers import START, RunningCentre, SetClock, Terminal, running
from tests.central.stores import Held

_NUMBERS = count(1)
_TABLES = (
    "SELECT tablename FROM pg_tables"
    " WHERE schemaname = current_schema() AND tablename <> 'schema_version'"
)

NewDatabase = Callable[[], str | None]
NewSite = Callable[[Path], Site]


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """A real server for the whole run, without waiting for the disk."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(own_postgres(durable=False))
        except PostgresMissing as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(missing))
        yield server


@pytest.fixture(scope="session")
def new_postgres(postgres: OwnPostgres) -> Callable[[], str]:
    """Make an empty schema and return its URL; a database each would be 15 MB and half a second."""

    def new() -> str:
        name = f"centre_{next(_NUMBERS)}"
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{postgres.url()}&options=-c%20search_path%3D{name}"

    return new


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest) -> NewSite:
    """Make a centre in a directory, on each engine in turn."""
    new: NewDatabase = lambda: None  # noqa: E731  # a file in the directory
    if request.param == "postgresql":
        new = request.getfixturevalue("new_postgres")
    return lambda folder: init_site(folder, issuer="city.example", now=START, database=new())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A centre's directory of its own, for tests that change it."""
    return init_site(tmp_path / "centre", issuer="city.example", now=START)


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory, new_site: NewSite) -> Iterator[RunningCentre]:
    """A centre that serves on loopback, on each engine; each test brings terminals of its own."""
    shared = new_site(tmp_path_factory.mktemp("city") / "centre")
    publish(shared, START)
    with running(shared, SetClock()) as served:
        yield served


@pytest.fixture
def terminal(centre: RunningCentre) -> Terminal:
    """A terminal, enrolled, that has brought nothing yet."""
    centre.clock.now = START
    return centre.enrolled(f"terminal-{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def shared_store(
    new_postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """One database of PostgreSQL for many tests: making one takes half a second."""
    folder, url = tmp_path_factory.mktemp("shared"), new_postgres()
    create_store(folder, url)
    with closing(open_store(folder, url)) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    """An empty store, on each engine in turn."""
    if request.param == "sqlite":
        create_store(tmp_path, None)
        with closing(open_store(tmp_path, None)) as store:
            yield Held(store)
        return
    store = request.getfixturevalue("shared_store")
    for (table,) in store.database.rows(_TABLES):
        store.database.execute(f"DELETE FROM {table}")  # noqa: S608  # as PostgreSQL names it
    yield Held(store)
