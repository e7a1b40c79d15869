import json
import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from offline_cache.entries import PAGE_ENTRIES
from offline_cache.errors import CacheCorrupt, CacheError, CacheFault, HistoryParted
from offline_cache.journal import Append, Journal
from offline_cache.replay import CLOCK_STEP_S_MIN, DynamicClaim
from protocol.journal import PresentationRecord, extend_all, genesis, read_line
from tests.support.journals import (
    AT,
    EPOCH,
    TERMINAL,
    acknowledge,
    acknowledgement,
    draft,
    dynamic,
    journal_at,
    many,
    rows_on_disk,
    static,
    tamper,
)
from verifier.model import Verdict
from verifier.reasons import Reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def outcome(journal: Journal, request: Append) -> tuple[Verdict, Reason | None]:
    (appended,) = journal.append_all([request])
    record = appended.draft.record
    assert isinstance(record, PresentationRecord)
    return record.verdict, record.reason


def test_entries_are_numbered_without_gaps_and_chained_over_their_exact_octets(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3))
        journal.append_all(many(2, first=3))
        chain, seq = journal.chain, journal.seq
    lines = [line for _, line in rows_on_disk(path)]
    assert [read_line(line).seq for line in lines] == [1, 2, 3, 4, 5]
    assert seq == 5
    assert chain == extend_all(genesis(TERMINAL, EPOCH), lines)


def test_numbers_and_chain_go_on_where_they_stood_after_a_restart(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3))
        before = journal.seq, journal.chain
    with journal_at(path) as journal:
        assert (journal.seq, journal.chain) == before
        journal.append_all(many(1, first=3))
    assert [seq for seq, _ in rows_on_disk(path)] == [1, 2, 3, 4]


def test_another_epoch_begins_at_one_beside_the_old(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(2))
    with journal_at(path, epoch=2) as journal:
        (entry,) = journal.append_all([dynamic(iat=AT + 1)])
        assert entry.seq == 1
        assert journal.chain == extend_all(genesis(TERMINAL, 2), [rows_on_disk(path)[-1][1]])


# Replay of phones: a later proof only.


def test_the_same_proof_is_granted_once(path: Path) -> None:
    with journal_at(path) as journal:
        assert outcome(journal, dynamic()) == (Verdict.GRANT, None)
        assert outcome(journal, dynamic(lane="n-2")) == (Verdict.DENY, Reason.REPLAYED)


@pytest.mark.parametrize(
    ("later_s", "expected"),
    [(-1, (Verdict.DENY, Reason.REPLAYED)), (1, (Verdict.GRANT, None))],
)
def test_only_a_proof_drawn_later_is_accepted(
    path: Path, later_s: int, expected: tuple[Verdict, Reason | None]
) -> None:
    with journal_at(path) as journal:
        outcome(journal, dynamic())
        assert outcome(journal, dynamic(iat=AT + later_s)) == expected


def test_a_lost_claim_does_not_move_what_was_claimed(path: Path) -> None:
    with journal_at(path) as journal:
        outcome(journal, dynamic(iat=AT + 10))
        outcome(journal, dynamic(iat=AT))
        assert outcome(journal, dynamic(iat=AT + 10))[1] is Reason.REPLAYED


def test_two_holders_do_not_disturb_each_other(path: Path) -> None:
    with journal_at(path) as journal:
        assert outcome(journal, dynamic("aa"))[0] is Verdict.GRANT
        assert outcome(journal, dynamic("ab"))[0] is Verdict.GRANT


def test_a_proof_twice_in_one_group_is_granted_once(path: Path) -> None:
    with journal_at(path) as journal:
        written = journal.append_all([dynamic(lane="n-1"), dynamic(lane="n-2")])
    verdicts = [json.loads(line)["verdict"] for _, line in rows_on_disk(path)]
    assert verdicts == ["grant", "deny"]
    assert [entry.seq for entry in written] == [1, 2]


def test_a_lost_claim_is_written_as_the_refusal_it_became(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(), dynamic(), static(), static()])
    told = [json.loads(line) for _, line in rows_on_disk(path)]
    assert [(entry["verdict"], entry["reason"]) for entry in told] == [
        ("grant", None),
        ("deny", "P.RPL"),
        ("grant", None),
        ("deny", "P.RPS"),
    ]


def test_a_refusal_claims_nothing(path: Path) -> None:
    refused = draft()
    record = refused.record
    assert isinstance(record, PresentationRecord)
    denied = replace(record, verdict=Verdict.DENY, reason=Reason.REVOKED)
    with journal_at(path) as journal:
        journal.append_all([Append(draft=replace(refused, record=denied), claim=None)])
        assert outcome(journal, dynamic())[0] is Verdict.GRANT


