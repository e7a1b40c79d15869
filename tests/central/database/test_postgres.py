"""What PostgreSQL alone can do wrong, and what must never show of it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from central.database.locator import read_locator
from central.database.postgres import PostgresDatabase
from central.errors import (
    BadRequest,
    CentralError,
    ExtraMissing,
    SiteUnusable,
    StoreUnavailable,
)
from central.site import Site, init_site, open_site
from central.store.opening import open_store
from simulator.own_postgres import OwnPostgres
from tests.central.peers import START

NewPostgres = Callable[[], str]

_SECRET = "hunter-2-not-shown"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://u@h/d",
        f"host=h password={_SECRET}",
        f"postgresql://u:{_SECRET}@h:p:q/d?x=y",
        f"postgresql://u:{_SECRET}@[h/d",
    ],
)
def test_what_is_no_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadRequest, match="postgresql://USER@HOST/NAME") as told:
        read_locator(url)
    assert _SECRET not in str(told.value)
    assert told.value.__cause__ is None


def test_password_shows_nowhere() -> None:
    locator = read_locator(f"postgresql://clerk:{_SECRET}@db.example:5433/city")
    assert locator.shown == "PostgreSQL host=db.example port=5433 dbname=city user=clerk"
    assert _SECRET in locator.conninfo
    assert _SECRET not in repr(locator)
    assert _SECRET not in locator.told(psycopg.OperationalError(f"password={_SECRET}"))


def test_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://clerk:{_SECRET}@/city?host={tmp_path}"
    with pytest.raises(StoreUnavailable) as told:
        init_site(tmp_path / "centre", issuer="city.example", now=START, database=url)
    assert str(tmp_path) in str(told.value)
    assert _SECRET not in f"{told.value!s}{told.value.__cause__!r}"
    assert not list((tmp_path / "centre").iterdir())  # so that the command can be tried again


def test_site_names_its_database_and_hides_its_password(
    tmp_path: Path, new_postgres: NewPostgres
) -> None:
    url = f"{new_postgres()}&password={_SECRET}"
    site = init_site(tmp_path / "centre", issuer="city.example", now=START, database=url)
    assert open_site(site.directory).database == url
    assert (site.directory / "centre.toml").stat().st_mode & 0o777 == 0o600
    assert not (site.directory / "central.db").exists()
    assert _SECRET not in repr(site)


def test_database_of_another_centre_is_left_alone(
    tmp_path: Path, new_postgres: NewPostgres
) -> None:
    url = new_postgres()
    init_site(tmp_path / "first", issuer="city.example", now=START, database=url)
    with pytest.raises(SiteUnusable, match="holds a centre already"):
        init_site(tmp_path / "second", issuer="city.example", now=START, database=url)


def test_empty_database_is_never_taken_for_the_sites_own(
    tmp_path: Path, new_postgres: NewPostgres
) -> None:
    """Status indexes and versions would begin anew, beside cards that bear them."""
    site = init_site(tmp_path / "centre", issuer="city.example", now=START)
    settings = site.directory / "centre.toml"
    settings.write_text(f"{settings.read_text()}database = {json.dumps(new_postgres())}\n")
    with pytest.raises(SiteUnusable, match="holds no centre"):
        open_site(site.directory).open_store()


def test_database_of_another_schema_is_not_touched(new_postgres: NewPostgres) -> None:
    locator = read_locator(new_postgres())
    database = PostgresDatabase(locator, is_new=True)
    try:
        database.execute("UPDATE schema_version SET version = 99")
    finally:
        database.close()
    with pytest.raises(SiteUnusable, match="schema 99"):
        PostgresDatabase(locator)


def test_row_held_too_long_is_a_matter_of_trying_again(new_postgres: NewPostgres) -> None:
    url = f"{new_postgres()}%20-c%20lock_timeout%3D20"
    database = PostgresDatabase(read_locator(url), is_new=True)
    try:
        database.execute("INSERT INTO publication VALUES (1, 5)")
        with psycopg.connect(url) as other:
            other.execute("SELECT * FROM publication FOR UPDATE")
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                database.execute("UPDATE publication SET issued_at = 6")
    finally:
        database.close()


def test_connection_that_broke_is_replaced(new_postgres: NewPostgres) -> None:
    url = new_postgres()
    database = PostgresDatabase(read_locator(url), is_new=True)

    def break_off() -> None:
        with database.transaction():
            (own,) = database.rows("SELECT pg_backend_pid()")[0]
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (own,))
            database.rows("SELECT 1")

    try:
        with pytest.raises(StoreUnavailable):
            break_off()
        assert database.rows("SELECT 1") == [(1,)]
    finally:
        database.close()


@pytest.mark.slow
def test_server_that_was_away_is_used_as_soon_as_it_is_back(
    postgres: OwnPostgres, tmp_path: Path
) -> None:
    """The pool's own tries double their intervals: up to as long again as the server was away."""
    name = ".s.PGSQL.5432"
    way = tmp_path / name
    way.symlink_to(postgres.socket_folder / name)
    url = f"postgresql://{postgres.user}@/postgres?host={tmp_path}&options=-csearch_path%3Daway"
    with psycopg.connect(postgres.url(), autocommit=True) as other:
        other.execute("CREATE SCHEMA away")
    database = PostgresDatabase(read_locator(url), is_new=True, busy_s=0.5)
    try:
        (own,) = database.rows("SELECT pg_backend_pid()")[0]
        way.unlink()
        with psycopg.connect(postgres.url(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (own,))
        for _ in range(3):  # as uploads come meanwhile
            with pytest.raises(StoreUnavailable):
                database.rows("SELECT 1")
        way.symlink_to(postgres.socket_folder / name)
        assert database.rows("SELECT 1") == [(1,)]
    finally:
        database.close()


def test_errors_show_no_row(new_postgres: NewPostgres) -> None:
    database = PostgresDatabase(read_locator(new_postgres()), is_new=True)
    try:
        with pytest.raises(CentralError) as told:
            database.execute(
                "INSERT INTO enrolment_code (code_id, secret, terminal) VALUES (?, ?, ?)",
                (_SECRET, b"s", "gate-1"),
            )
        assert "expires_at" in str(told.value)
        assert _SECRET not in f"{told.value!s}{told.value.__cause__!r}"
    finally:
        database.close()


def test_missing_extra_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("central.database.locator", "central.database.postgres"):
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ExtraMissing, match=r"scan-terminal\[postgres\]"):
        open_store(site.directory, "postgresql://clerk@db.example/city")


@pytest.mark.parametrize(("setting", "wanted"), [("off", "on"), ("remote_apply", "remote_apply")])
def test_commits_wait_for_the_disk_whatever_the_server_is_set_to(
    new_postgres: NewPostgres, setting: str, wanted: str
) -> None:
    url = f"{new_postgres()}%20-c%20synchronous_commit%3D{setting}"
    database = PostgresDatabase(read_locator(url), is_new=True)
    try:
        assert database.rows("SHOW synchronous_commit") == [(wanted,)]
    finally:
        database.close()
