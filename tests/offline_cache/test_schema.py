import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from offline_cache import database, files
from offline_cache.audit import JournalReader
from offline_cache.database import DatabaseCalls
from offline_cache.errors import CacheCorrupt, CacheError
from offline_cache.files import FileCalls
from offline_cache.schema import SCHEMA_VERSION, open_for_reading, open_for_writing
from offline_cache.tables import FIRST, SECOND


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


def test_a_journal_of_the_first_schema_keeps_its_entries_and_what_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").close()
        steps = Migrations("journal")
        steps(name="1")(lambda database: [database.execute(sql) for sql in FIRST])
        steps.apply(Database(connection))
        connection.execute("INSERT INTO shown VALUES ('aa', 1800000000)")
        connection.execute("INSERT INTO shown_static VALUES ('cc', 1800000001, 'n-1')")
        connection.execute("INSERT INTO journal VALUES (1, 1, x'7b7d', x'00')")
        connection.execute("PRAGMA user_version = 1")
    open_for_reading(path).close()
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        phones = connection.execute("SELECT * FROM shown").fetchall()
        cards = connection.execute("SELECT * FROM shown_static").fetchall()
        assert phones == [(b"aa", 1_800_000_000, 1_800_000_000, 1, 1)]
        assert cards == [(b"cc", 1_800_000_001, b"n-1", 1, 1, *[None] * 4)]
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (1,)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%first'")
        assert tables.fetchall() == []


class FailingFolders(FileCalls):
    """A disk on which names can't be made durable."""

    def sync(self, descriptor: int, path: Path) -> None:
        if path.is_dir():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(descriptor, path)


def test_a_name_that_can_not_be_made_durable_is_a_fault_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer mends such a fault; of a bare OSError its thread died."""
    monkeypatch.setattr(files, "calls", FailingFolders())
    with pytest.raises(CacheError, match="name can't be made durable"):
        open_for_writing(tmp_path / "journal.db")


def test_a_log_that_a_killed_process_left_is_written_once_more_as_it_is(tmp_path: Path) -> None:
    """What that is good for only a power cut shows: tests/crash."""
    path, log = tmp_path / "journal.db", tmp_path / "journal.db-wal"
    with closing(open_for_writing(path)) as killed:
        killed.execute("INSERT INTO checkpoint VALUES (1, 1, x'00')")
        before, octets = log.stat().st_mtime_ns, log.read_bytes()
        DatabaseCalls().renew_log(path)
        assert log.read_bytes() == octets
        assert log.stat().st_mtime_ns > before
    assert not log.exists()
    DatabaseCalls().renew_log(path)
    assert not log.exists()


def of_the_second_schema(path: Path) -> None:
    """Make a journal as the last release left it, with an entry and what was shown."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").close()
        steps = Migrations("journal")
        steps(name="1")(lambda database: [database.execute(sql) for sql in FIRST])
        steps(name="2")(lambda database: [database.execute(sql) for sql in SECOND])
        steps.apply(Database(connection))
        connection.execute("INSERT INTO shown VALUES ('aa', 1800000000, 1800000001, 1, 1)")
        connection.execute("INSERT INTO journal VALUES (1, 1, x'7b7d', x'00')")
        connection.execute("INSERT INTO checkpoint VALUES (1, 1, x'7b7d')")
        connection.execute("PRAGMA user_version = 2")


def tables(connection: sqlite3.Connection) -> set[str]:
    connection.text_factory = str
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def test_a_journal_of_the_second_schema_keeps_everything_and_gains_the_checkpoints(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    of_the_second_schema(path)
    open_for_reading(path).close()
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        shown = connection.execute("SELECT * FROM shown").fetchall()
        assert shown == [(b"aa", 1_800_000_000, 1_800_000_001, 1, 1)]
        assert connection.execute("SELECT seq FROM journal").fetchall() == [(1,)]
        assert connection.execute("SELECT acked FROM checkpoint").fetchall() == [(1,)]
        assert {"own_checkpoint", "erased"} <= tables(connection)


def test_an_auditor_reads_a_journal_of_the_second_schema(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    of_the_second_schema(path)
    with closing(JournalReader(path)) as reader:
        audit = reader.audit("gate-7", public=bytes(32))
    assert (audit.entries, audit.acked, audit.signed, audit.erased) == (1, 1, 0, 0)


@pytest.mark.parametrize("step", ["CREATE TABLE own_checkpoint", "CREATE TABLE erased"])
def test_a_step_that_was_cut_off_leaves_the_tables_before_it(tmp_path: Path, step: str) -> None:
    """SQLite refuses one statement, as it does when the disk fails under it."""
    path = tmp_path / "journal.db"
    of_the_second_schema(path)
    calls = Refusing(step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "calls", calls)
        with pytest.raises(CacheError, match=str(path)):
            open_for_writing(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert not {"own_checkpoint", "erased"} & tables(connection)
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert {"own_checkpoint", "erased"} <= tables(connection)


class Refusing(DatabaseCalls):
    """Opens databases in which a table can't be made."""

    def __init__(self, statement: str) -> None:
        self._table = statement.rsplit(maxsplit=1)[-1]

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = super().connect(path)
        connection.set_authorizer(self._judge)
        return connection

    def _judge(self, action: int, name: str | None, *_: object) -> int:
        is_it = action == sqlite3.SQLITE_CREATE_TABLE and name == self._table
        return sqlite3.SQLITE_DENY if is_it else sqlite3.SQLITE_OK