# Replay of printed cards: a window.


@pytest.mark.parametrize(
    ("later_s", "expected"),
    [
        (0, (Verdict.DENY, Reason.SHOWN_AGAIN)),
        (299, (Verdict.DENY, Reason.SHOWN_AGAIN)),
        (300, (Verdict.GRANT, None)),
        (301, (Verdict.GRANT, None)),
    ],
)
def test_a_printed_card_is_refused_again_within_its_window(
    path: Path, later_s: int, expected: tuple[Verdict, Reason | None]
) -> None:
    with journal_at(path) as journal:
        outcome(journal, static(window_s=300))
        assert outcome(journal, static(at=AT + later_s, window_s=300)) == expected


def test_a_refused_printed_card_does_not_prolong_its_window(path: Path) -> None:
    with journal_at(path) as journal:
        outcome(journal, static(window_s=300))
        outcome(journal, static(at=AT + 299, window_s=300))
        assert outcome(journal, static(at=AT + 300, window_s=300))[0] is Verdict.GRANT


@pytest.mark.parametrize(
    ("back_s", "is_granted"), [(CLOCK_STEP_S_MIN, False), (CLOCK_STEP_S_MIN + 1, True)]
)
def test_a_showing_noted_in_the_future_refuses_no_card_for_ever(
    path: Path, back_s: int, *, is_granted: bool
) -> None:
    """The clock had stood ahead and was put right."""
    with journal_at(path) as journal:
        journal.append_all([static(at=AT)])
        (again,) = journal.append_all([static(at=AT - back_s)])
    record = again.draft.record
    assert isinstance(record, PresentationRecord)
    assert (record.verdict is Verdict.GRANT) is is_granted


def test_claims_survive_a_restart(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static()])
    with journal_at(path) as journal:
        assert outcome(journal, dynamic())[1] is Reason.REPLAYED
        assert outcome(journal, static(at=AT + 1))[1] is Reason.SHOWN_AGAIN


# The outbox and its acknowledgement.


def test_the_outbox_is_what_no_acknowledgement_covers(path: Path) -> None:
    with journal_at(path) as journal:
        assert journal.unacknowledged() is None
        journal.append_all(many(5))
        assert acknowledge(journal, acked=2)
        batch = journal.unacknowledged(limit=2)
        assert batch is not None
        assert (batch.first, batch.last, batch.epoch) == (3, 4, EPOCH)
        assert batch.prev == journal._chain_at(2)
        assert list(batch.lines) == [line for _, line in rows_on_disk(path)][2:4]
        assert acknowledge(journal)
        assert journal.unacknowledged() is None


def test_the_checkpoint_moves_forward_only(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(5))
        assert acknowledge(journal, acked=4)
        assert not acknowledge(journal, acked=3)
        assert not acknowledge(journal, acked=4)
        assert journal.acked() == 4
        assert acknowledge(journal, acked=5)
    with journal_at(path) as journal:
        assert journal.acked() == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": "gate-8"},
        {"epoch": 2},
        {"acked": 6},
        {"head": bytes(32)},
        {"acked": 2},  # the head is entry 3's
    ],
)
def test_an_acknowledgement_of_another_history_parts_and_changes_nothing(
    path: Path, changes: dict[str, object]
) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(5))
        ack, document = acknowledgement(journal, acked=3)
        with pytest.raises(HistoryParted):
            journal.acknowledge(replace(ack, **changes), document)  # type: ignore[arg-type]  # by name
        assert journal.acked() == 0


# A disk that fails.


def fill_up(journal: Journal) -> None:
    """Let SQLite find the disk full, really."""
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_failed_commit_leaves_nothing_of_its_group_to_be_read_or_sent(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3))
        head = journal.chain
        fill_up(journal)
        with pytest.raises(CacheFault, match=str(path)) as caught:
            journal.append_all(many(64, first=3))
        assert "\n" not in str(caught.value)
        assert (journal.seq, journal.chain) == (3, head)
        batch = journal.unacknowledged()
        assert batch is not None
        assert batch.last == 3
    assert [seq for seq, _ in rows_on_disk(path)] == [1, 2, 3]


def break_down(journal: Journal) -> None:
    """Let SQLite refuse every write, whatever the reason: what was written is in doubt."""
    journal._connection.execute("PRAGMA query_only = 1").close()


def test_after_a_failed_commit_no_acknowledgement_is_kept(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(3))
        ack = acknowledgement(journal)
        break_down(journal)
        with pytest.raises(CacheFault):
            journal.append_all(many(64, first=3))
        with pytest.raises(CacheFault, match="a write failed before"):
            journal.acknowledge(*ack)
        assert journal.acked() == 0


