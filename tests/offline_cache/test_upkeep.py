"""What a journal lets go of, and what it never does."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from offline_cache import commits, upkeep
from offline_cache.audit import JournalReader
from offline_cache.care import Care
from offline_cache.chain_audit import Audit
from offline_cache.errors import CacheCorrupt, DiskFull
from offline_cache.journal import Append, Journal
from offline_cache.replay import HORIZON_S, STATIC_HORIZON_S
from protocol.journal import PresentationRecord
from protocol.keys import SigningKey
from tests.support.journals import (
    AT,
    TERMINAL,
    acknowledge,
    acknowledgement,
    dynamic,
    journal_at,
    many,
    remembered,
    rows_on_disk,
    static,
    tamper,
)
from verifier.clock import ClockQuality
from verifier.reasons import Reason

KEY = SigningKey(bytes(range(64, 96)))
KEPT, DAY = 20, 86_400
CARE = Care(key=KEY, keep_s=40 * DAY)
LONG_AGO = AT - 50 * DAY


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is meant for ten thousands happen with dozens."""
    monkeypatch.setattr(upkeep, "KEPT_ENTRIES", KEPT)
    monkeypatch.setattr(upkeep, "SNAPSHOT_EVERY_ENTRIES", KEPT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def old(count: int, *, first: int = 0, at: int = LONG_AGO) -> list[Append]:
    """Return so many presentations of as many phones, long ago."""
    numbers = range(first, first + count)
    return [dynamic(f"{number:04x}", iat=at + number, at=at + number) for number in numbers]


def rest(journal: Journal) -> None:
    while journal.rest():
        pass


def audited(path: Path) -> Audit:
    with closing(JournalReader(path)) as reader:
        return reader.audit(TERMINAL, public=KEY.public)


def seqs(path: Path, epoch: int = 1) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq FROM journal WHERE epoch = ? ORDER BY seq", (epoch,))
        return [seq for (seq,) in rows]


def lived(journal: Journal, *, before: int = 100, now: int = 40) -> None:
    """Write entries of long ago and of now, and have the centre acknowledge them all."""
    journal.append_all(old(before))
    journal.append_all(many(now, first=1_000))
    acknowledge(journal)


def refused(journal: Journal, request: Append) -> Reason | None:
    (entry,) = journal.append_all([request])
    assert isinstance(entry.draft.record, PresentationRecord)
    return entry.draft.record.reason


def test_what_is_old_and_acknowledged_goes_behind_a_snapshot(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal)
        rest(journal)
        assert seqs(path)[0] == 101, "the younger ones stay"
        assert journal.unacknowledged() is not None, "the snapshot goes to the centre too"
        journal.append_all(many(3, first=2_000))
        last = journal.seq
    audit = audited(path)
    assert (audit.faults, audit.erased, audit.signed) == ((), 100, last)
    with journal_at(path, care=CARE) as journal:
        assert journal.seq == last
        journal.append_all(many(1, first=3_000))
    assert audited(path).faults == ()


def test_a_snapshot_is_a_set_of_bounded_entries_that_name_no_lane(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal, now=120)
        rest(journal)
    parts = [json.loads(line) for _, line in rows_on_disk(path) if b'"snapshot"' in line]
    assert [part["part"] for part in parts] == list(range(len(parts)))
    assert [part["last"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert {part["through"] for part in parts} == {220}
    assert {(part["lane"], part["clock"]) for part in parts} == {("", "untrusted")}
    assert sum(len(part["phones"]) for part in parts) == 220
    assert max(len(line) for _, line in rows_on_disk(path)) < 4_096


@pytest.mark.parametrize("table", ["shown", "shown_static"])
def test_the_memory_is_rebuilt_from_snapshot_and_later_entries(path: Path, table: str) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(100))
        journal.append_all([dynamic("aa"), static("cc"), *many(60, first=1_000)])
        acknowledge(journal)
        rest(journal)
        journal.append_all([dynamic("bb"), static("dd")])
    tamper(path, f"DELETE FROM {table}")  # noqa: S608  # a name of ours
    with journal_at(path, care=CARE) as journal:
        assert refused(journal, dynamic("aa")) is Reason.REPLAYED
        assert refused(journal, dynamic("bb")) is Reason.REPLAYED
        assert refused(journal, static("cc", at=AT + 1)) is Reason.SHOWN_AGAIN
        assert refused(journal, static("dd", at=AT + 1)) is Reason.SHOWN_AGAIN
        assert refused(journal, dynamic("aa", iat=AT + 1)) is None


def test_what_stands_only_in_the_snapshot_is_known_after_its_entry_went(path: Path) -> None:
    """Room is short, so a printed card's entry went before its window was over."""
    care = Care(key=KEY, keep_s=40 * DAY, octets_max=1)
    with journal_at(path, care=Care(key=KEY)) as journal:
        journal.append_all([static("cc", at=AT - 2 * DAY), *old(60, at=AT - 2 * DAY)])
        journal.append_all(many(60, first=1_000))
        acknowledge(journal)
    with journal_at(path, care=care) as journal, pytest.raises(DiskFull):
        rest(journal)
    assert seqs(path)[0] == 62
    tamper(path, "DELETE FROM shown_static")
    with journal_at(path, care=Care(key=KEY)) as journal:
        again = static("cc", at=AT, window_s=30 * DAY)
        assert refused(journal, again) is Reason.SHOWN_AGAIN


def test_what_the_centre_does_not_hold_never_goes(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal)
        rest(journal)
        first = seqs(path)[0]
    with journal_at(path.with_name("other.db"), care=CARE) as journal:
        journal.append_all(old(100))
        journal.append_all(many(40, first=1_000))
        acknowledge(journal, acked=30)
        rest(journal)
        assert seqs(path.with_name("other.db"))[0] == 31 < first


def test_nothing_goes_without_the_terminals_key(path: Path) -> None:
    with journal_at(path, care=Care(keep_s=40 * DAY)) as journal:
        lived(journal)
        rest(journal)
    assert seqs(path)[0] == 1


def test_the_last_entries_stay_however_old_they_are(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal, now=1)
        rest(journal)
    written = seqs(path)
    assert written[0] == written[-1] - KEPT + 1


@pytest.mark.parametrize(("age_s", "goes"), [(40 * DAY, False), (40 * DAY + 1, True)])
def test_an_entry_stays_for_as_long_as_the_settings_say(
    path: Path, age_s: int, *, goes: bool
) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all([dynamic("aa", at=AT - age_s, iat=AT - age_s)])
        journal.append_all(many(60, first=1_000))
        acknowledge(journal)
        rest(journal)
    assert (seqs(path)[0] == 2) is goes


def test_no_entry_goes_that_a_printed_card_may_be_asked_for(path: Path) -> None:
    with journal_at(path, care=Care(key=KEY, keep_s=1)) as journal:
        at = AT - STATIC_HORIZON_S
        journal.append_all([dynamic("aa", at=at - 1, iat=at), dynamic("ab", at=at, iat=at)])
        journal.append_all(many(60, first=1_000))
        acknowledge(journal)
        rest(journal)
    assert seqs(path)[0] == 2


def test_an_untrusted_clock_makes_nothing_old(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        untrusted = ClockQuality.UNTRUSTED
        journal.append_all([dynamic("aa", at=LONG_AGO, iat=LONG_AGO, clock=untrusted)])
        journal.append_all(many(60, first=1_000))
        acknowledge(journal)
        rest(journal)
        assert seqs(path)[0] == 1
    with journal_at(path.with_name("other.db"), care=CARE) as journal:
        journal.append_all([dynamic("aa", at=AT, iat=AT, clock=untrusted), *old(3)])
        journal.append_all(many(60, first=1_000))
        acknowledge(journal)
        rest(journal)
        assert seqs(path.with_name("other.db"))[0] == 5, "what came before an old one is old"


@pytest.mark.slow
def test_nothing_goes_before_the_set_that_tells_it_is_whole(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal, before=400)
        steps = 0
        while journal.rest():
            steps += 1
            is_whole = any(b'"last":true' in line for _, line in rows_on_disk(path))
            assert is_whole or seqs(path)[0] == 1
        assert steps > 2
        assert seqs(path)[0] == 401


def test_a_set_of_which_a_part_found_no_room_stands_for_nothing(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal, before=400)
        assert journal.rest(), "a set is begun"
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages}").close()
        with pytest.raises(DiskFull):
            journal.rest()
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 500}").close()
        rest(journal)
        assert seqs(path)[0] == 401
    known = remembered(path)
    tamper(path, "DELETE FROM shown")
    with journal_at(path, care=CARE):
        assert remembered(path) == known


def test_a_new_set_is_begun_where_one_was_cut_off(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal, now=900)
        assert journal.rest(), "the set is begun"
        assert journal.rest(), "some of its parts are written"
        before = journal.seq
    with journal_at(path, care=CARE) as journal:
        assert journal.seq == before > 1_000
        rest(journal)
        assert seqs(path)[0] == 101
    assert audited(path).faults == ()


def test_old_epochs_go_but_for_their_end(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(30))
        acknowledge(journal)
    with journal_at(path, epoch=2, care=CARE) as journal:
        journal.append_all(many(5))
        rest(journal)
        batch = journal.unacknowledged()
        assert batch is not None
        assert (batch.first, batch.last) == (1, 5), "the new epoch is there from its beginning"
    assert (seqs(path), seqs(path, 2)) == ([30], [1, 2, 3, 4, 5])
    audit = audited(path)
    assert (audit.epoch, audit.erased) == (2, 0)
    assert audit.faults == ()


def test_what_an_earlier_key_signed_for_stands_for_erased_entries_in_a_new_epoch(
    path: Path,
) -> None:
    """An auditor is not told of a change that nobody made."""
    with journal_at(path, care=CARE) as journal:
        lived(journal)
        rest(journal)
    new = SigningKey(bytes(range(96, 128)))
    with journal_at(path, epoch=2, care=Care(key=new)) as journal:
        journal.append_all(many(5))
    with closing(JournalReader(path)) as reader:
        audit = reader.audit(TERMINAL, public=new.public)
    assert (audit.faults, audit.epoch) == ((), 2)


def test_entries_that_go_while_somebody_verifies_are_not_missed(path: Path) -> None:
    with journal_at(path, care=CARE) as journal, closing(JournalReader(path)) as reader:
        lived(journal)

        def erase(sql: str) -> None:
            if "SELECT epoch, seq, line, chain" in sql:
                rest(journal)

        reader._connection.set_trace_callback(erase)
        assert reader.audit(TERMINAL, public=KEY.public).faults == ()
        assert seqs(path)[0] == 101


def test_what_of_an_old_epoch_the_centre_does_not_hold_stays(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(30))
        acknowledge(journal, acked=10)
    with journal_at(path, epoch=2, care=CARE) as journal:
        journal.append_all(many(5))
        rest(journal)
    assert seqs(path) == [*range(11, 31)]


def test_erased_entries_are_neither_sent_nor_acknowledged_again(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(100))
        early = acknowledgement(journal, acked=50)
        journal.append_all(many(40, first=1_000))
        acknowledge(journal)
        rest(journal)
        assert journal.batch_from(50) is None
        batch = journal.batch_from(101, 2)
        assert batch is not None
        assert batch.prev == journal._chain_at(100)
        assert not journal.acknowledge(*early), "an old one that comes again says nothing new"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE erased SET note = CAST(replace(note, '100', '101') AS BLOB)",
        "UPDATE erased SET note = zeroblob(9)",
        "DELETE FROM erased",
    ],
)
def test_what_stands_for_erased_entries_can_not_be_changed(path: Path, damage: str) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal)
        rest(journal)
    tamper(path, damage)
    assert audited(path).faults
    with pytest.raises(CacheCorrupt), journal_at(path, care=CARE):
        pass


