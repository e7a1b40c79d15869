import sqlite3
from pathlib import Path

import pytest

from central.database.migrations import Schema, load_schema, statements
from central.errors import SiteUnusable
from central.site import Site

_FIRST = Path(__file__).parents[3] / "central" / "schema" / "sqlite" / "0001_begin.sql"


def test_dialects_have_the_same_numbers() -> None:
    assert load_schema("sqlite").version == load_schema("postgresql").version


def test_statements_come_whole_and_without_comments() -> None:
    script = "CREATE TABLE a ( -- one; two\n  b INTEGER\n);\n\nDROP TABLE c;\n"
    assert list(statements(script)) == ["CREATE TABLE a (\n  b INTEGER\n);", "DROP TABLE c;"]


def test_script_that_ends_within_a_statement_is_a_bug_of_ours() -> None:
    with pytest.raises(ValueError, match="within a statement"):
        list(statements("CREATE TABLE a (\n"))


def test_only_what_is_missing_is_run_and_in_order() -> None:
    schema = Schema(scripts={1: "A;", 2: "B;", 3: "C;"})
    assert list(schema.behind(0, where="x")) == ["A;", "B;", "C;"]
    assert list(schema.behind(2, where="x")) == ["C;"]
    assert not list(schema.behind(3, where="x"))


def test_database_of_a_newer_program_is_refused_with_the_remedy() -> None:
    with pytest.raises(SiteUnusable, match=r"schema 2, this program 1.*newer scan-central"):
        list(Schema(scripts={1: "A;"}).behind(2, where="x"))


def test_database_of_the_first_release_opens_with_what_it_held(site: Site) -> None:
    path = site.directory / "central.db"
    path.unlink()
    with sqlite3.connect(path) as old:
        old.executescript(_FIRST.read_text("utf-8"))
        old.execute("INSERT INTO card VALUES (0, x'00', 1, 5)")
        old.execute("PRAGMA user_version = 1")
    old.close()
    store = site.open_store()
    try:
        assert store.cards.statuses(0) == {0: 1}
        version = store.database.rows("PRAGMA user_version")
        assert version == [(load_schema("sqlite").version,)]
    finally:
        store.close()