def test_after_a_failed_commit_no_proof_is_remembered_either(path: Path) -> None:
    with journal_at(path) as journal:
        break_down(journal)
        with pytest.raises(CacheFault):
            journal.append_all([dynamic()])
        journal._connection.execute("PRAGMA query_only = 0").close()
        with pytest.raises(CacheFault, match="a write failed before"):
            journal.advance(DynamicClaim(pseudonym="aa" * 16, iat=AT))


def test_a_claim_falls_with_the_entry_that_could_not_be_written(path: Path) -> None:
    """The holder whose entry was lost is not locked out by it after the restart."""
    with journal_at(path) as journal:
        fill_up(journal)
        with pytest.raises(CacheFault):
            journal.append_all([dynamic(), *many(64)])
    with journal_at(path) as journal:
        assert outcome(journal, dynamic())[0] is Verdict.GRANT


# A journal that is not what was written.


def corrupt(path: Path) -> str:
    """Return the one line in which opening fails."""
    with pytest.raises(CacheError) as caught, journal_at(path):
        pass
    text = str(caught.value)
    assert isinstance(caught.value, CacheCorrupt), text
    assert str(path) in text
    assert "\n" not in text
    return text


@pytest.fixture
def written(path: Path) -> Path:
    with journal_at(path) as journal:
        journal.append_all(many(8))
        acknowledge(journal, acked=6)
    return path


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("UPDATE journal SET line = replace(line, 'grant', 'Grant') WHERE seq = ?", (4,)),
        ("UPDATE journal SET chain = zeroblob(32) WHERE seq = ?", (8,)),
        ("UPDATE journal SET line = 7 WHERE seq = ?", (4,)),
        ("UPDATE journal SET seq = 'x' WHERE seq = ?", (8,)),
        ("UPDATE journal SET line = CAST(x'ff' AS TEXT) WHERE seq = ?", (5,)),
        ("DELETE FROM journal WHERE seq = ?", (1,)),
        ("DELETE FROM journal WHERE seq = ?", (4,)),
        ("DELETE FROM journal WHERE seq >= ?", (6,)),
        ("UPDATE checkpoint SET acked = 'many' WHERE epoch = ?", (1,)),
        ("DROP TABLE journal", ()),
    ],
)
def test_a_damaged_journal_does_not_open_and_says_so_in_one_line(
    written: Path, sql: str, values: tuple[object, ...]
) -> None:
    if sql.startswith("DROP"):
        connection = sqlite3.connect(written)
        connection.execute(sql)
        connection.close()
    else:
        tamper(written, sql, *values)
    corrupt(written)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE journal SET line = replace(line, 'grant', 'Grant') WHERE seq = 1",
        "UPDATE journal SET chain = zeroblob(32) WHERE seq = 2",
    ],
)
def test_damage_far_back_in_the_tail_that_is_read_is_found_too(path: Path, sql: str) -> None:
    """Beside the seam of two pages: the first holds all but entries 1 and 2."""
    with journal_at(path) as journal:
        journal.append_all(many(PAGE_ENTRIES + 2))
    tamper(path, sql)
    corrupt(path)


def test_a_tail_cut_below_the_acknowledgement_does_not_open(written: Path) -> None:
    tamper(written, "DELETE FROM journal WHERE seq > 5")
    assert "acknowledged entry 6, the last here is 5" in corrupt(written)


def test_a_tail_cut_above_the_acknowledgement_opens(written: Path) -> None:
    """Nothing on this disk can know better; the centre holds no entry that is gone."""
    tamper(written, "DELETE FROM journal WHERE seq > 6")
    with journal_at(written) as journal:
        assert journal.seq == 6


def test_random_octets_are_no_journal(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(20_000))  # noqa: S311  # seeded noise
    corrupt(path)


def test_a_truncated_database_is_no_journal(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(64))
    octets = path.read_bytes()
    path.write_bytes(octets[: len(octets) // 2])
    corrupt(path)


@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_in_a_line_is_found_at_opening(path: Path, seed: int) -> None:
    with journal_at(path) as journal:
        journal.append_all(many(8))
    octets = bytearray(path.read_bytes())
    lines = [line for _, line in rows_on_disk(path)]
    rng = random.Random(seed)  # noqa: S311  # seeded
    line = rng.choice(lines)
    place = octets.find(line) + rng.randrange(len(line))
    octets[place] ^= 1 << rng.randrange(8)
    path.write_bytes(octets)
    corrupt(path)


def test_a_directory_in_its_place_is_told_in_one_line(path: Path) -> None:
    path.mkdir()
    with pytest.raises(CacheError, match=str(path)), journal_at(path):
        pass
