import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.ballast import Ballast
from offline_cache.commits import SPARE_OCTETS_MIN, Commits
from offline_cache.errors import CacheFault, DiskFull
from offline_cache.schema import open_for_writing


class Cramped:
    """A database that may not grow before its ballast is given up; SQLite itself refuses."""

    def __init__(self, folder: Path, *, gains: int = 99) -> None:
        self.ballast = Ballast(folder / "ballast", octets=65_536)
        self.connection = open_for_writing(folder / "journal.db")
        self.commits = Commits(self.connection, folder / "journal.db", self.ballast)
        self.tries, self._gains = 0, gains
        self.limit(0)

    def limit(self, more: int) -> None:
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        self.connection.execute(f"PRAGMA max_page_count = {pages + more}").close()

    def write(self) -> str:
        self.tries += 1
        if not self.ballast.is_held():
            self.limit(self._gains)
        self.connection.execute(
            "INSERT INTO checkpoint VALUES (?, 1, zeroblob(9000))", (self.rows(),)
        )
        return "done"

    def rows(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM checkpoint").fetchone()[0])


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Cramped]:
    made = Cramped(tmp_path)
    with closing(made.connection):
        yield made


def test_the_ballast_is_given_up_for_what_found_no_room_and_it_is_done_again(
    cramped: Cramped,
) -> None:
    assert cramped.ballast.hold()
    assert cramped.commits.run("it failed", cramped.write) == "done"
    assert (cramped.tries, cramped.rows()) == (2, 1)
    assert not cramped.ballast.is_held()


def test_without_a_ballast_nothing_is_written_and_nothing_is_in_doubt(cramped: Cramped) -> None:
    cramped.limit(0)
    with pytest.raises(DiskFull, match="it failed: the disk is full"):
        cramped.commits.run("it failed", lambda: _grow(cramped.connection))
    assert not cramped.commits.has_failed
    assert cramped.rows() == 0
    cramped.limit(99)
    assert cramped.commits.run("it failed", cramped.write) == "done"


def test_a_ballast_that_is_not_enough_is_given_up_once(tmp_path: Path) -> None:
    cramped = Cramped(tmp_path, gains=0)
    with closing(cramped.connection):
        assert cramped.ballast.hold()
        with pytest.raises(DiskFull):
            cramped.commits.run("it failed", cramped.write)
        assert cramped.tries == 2
        with pytest.raises(DiskFull):
            cramped.commits.run("it failed", cramped.write)
        assert cramped.tries == 3


def test_after_a_full_disk_there_is_room_again_when_the_ballast_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cramped = Cramped(tmp_path, gains=0)
    with closing(cramped.connection):
        with pytest.raises(DiskFull):
            cramped.commits.run("it failed", cramped.write)
        with monkeypatch.context() as patch:
            patch.setattr(cramped.ballast, "_octets", 1 << 60)  # more than there is
            with pytest.raises(DiskFull):
                cramped.commits.require_room(spare_octets=SPARE_OCTETS_MIN - 1)
            assert cramped.commits.is_short
            cramped.commits.require_room(spare_octets=SPARE_OCTETS_MIN)
            assert not cramped.commits.is_short
        cramped.commits.require_room()
        assert cramped.ballast.is_held()
        cramped.commits.require_room()


def test_a_failure_of_another_kind_leaves_everything_in_doubt(cramped: Cramped) -> None:
    cramped.connection.execute("PRAGMA query_only = 1").close()
    for _ in range(2):
        with pytest.raises(CacheFault) as caught:
            cramped.commits.run("it failed", cramped.write)
        assert not isinstance(caught.value, DiskFull)
    assert cramped.commits.has_failed


def _grow(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO checkpoint VALUES (1, 1, zeroblob(9000))")