def test_rows_that_were_damaged_are_left_out_of_a_snapshot(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        lived(journal)
        for damage in (
            "UPDATE shown SET iat = 'x' WHERE iat = (SELECT min(iat) FROM shown)",
            "UPDATE shown SET pseudonym = 'zz' WHERE iat = (SELECT max(iat) FROM shown)",
        ):
            journal._connection.execute(damage).close()
        rest(journal)
    with journal_at(path, care=CARE) as journal:
        journal.append_all(many(1, first=5_000))
    assert audited(path).faults == ()


# The journal's size.


def test_a_journal_as_large_as_it_may_be_takes_nothing_until_something_may_go(path: Path) -> None:
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(600, at=AT - 2 * HORIZON_S))
        journal.append_all(many(30, first=1_000))
        assert journal._upkeep.used_octets() > 200_000
    care = Care(key=KEY, keep_s=40 * DAY, octets_max=200_000)
    with journal_at(path, care=care) as journal:
        with pytest.raises(DiskFull, match="size_mb_max"):
            journal.append_all(many(1))
        with pytest.raises(DiskFull):
            rest(journal)
        acknowledge(journal)
        rest(journal)
        journal.append_all(many(1))
        assert seqs(path)[0] == 601
    assert audited(path).faults == ()


def test_on_a_full_disk_what_the_centre_holds_goes_at_once(path: Path) -> None:
    """Entries of three days ago would stay for weeks, and make room now."""
    with journal_at(path, care=CARE) as journal:
        journal.append_all(old(200, at=AT - 3 * HORIZON_S))
        journal.append_all(many(40, first=1_000))
        acknowledge(journal)
        rest(journal)
        assert seqs(path)[0] == 1, "there is no hurry"
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages}").close()
        with pytest.raises(DiskFull):
            journal.append_all(many(60, first=2_000))
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 20}").close()
        rest(journal)
        assert seqs(path)[0] == 201
        journal.append_all(many(60, first=2_000))
    assert audited(path).faults == ()


def test_what_erased_entries_leave_is_served_from_while_the_disk_stays_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that was given up can't be had again; there is some within the journal."""
    monkeypatch.setattr(commits, "SPARE_OCTETS_MIN", 8 * 4_096)
    with journal_at(path, care=replace(CARE, ballast_octets=1 << 62)) as journal:
        journal.append_all(old(200, at=AT - 3 * HORIZON_S))
        journal.append_all(many(40, first=1_000))
        acknowledge(journal)
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages}").close()
        with pytest.raises(DiskFull):
            journal.append_all(many(60, first=2_000))
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 20}").close()
        rest(journal)
        assert seqs(path)[0] == 201
        monkeypatch.setattr(commits, "SPARE_OCTETS_MIN", 1 << 40)
        journal._commits._full = DiskFull("there is none")
        with pytest.raises(DiskFull):
            rest(journal)
