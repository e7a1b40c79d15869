"""A journal whose write failed, and is written anew out of what was acknowledged."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache import files
from offline_cache.audit import JournalReader
from offline_cache.database import following, newest, remove_older
from offline_cache.errors import CacheCorrupt, CacheFault
from offline_cache.files import FileCalls
from offline_cache.journal import Journal
from offline_cache.recovery import DOUBTFUL_ENTRIES_MAX
from offline_cache.replay import DynamicClaim
from protocol.journal import PresentationRecord
from tests.support.journals import (
    AT,
    TERMINAL,
    acknowledge,
    dynamic,
    journal_at,
    many,
    rows_on_disk,
    tamper,
)
from verifier.reasons import Reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def fail(journal: Journal) -> None:
    """Have a write fail so that nobody knows what is on the disk."""
    journal._connection.execute("PRAGMA query_only = 1").close()
    with pytest.raises(CacheFault):
        journal.append_all([dynamic("ee")])
    assert journal.has_failed


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_all_that_was_acknowledged_stands_in_the_new_file_and_nothing_else(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(5))
        acknowledge(journal, acked=3)
        fail(journal)
        journal.recover()
        assert not journal.has_failed
        assert (journal.seq, journal.acked()) == (5, 3)
        journal.append_all(many(2, first=5))
    assert names(path) == ["journal-1.db"]
    assert [seq for seq, _ in rows_on_disk(newest(path))] == [1, 2, 3, 4, 5, 6, 7]
    with closing(JournalReader(path)) as reader:
        assert reader.audit(TERMINAL).faults == ()


class SwitchSeen(FileCalls):
    """Keeps what the new file held when it took the old one's place."""

    def replace(self, source: Path, target: Path) -> None:
        self.octets = source.read_bytes()
        super().replace(source, target)


def test_the_new_file_keeps_a_log_before_it_takes_the_old_ones_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off while that is changed, it could not be opened for reading any more."""
    with journal_at(path) as journal:
        journal.append_all(many(1))
        fail(journal)
        monkeypatch.setattr(files, "calls", SwitchSeen())
        journal.recover()
        assert isinstance(files.calls, SwitchSeen)
        assert files.calls.octets[18:20] == b"\x02\x02"  # WAL, by the file format's section 1.3
    assert names(path) == ["journal-1.db"]


def test_what_was_shown_is_known_in_the_new_file(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic("aa")])
        journal.advance(DynamicClaim(pseudonym="aa" * 16, iat=AT + 9))
        fail(journal)
        journal.recover()
        (again,) = journal.append_all([dynamic("aa", iat=AT + 9)])
    assert isinstance(again.draft.record, PresentationRecord)
    assert again.draft.record.reason is Reason.REPLAYED


def test_a_holder_whose_entry_was_lost_is_not_locked_out_by_it(path: Path) -> None:
    with journal_at(path) as journal:
        fail(journal)
        journal.recover()
        (entry,) = journal.append_all([dynamic("ee")])
    assert isinstance(entry.draft.record, PresentationRecord)
    assert entry.draft.record.reason is None


@pytest.mark.slow
def test_a_journal_can_be_written_anew_again_and_again(path: Path) -> None:
    for number in range(1, 13):
        with journal_at(path) as journal:
            fail(journal)
            journal.recover()
            journal.append_all([dynamic(f"{number:02x}")])
    assert names(path) == ["journal-12.db"], "12 is more than 2"
    assert len(rows_on_disk(newest(path))) == 12


def test_a_file_that_could_not_be_finished_changes_nothing(path: Path) -> None:
    """A folder stands where the new file is to be written, as a disk may refuse it."""
    with journal_at(path) as journal:
        journal.append_all(many(3))
        fail(journal)
        blocked = path.with_name(".journal-1.db.new")
        blocked.mkdir()
        with pytest.raises(CacheFault, match="could not be written anew"):
            journal.recover()
        assert journal.has_failed
        with pytest.raises(CacheFault):
            journal.append_all(many(1, first=3))
        blocked.rmdir()
        journal.recover()
        journal.append_all(many(1, first=3))
    assert len(rows_on_disk(newest(path))) == 4


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM journal WHERE seq = 5",
        "DELETE FROM journal WHERE seq = 2",
        "UPDATE journal SET line = replace(line, 'grant', 'Grant') WHERE seq = 3",
        "UPDATE journal SET chain = zeroblob(32) WHERE seq = 5",
        "DELETE FROM journal",
    ],
)
def test_a_journal_that_lost_what_was_acknowledged_stays_closed(path: Path, damage: str) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(5))
        fail(journal)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(damage)
        with pytest.raises(CacheFault, match="is not what was acknowledged"):
            journal.recover()
        assert journal.has_failed
    assert newest(path) == path


def test_leftovers_of_a_power_cut_are_taken_away_at_the_next_opening(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3))
        fail(journal)
        journal.recover()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).write_bytes(b"older")
    with journal_at(path) as journal:
        assert journal.seq == 3
    assert names(path) == ["journal-1.db"]


@pytest.mark.parametrize(("more", "is_taken"), [(DOUBTFUL_ENTRIES_MAX, True), (501, False)])
def test_an_old_file_put_back_takes_away_nothing_that_it_lacks(
    path: Path, more: int, *, is_taken: bool
) -> None:
    """A copy of last week, brought back under a higher number."""
    with journal_at(path) as journal:
        journal.append_all(many(3))
    shutil.copy(path, path.with_name("journal-1.db"))
    tamper(path, "UPDATE journal SET seq = ? WHERE seq = 3", 3 + more)  # so many were written
    if is_taken:
        with journal_at(path):
            assert not path.exists()
        return
    with pytest.raises(CacheCorrupt, match=r"ends before journal\.db beside it"), journal_at(path):
        pass
    assert path.exists()
    path.with_name("journal-1.db").unlink()
    assert len(rows_on_disk(path)) == 3


def test_only_files_of_our_own_naming_count_as_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for name in ("journal-0.db", "journal-1.db.bak", "journal-x.db", "journal-01.db", "old-3.db"):
        (tmp_path / name).write_bytes(b"")
    assert newest(path) == path
    assert following(path).name == "journal-1.db"
    (tmp_path / "journal-9.db").write_bytes(b"")
    (tmp_path / "journal-10.db").write_bytes(b"")
    assert newest(path).name == "journal-10.db"
    assert following(path).name == "journal-11.db"
    remove_older(path)
    assert "journal-9.db" not in names(path)
    assert "journal-x.db" in names(path)
