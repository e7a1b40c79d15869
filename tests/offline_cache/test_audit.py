import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from offline_cache.audit import JournalReader
from offline_cache.care import Care
from offline_cache.chain_audit import Audit
from offline_cache.errors import CacheCorrupt, CacheError
from protocol.checkpoint import Checkpoint, checkpoint_octets
from protocol.keys import SigningKey
from tests.support.journals import (
    TERMINAL,
    acknowledge,
    acknowledgement,
    dynamic,
    journal_at,
    many,
    rows_on_disk,
    tamper,
)

KEY = SigningKey(bytes(range(64, 96)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of ten entries, the first six acknowledged."""
    made = tmp_path / "journal.db"
    with journal_at(made) as journal:
        journal.append_all(many(10))
        acknowledge(journal, acked=6)
    return made


def audited(path: Path, *, public: bytes | None = None) -> Audit:
    with closing(JournalReader(path)) as reader:
        return reader.audit(TERMINAL, public=public)


def faults(path: Path) -> dict[int, str]:
    return {fault.seq: fault.what for fault in audited(path).faults}


def test_a_journal_as_it_was_written_has_no_faults_and_says_how_far_its_tail_is_proven(
    path: Path,
) -> None:
    audit = audited(path)
    assert (audit.entries, audit.faults, audit.acked, audit.epoch) == (10, (), 6, 1)


def test_it_can_be_read_beside_its_writer(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3, first=10))
        assert audited(path).entries == 13


@pytest.mark.parametrize("seq", [1, 5, 10])
def test_a_changed_entry_is_named_and_no_other(path: Path, seq: int) -> None:
    tamper(path, "UPDATE journal SET line = replace(line, 'grant', 'deny') WHERE seq = ?", seq)
    assert list(faults(path)) == [seq]


def test_a_line_that_is_no_octets_any_more_is_named(path: Path) -> None:
    tamper(path, "UPDATE journal SET line = 7 WHERE seq = 3")
    assert faults(path)[3] == "its line is no octets"


def test_octets_whose_type_alone_was_changed_are_what_they_were(path: Path) -> None:
    tamper(path, "UPDATE journal SET line = CAST(line AS TEXT) WHERE seq = 3")
    assert faults(path) == {}


def test_a_changed_chain_value_is_noticed(path: Path) -> None:
    tamper(path, "UPDATE journal SET chain = zeroblob(32) WHERE seq = 3")
    assert 3 in faults(path)


def test_a_removed_entry_is_missed_before_the_next(path: Path) -> None:
    tamper(path, "DELETE FROM journal WHERE seq = 4")
    assert faults(path) == {5: "entry 4 is missing before it"}


def test_a_removed_beginning_is_missed(path: Path) -> None:
    tamper(path, "DELETE FROM journal WHERE seq <= 2")
    assert faults(path) == {3: "entry 1 is missing before it"}


def test_two_entries_in_each_others_place_are_named(path: Path) -> None:
    (third, fourth) = (line for seq, line in rows_on_disk(path) if seq in {3, 4})
    tamper(path, "UPDATE journal SET line = ? WHERE seq = 3", fourth)
    tamper(path, "UPDATE journal SET line = ? WHERE seq = 4", third)
    assert faults(path) == {
        3: "its line says that it is entry 1/4",
        4: "its line says that it is entry 1/3",
    }


def test_a_tail_cut_below_the_acknowledgement_is_noticed(path: Path) -> None:
    tamper(path, "DELETE FROM journal WHERE seq > 5")
    assert faults(path) == {6: "the centre acknowledged it, and it is gone: the tail is cut"}


def test_a_tail_cut_above_the_acknowledgement_leaves_no_trace_and_the_audit_says_how_far_it_sees(
    path: Path,
) -> None:
    tamper(path, "DELETE FROM journal WHERE seq > 6")
    audit = audited(path)
    assert (audit.entries, audit.faults, audit.acked) == (6, (), 6)


def test_a_history_written_anew_is_not_the_one_that_was_acknowledged(
    path: Path, tmp_path: Path
) -> None:
    """Every line and chain value fits the next; only the centre's word knows better."""
    with journal_at(path) as journal:
        _, document = acknowledgement(journal, acked=6)
    other = tmp_path / "other.db"
    with journal_at(other) as journal:
        journal.append_all(many(10, first=100))
        acknowledge(journal, acked=6)
    tamper(other, "UPDATE checkpoint SET document = ?", document)
    assert faults(other) == {6: "the centre acknowledged another history"}


@pytest.mark.parametrize(
    "document", [b"", b"\xff", b"[]", b"{}", b'{"epoch":1,"acked":6,"head":"xyz"}', 7, b"[" * 9_999]
)
def test_an_acknowledgement_that_was_changed_is_noticed(path: Path, document: object) -> None:
    tamper(path, "UPDATE checkpoint SET document = ?", document)
    assert faults(path) == {6: "its acknowledgement was changed"}


def test_a_checkpoint_moved_back_to_hide_a_cut_does_not_fit_its_acknowledgement(path: Path) -> None:
    tamper(path, "DELETE FROM journal WHERE seq > 3")
    tamper(path, "UPDATE checkpoint SET acked = 3")
    assert faults(path) == {3: "its acknowledgement was changed"}


def test_each_epoch_has_a_chain_of_its_own(path: Path) -> None:
    with journal_at(path, epoch=2) as journal:
        journal.append_all(many(4, first=50))
        acknowledge(journal, acked=2)
    audit = audited(path)
    assert (audit.entries, audit.faults, audit.acked, audit.epoch) == (14, (), 2, 2)


@pytest.mark.parametrize("kept", [7, 0])
def test_a_tail_cut_from_an_ended_epoch_is_noticed(path: Path, kept: int) -> None:
    """Its acknowledgement stays, whatever was acknowledged since."""
    with journal_at(path) as journal:
        acknowledge(journal, acked=10)
    with journal_at(path, epoch=2) as journal:
        journal.append_all(many(4, first=50))
        acknowledge(journal, acked=2)
    tamper(path, "DELETE FROM journal WHERE epoch = 1 AND seq > ?", kept)
    audit = audited(path)
    assert [(fault.epoch, fault.seq, fault.what) for fault in audit.faults] == [
        (1, 10, "the centre acknowledged it, and it is gone: the tail is cut")
    ]
    assert (audit.epoch, audit.acked) == (2, 2)


def test_another_terminals_journal_does_not_fit(path: Path) -> None:
    with closing(JournalReader(path)) as reader:
        assert reader.audit("gate-8").faults[0].seq == 1


def test_the_tail_comes_oldest_first(path: Path) -> None:
    with closing(JournalReader(path)) as reader:
        assert [json.loads(line)["seq"] for _, line in reader.tail(3)] == [8, 9, 10]
        assert len(list(reader.lines())) == 10
        assert reader.last() == (1, 10)
        assert reader.checkpoint() == (1, 6)


def test_no_journal_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="there is no journal here"):
        JournalReader(tmp_path / "journal.db")


@pytest.mark.parametrize("octets", [b"", b"no database" * 500])
def test_what_is_no_journal_is_told_in_one_line(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(octets)
    with pytest.raises(CacheError, match=str(path)):
        JournalReader(path)


def test_a_damaged_page_is_named_by_the_first_entry_behind_it(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[4_096:] = bytes(len(octets) - 4_096)
    path.write_bytes(octets)
    found = audited(path).faults
    assert any("can't be read" in fault.what and str(path) in fault.what for fault in found)


@pytest.mark.slow
def test_whatever_is_damaged_the_audit_gives_an_answer(tmp_path: Path) -> None:
    """Random octets anywhere in the file: a fault is named, or it says that it can't be opened."""
    made = tmp_path / "journal.db"
    with journal_at(made, care=Care(key=KEY)) as journal:
        journal.append_all(many(60))
        acknowledge(journal, acked=40)
    whole = made.read_bytes()
    for seed in range(120):
        random = Random(seed)  # noqa: S311  # seeded
        octets = bytearray(whole)
        for _ in range(random.choice((1, 8, 200))):
            octets[random.randrange(len(octets))] = random.randrange(256)
        made.write_bytes(octets)
        told = looked_at(made)
        assert told is None or told.entries == 60 or told.faults, f"seed {seed}"


def looked_at(path: Path) -> Audit | None:
    """Return what a damaged journal was found to be; None: it can't be opened, which is told."""
    try:
        reader = JournalReader(path)
    except CacheError:
        return None
    with closing(reader):
        return reader.audit(TERMINAL, public=KEY.public)


# What the terminal signed itself.


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A journal of ten entries, three acknowledged, the end signed for by the terminal."""
    made = tmp_path / "signed.db"
    with journal_at(made, care=Care(key=KEY)) as journal:
        journal.append_all(many(10))
        acknowledge(journal, acked=3)
    return made


def test_the_tail_is_proven_down_to_the_terminals_own_checkpoint(signed: Path) -> None:
    audit = audited(signed, public=KEY.public)
    assert (audit.faults, audit.acked, audit.signed, audit.tail_proven_to) == ((), 3, 10, 10)
    without = audited(signed)
    assert (without.faults, without.signed, without.tail_proven_to) == ((), 0, 3)


def test_a_tail_cut_above_the_acknowledgement_is_noticed_by_the_terminals_key(signed: Path) -> None:
    tamper(signed, "DELETE FROM journal WHERE seq > 7")
    audit = audited(signed, public=KEY.public)
    assert [(fault.seq, fault.what) for fault in audit.faults] == [
        (10, "the terminal signed for it, and it is gone: the tail is cut")
    ]
    assert audit.tail_proven_to == 3
    with (
        pytest.raises(CacheCorrupt, match="signed for entry 10"),
        journal_at(signed, care=Care(key=KEY)),
    ):
        pass


def test_a_new_epoch_has_a_new_key_and_the_old_ones_checkpoints_stay(signed: Path) -> None:
    new = SigningKey(bytes(range(96, 128)))
    with journal_at(signed, epoch=2, care=Care(key=new)) as journal:
        journal.append_all(many(4, first=50))
    audit = audited(signed, public=new.public)
    assert (audit.faults, audit.epoch, audit.signed) == ((), 2, 4)
    tamper(signed, "DELETE FROM journal WHERE epoch = 1 AND seq > 7")
    audit = audited(signed, public=new.public)
    assert [(fault.epoch, fault.seq, fault.what) for fault in audit.faults] == [
        (1, 10, "the terminal signed for it, and it is gone: the tail is cut")
    ]


def test_a_checkpoint_of_no_epoch_at_all_is_named(signed: Path) -> None:
    tamper(signed, "UPDATE own_checkpoint SET epoch = 'x'")
    assert [fault.epoch for fault in audited(signed, public=KEY.public).faults] == [1]


def test_a_tail_written_anew_by_another_hand_is_noticed(signed: Path) -> None:
    """The chain is recomputed, as whoever has the disk can do, but not signed."""
    tamper(signed, "DELETE FROM journal WHERE seq > 7")
    lone = sqlite3.connect(signed, isolation_level=None)
    with closing(lone):
        lone.execute("DELETE FROM own_checkpoint").close()
    with journal_at(signed) as journal:
        journal.append_all([dynamic("ff"), dynamic("fe"), dynamic("fd")])
    with closing(sqlite3.connect(signed, isolation_level=None)) as lone:
        note = checkpoint_of(10)
        lone.execute("INSERT INTO own_checkpoint VALUES (1, 10, ?)", (note,)).close()
    audit = audited(signed, public=KEY.public)
    assert [(fault.seq, fault.what) for fault in audit.faults] == [
        (10, "the terminal signed for another history")
    ]
    with (
        pytest.raises(CacheCorrupt, match="signed for another entry 10"),
        journal_at(signed, care=Care(key=KEY)),
    ):
        pass


def checkpoint_of(seq: int) -> bytes:
    point = Checkpoint(terminal=TERMINAL, epoch=1, seq=seq, head=bytes(32))
    return checkpoint_octets(point, KEY)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE own_checkpoint SET note = zeroblob(200)",
        "UPDATE own_checkpoint SET note = 7",
        "UPDATE own_checkpoint SET note = CAST(replace(note, '10', '11') AS BLOB)",
    ],
)
def test_a_checkpoint_that_was_changed_is_named(signed: Path, damage: str) -> None:
    tamper(signed, damage)
    (fault,) = audited(signed, public=KEY.public).faults
    assert fault.seq == 10
    assert "the terminal's checkpoint was changed" in fault.what
    with (
        pytest.raises(CacheCorrupt, match="own checkpoint was changed"),
        journal_at(signed, care=Care(key=KEY)),
    ):
        pass


def test_of_each_thousand_entries_the_newest_checkpoint_is_kept(tmp_path: Path) -> None:
    made = tmp_path / "journal.db"
    with journal_at(made, care=Care(key=KEY)) as journal:
        for first in range(0, 2_500, 500):
            journal.append_all(many(500, first=first))
            acknowledge(journal)
    with closing(sqlite3.connect(made)) as connection:
        rows = connection.execute("SELECT seq FROM own_checkpoint ORDER BY seq").fetchall()
    assert rows == [(500,), (1_500,), (2_500,)]
