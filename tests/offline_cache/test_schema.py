import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt
from offline_cache.schema import SCHEMA_VERSION, open_for_reading, open_for_writing


def test_the_journal_is_opened_so_that_a_commit_is_durable(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path / "journal.db")) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        connection.text_factory = str
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


@pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading])
def test_a_schema_from_the_future_is_left_alone(tmp_path: Path, open_it: object) -> None:
    path = tmp_path / "journal.db"
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    octets = path.read_bytes()
    assert callable(open_it)
    with pytest.raises(CacheCorrupt, match=f"{path}: its schema is {SCHEMA_VERSION + 1}"):
        open_it(path)
    assert path.read_bytes() == octets


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_for_writing(path).close()
    before = path.read_bytes()
    open_for_writing(path).close()
    assert path.read_bytes() == before


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_for_writing(path).close()
    with closing(open_for_reading(path)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM journal")


def test_a_migration_that_was_cut_off_before_its_last_step_is_finished(tmp_path: Path) -> None:
    """The power went between the tables and the version's number."""
    path = tmp_path / "journal.db"
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (0,)
