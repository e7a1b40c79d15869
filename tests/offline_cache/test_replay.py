import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt
from offline_cache.journal import Append, Journal
from offline_cache.recollection import Recollection
from offline_cache.replay import (
    HORIZON_S,
    KEPT_ENTRIES,
    PARTS,
    PRUNED_EVERY_ENTRIES,
    STATIC_HORIZON_S,
    DynamicClaim,
    ReplayMemory,
    part_due,
)
from offline_cache.schema import open_for_writing
from protocol.journal import Draft, LineMalformed, PresentationRecord, line_of
from protocol.profile_file.reading import STATIC_WINDOW_S_MAX
from protocol.snapshot import CardMark, Marks, PhoneMark
from protocol.snapshot_entry import snapshot_set
from tests.support.journals import (
    AT,
    EPOCH,
    draft,
    dynamic,
    journal_at,
    many,
    remembered,
    rows_on_disk,
    static,
    tamper,
)
from verifier.clock import UNCERTAINTY_S_MAX, ClockQuality
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason
from verifier.verify import PROOF_AGE_S_MAX, PROOF_LEAD_S_MAX

CARD = "aa" * 16
PRINTED = "cc" * 16
UNTRUSTED = ClockQuality.UNTRUSTED
FAR = AT + 10 * 365 * 86_400  # a phone whose clock stands ten years ahead


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_for_writing(path)) as opened:
        yield opened


@pytest.fixture
def memory(connection: sqlite3.Connection) -> ReplayMemory:
    return ReplayMemory(connection)


def claimed(memory: ReplayMemory, request: Append, *, seq: int = 1) -> Reason | None:
    assert request.claim is not None
    return memory.claim(request.claim, request.draft, (EPOCH, seq))


def shown(journal: Journal, request: Append) -> Reason | None:
    """Return why a presentation was refused; None: it was accepted."""
    (appended,) = journal.append_all([request])
    record = appended.draft.record
    assert isinstance(record, PresentationRecord)
    return record.reason if record.verdict is Verdict.DENY else None


def tail(*requests: Append) -> Recollection:
    """Return what a journal of these entries says."""
    told = Recollection(EPOCH)
    for seq in range(len(requests), 0, -1):
        told.take(seq, line_of(requests[seq - 1].draft, epoch=EPOCH, seq=seq))
    return told


# Rebuilt from the journal: nothing that was done to the tables makes it forget.


@pytest.mark.parametrize(
    "damage",
    [
        ("DELETE FROM shown",),
        ("DELETE FROM shown_static",),
        ("DROP TABLE shown",),
        ("DROP TABLE shown_static",),
        ("DROP TABLE shown", "DROP TABLE shown_static"),
        ("UPDATE shown SET iat = iat - 1000",),
        ("UPDATE shown SET iat = 0, at = 0, epoch = 0, seq = 0",),
        ("UPDATE shown SET iat = 0, seq = 1 << 40",),
        ("UPDATE shown SET epoch = 'x', seq = 'x', iat = 0",),
        ("UPDATE shown SET pseudonym = 'ff' || pseudonym",),
        ("UPDATE shown_static SET at = 0",),
        ("UPDATE shown_static SET at = at - 300, epoch = 9",),
        ("UPDATE shown_static SET pseudonym = 'ffff', lane = 'n-9'",),
    ],
)
def test_tables_that_were_lost_or_altered_forget_no_entry(
    path: Path, damage: tuple[str, ...]
) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(iat=AT - 9), dynamic(), static(), *many(5)])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for sql in damage:
            connection.execute(sql)
    with journal_at(path) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 299)) is Reason.SHOWN_AGAIN
        assert shown(journal, dynamic(iat=AT + 1)) is None
        assert shown(journal, static(at=AT + 300)) is None


def test_tables_that_were_rolled_back_forget_no_entry(path: Path) -> None:
    """Somebody put back what they held an hour ago; the journal has gone on."""
    with journal_at(path) as journal:
        journal.append_all([dynamic(iat=AT - 60), static(at=AT - 3_600)])
        journal._connection.execute("CREATE TABLE held AS SELECT * FROM shown")
        journal._connection.execute("CREATE TABLE held_static AS SELECT * FROM shown_static")
        journal.append_all([dynamic(), static()])
    tamper(path, "INSERT OR REPLACE INTO shown SELECT * FROM held")
    tamper(path, "INSERT OR REPLACE INTO shown_static SELECT * FROM held_static")
    with journal_at(path) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 1)) is Reason.SHOWN_AGAIN


def begun(path: Path, marks: Marks) -> None:
    """Begin epoch 2 with what the centre knows was shown."""
    with journal_at(path, epoch=2) as journal:
        for part in snapshot_set(marks, through=0):
            draft = Draft(at=AT, clock=UNTRUSTED, lane="", record=part)
            journal.append_all([Append(draft=draft, claim=None)])


def test_centre_that_knows_less_than_the_disk_lowers_no_mark(path: Path) -> None:
    """A parted disk goes on under a new epoch; what it saw last never came home."""
    other = "ee" * 16
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static()])
    begun(
        path,
        Marks(
            phones=(
                PhoneMark(pseudonym=CARD, iat=UnixSeconds(AT - 60), at=UnixSeconds(AT - 60)),
                PhoneMark(pseudonym=other, iat=AT, at=AT),
            ),
            cards=(CardMark(pseudonym=PRINTED, at=UnixSeconds(AT - 3_600), lane="n-1"),),
        ),
    )
    with journal_at(path, epoch=2) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, dynamic("ee")) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 299)) is Reason.SHOWN_AGAIN
        assert shown(journal, dynamic(iat=AT + 1)) is None
        assert shown(journal, static(at=AT + 300)) is None


def test_centre_that_knows_more_than_the_disk_raises_its_marks(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static()])
    later = UnixSeconds(AT + 60)
    begun(
        path,
        Marks(
            phones=(PhoneMark(pseudonym=CARD, iat=later, at=later),),
            cards=(CardMark(pseudonym=PRINTED, at=later, lane="n-2"),),
        ),
    )
    with journal_at(path, epoch=2) as journal:
        assert shown(journal, dynamic(iat=AT + 60)) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 359)) is Reason.SHOWN_AGAIN


def test_a_rebuilt_memory_is_the_one_that_was_lost(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([*many(40), dynamic(iat=AT + 7), static(), static("dd", at=AT + 5)])
    before = remembered(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE shown")
        connection.execute("DROP TABLE shown_static")
    with journal_at(path):
        pass
    assert remembered(path) == before
    assert len(before[0]) == 41


def test_what_a_phone_drew_while_it_was_held_up_is_not_lowered_to_its_entry(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic()])
        journal.advance(DynamicClaim(pseudonym=CARD, iat=UnixSeconds(AT + 20)))
    with journal_at(path) as journal:
        assert shown(journal, dynamic(iat=AT + 20)) is Reason.REPLAYED
        assert shown(journal, dynamic(iat=AT + 21)) is None


def test_a_program_that_is_replaced_forgets_nothing_of_what_was_held_up(path: Path) -> None:
    """The first schema knew later proofs than its entries do, and not whose they were."""
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static(), *many(3)])
        journal.advance(DynamicClaim(pseudonym=CARD, iat=UnixSeconds(AT + 20)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            """CREATE TABLE first AS SELECT pseudonym, iat FROM shown;
            CREATE TABLE first_static AS SELECT pseudonym, at, lane FROM shown_static;
            DROP TABLE shown; ALTER TABLE first RENAME TO shown;
            DROP TABLE shown_static; ALTER TABLE first_static RENAME TO shown_static;
            DROP TABLE own_checkpoint; DROP TABLE erased;
            DROP TABLE uses; DROP TABLE keyed; DROP TABLE answered;
            DELETE FROM _sqlite_migrations WHERE name > '1'; PRAGMA user_version = 1"""
        )
    with journal_at(path) as journal:
        assert shown(journal, dynamic(iat=AT + 20)) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 299)) is Reason.SHOWN_AGAIN
        assert shown(journal, dynamic(iat=AT + 21)) is None


def test_refusals_claim_nothing_in_the_rebuilt_memory_either(path: Path) -> None:
    with journal_at(path) as journal:
        denied = draft(iat=AT + 30, verdict=Verdict.DENY)
        journal.append_all([dynamic(), dynamic(), Append(draft=denied, claim=None)])
    tamper(path, "DELETE FROM shown")
    with journal_at(path) as journal:
        assert shown(journal, dynamic(iat=AT + 1)) is None


def test_a_card_sent_to_the_attendant_is_remembered_as_one_that_was_granted(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(verdict=Verdict.REFER), static(verdict=Verdict.REFER)])
    tamper(path, "DELETE FROM shown")
    tamper(path, "DELETE FROM shown_static")
    with journal_at(path) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 1)) is Reason.SHOWN_AGAIN


def test_a_row_whose_entry_was_cut_off_stays(path: Path) -> None:
    """The tail went, above the acknowledgement; what the tables still know is not given up."""
    with journal_at(path) as journal:
        journal.append_all([*many(3), dynamic(), static()])
    tamper(path, "DELETE FROM journal WHERE seq > 3")
    with journal_at(path) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 1)) is Reason.SHOWN_AGAIN


def test_a_chained_line_that_is_no_entry_does_not_open(path: Path) -> None:
    with pytest.raises(LineMalformed):
        Recollection(EPOCH).take(1, b"[" * 3_000)
    for line in (b"[]", b"{}", b'{"at":1}', b'{"at":1,"clock":"trusted","verdict":"grant"}'):
        with pytest.raises(LineMalformed):
            Recollection(EPOCH).take(1, line)
    with journal_at(path) as journal:
        journal.append_all(many(2))
    tamper(path, "UPDATE journal SET line = x'7b7d' WHERE seq = 1")
    with pytest.raises(CacheCorrupt), journal_at(path):
        pass


def test_opening_again_writes_nothing(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([*many(50), static()])
    with journal_at(path) as journal:
        assert journal._connection.total_changes == 0, "flash wears out"


# Bounded: what no lane will ask for any more goes, and nothing else.


def test_the_horizon_is_longer_than_any_code_lives() -> None:
    longest_s = PROOF_AGE_S_MAX + PROOF_LEAD_S_MAX + 2 * UNCERTAINTY_S_MAX
    assert longest_s * 100 < HORIZON_S, "the rest is for clocks that are set back"
    assert STATIC_HORIZON_S >= STATIC_WINDOW_S_MAX + HORIZON_S
    lanes, scans_a_second = 16, 2
    assert lanes * scans_a_second * longest_s * 4 < KEPT_ENTRIES


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize(
    ("request_", "horizon_s"), [(dynamic(), HORIZON_S), (static(), STATIC_HORIZON_S)]
)
def test_a_row_goes_when_its_entry_is_far_back_and_far_off(
    memory: ReplayMemory, path: Path, request_: Append, horizon_s: int, *, ahead: bool
) -> None:
    """Far off to either side: what was noted by a clock that stood ahead must not stay for ever."""
    distance_s = -horizon_s if ahead else horizon_s
    claimed(memory, request_)
    further_s = 1 if distance_s > 0 else -1
    for behind, moment, stays in (
        (KEPT_ENTRIES - 1, AT + 100 * distance_s, True),
        (KEPT_ENTRIES, AT + distance_s, True),
        (KEPT_ENTRIES, AT + distance_s + further_s, False),
    ):
        memory.prune((EPOCH, 1 + behind), UnixSeconds(max(0, moment)))
        assert any(remembered(path)) is stays, (behind, moment)


def test_without_a_trusted_moment_nothing_is_old(memory: ReplayMemory, path: Path) -> None:
    claimed(memory, dynamic())
    memory.prune((EPOCH, 10 * KEPT_ENTRIES), None)
    assert remembered(path)[0] == {CARD: AT}


def test_a_phone_far_ahead_makes_nobody_else_be_forgotten(path: Path) -> None:
    """Its iat is no moment of ours, nor is that of a terminal that does not know the time."""
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static()])
        journal.append_all([dynamic("bb", iat=FAR, at=FAR, clock=UNTRUSTED)])
        assert journal.trusted_at == AT
    with journal_at(path) as journal:
        assert journal.trusted_at == AT
        assert shown(journal, dynamic()) is Reason.REPLAYED


def test_a_clock_that_leaps_ahead_lets_go_of_nothing_that_is_recent(path: Path) -> None:
    with journal_at(path) as journal:
        journal.append_all([dynamic(), static()])
        journal.append_all([dynamic("bb", iat=FAR, at=FAR)])
        journal._ruling.memory.prune((EPOCH, KEPT_ENTRIES), UnixSeconds(FAR))
    with journal_at(path) as journal:
        assert shown(journal, dynamic()) is Reason.REPLAYED
        assert shown(journal, static(at=AT + 1)) is Reason.SHOWN_AGAIN


@pytest.mark.parametrize("kind", [dynamic, static])
def test_over_the_cap_the_oldest_go_and_none_of_the_recent(
    connection: sqlite3.Connection, path: Path, kind: object
) -> None:
    memory = ReplayMemory(connection, rows_max=4)
    assert callable(kind)
    for seq in range(1, 9):
        claimed(memory, kind(f"{seq:02x}"), seq=seq)
    memory.prune((EPOCH, KEPT_ENTRIES + 2), UnixSeconds(AT))
    kept = {name[:2] for rows in remembered(path) for name in rows}
    assert kept == {"03", "04", "05", "06", "07", "08"}, "six are recent, so the cap waits"
    memory.prune((EPOCH, KEPT_ENTRIES + 8), UnixSeconds(AT))
    kept = {name[:2] for rows in remembered(path) for name in rows}
    assert kept == {"05", "06", "07", "08"}


@pytest.mark.parametrize("kind", [dynamic, static])
def test_a_part_is_pruned_and_no_other(
    connection: sqlite3.Connection, path: Path, kind: object
) -> None:
    """Each of sixteen parts may have one row of sixteen."""
    memory = ReplayMemory(connection, rows_max=len(PARTS))
    assert callable(kind)
    for seq, digit in enumerate("0012ff99", 1):
        claimed(memory, kind(f"{digit}{seq}"), seq=seq)
    for part, kept in (("0", "012ff99"), ("3", "012ff99"), ("f", "012f99"), ("9", "012f9")):
        memory.prune((EPOCH, KEPT_ENTRIES + 8), UnixSeconds(AT), part=part)
        rows = [name for rows in remembered(path) for name in rows]
        assert sorted(name[0] for name in rows) == sorted(kept)
    far = UnixSeconds(AT + 100 * STATIC_HORIZON_S)
    memory.prune((EPOCH, KEPT_ENTRIES + 8), far, part="f")
    assert sorted(name[0] for rows in remembered(path) for name in rows) == list("0129")


def test_every_part_has_its_turn_as_the_journal_goes_on() -> None:
    turns = [part_due(seq, seq + 1) for seq in range(PRUNED_EVERY_ENTRIES)]
    assert set(turns) == {None, *PARTS}
    assert part_due(0, PRUNED_EVERY_ENTRIES // len(PARTS) - 1) is None
    assert part_due(0, PRUNED_EVERY_ENTRIES // len(PARTS) + 5) == "1"


def test_rows_of_an_earlier_epoch_go_by_their_age(memory: ReplayMemory, path: Path) -> None:
    claimed(memory, dynamic(), seq=10**9)
    memory.prune((EPOCH + 1, 1), UnixSeconds(AT + HORIZON_S))
    assert remembered(path)[0]
    memory.prune((EPOCH + 1, 1), UnixSeconds(AT + HORIZON_S + 1))
    assert not remembered(path)[0]


@pytest.mark.slow
def test_a_journal_that_goes_on_keeps_its_memory_bounded(path: Path) -> None:
    """Three days at an entry in ten seconds, each another holder."""
    count, group = KEPT_ENTRIES + PRUNED_EVERY_ENTRIES, 500
    with journal_at(path) as journal:
        for first in range(0, count, group):
            journal.append_all(
                [
                    dynamic(f"{n:08x}", iat=AT + 10 * n, at=AT + 10 * n)
                    for n in range(first, first + group)
                ]
            )
        left = len(remembered(path)[0])
        assert KEPT_ENTRIES <= left < KEPT_ENTRIES + PRUNED_EVERY_ENTRIES, "more than a day"
    tamper(path, "DELETE FROM shown")
    with journal_at(path) as journal:
        assert len(remembered(path)[0]) == KEPT_ENTRIES
        newest = AT + 10 * (count - 1)
        again = dynamic(f"{count - 1:08x}", iat=newest, at=newest)
        assert shown(journal, again) is Reason.REPLAYED
    assert len(rows_on_disk(path)) == count + 1, "the journal itself is not touched"


# Phones whose clock stands far ahead, and a terminal that does not know the time.


def test_a_mark_far_ahead_of_a_trusted_clock_gives_way(memory: ReplayMemory) -> None:
    """Else a phone that once stood ten years ahead would be refused here for ten years."""
    assert claimed(memory, dynamic(iat=FAR, clock=UNTRUSTED)) is None
    assert claimed(memory, dynamic(iat=FAR, clock=UNTRUSTED)) is Reason.REPLAYED
    assert claimed(memory, dynamic(iat=AT, clock=UNTRUSTED)) is Reason.REPLAYED
    assert claimed(memory, dynamic(iat=AT)) is None
    assert claimed(memory, dynamic(iat=AT)) is Reason.REPLAYED


@pytest.mark.parametrize(("further_s", "reason"), [(0, Reason.REPLAYED), (1, None)])
def test_a_clock_set_back_by_less_than_the_horizon_brings_nothing_back(
    memory: ReplayMemory, further_s: int, reason: Reason | None
) -> None:
    claimed(memory, dynamic(iat=AT))
    back = AT - HORIZON_S - further_s
    assert claimed(memory, dynamic(iat=back, at=back)) is reason


def test_what_gave_way_does_not_come_back_with_the_restart(path: Path) -> None:
    with journal_at(path) as journal:
        assert shown(journal, dynamic(iat=FAR, clock=UNTRUSTED, verdict=Verdict.REFER)) is None
        assert shown(journal, dynamic(iat=AT)) is None
    for _ in range(2):
        with journal_at(path) as journal:
            assert shown(journal, dynamic(iat=AT)) is Reason.REPLAYED
        tamper(path, "UPDATE shown SET iat = ?, seq = 1", FAR)  # rolled back


def test_an_older_entry_does_not_outdo_a_newer_one() -> None:
    told = tail(dynamic(iat=FAR, clock=UNTRUSTED, verdict=Verdict.REFER), dynamic(iat=AT), static())
    assert told.phones == {CARD: (CARD, AT, AT, EPOCH, 2)}
    assert told.cards == {PRINTED: (PRINTED, AT, "n-1", EPOCH, 3)}
    assert (told.trusted_at, told.last_at) == (AT, AT)


# How far back the journal is read.


def reading(
    *, newest: ClockQuality = ClockQuality.TRUSTED, count: int = KEPT_ENTRIES
) -> Recollection:
    """Return what is told behind `count` entries of refusals, all of the moment AT."""
    told = Recollection(EPOCH)
    refused = line_of(draft(verdict=Verdict.DENY, clock=newest), epoch=EPOCH, seq=1)
    for seq in range(2 * KEPT_ENTRIES, 2 * KEPT_ENTRIES - count, -1):
        told.take(seq, refused)
    assert not told.is_over
    return told


def taken(told: Recollection, request: Append) -> Recollection:
    told.take(1, line_of(request.draft, epoch=EPOCH, seq=1))
    return told


@pytest.mark.slow
def test_the_journal_is_read_back_over_the_longest_window_of_a_printed_card() -> None:
    """Stopped any sooner, a restart would let a printed card through once more."""
    oldest = AT - STATIC_HORIZON_S
    assert not taken(reading(), static(at=oldest)).is_over
    assert taken(reading(), static(at=oldest - 1)).is_over
    assert not taken(reading(), static(at=oldest - 1, clock=UNTRUSTED)).is_over, "says nothing"
    assert not taken(reading(newest=UNTRUSTED), static(at=oldest - 1, clock=UNTRUSTED)).is_over
    assert not taken(reading(count=KEPT_ENTRIES - 1), static(at=oldest - 1)).is_over, "kept anyhow"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "horizon_s"), [(dynamic, HORIZON_S), (static, STATIC_HORIZON_S)])
def test_what_is_read_back_is_what_the_memory_would_have_kept(
    kind: Callable[..., Append], horizon_s: int
) -> None:
    for off_s, stays in (
        (-horizon_s - 1, False),
        (-horizon_s, True),
        (horizon_s, True),
        (horizon_s + 1, False),
    ):
        told = taken(reading(), kind(at=AT + off_s))
        assert bool(told.phones or told.cards) is stays, off_s
    recent = taken(reading(count=KEPT_ENTRIES - 1), kind(at=AT - 2 * horizon_s))
    undated = taken(reading(newest=UNTRUSTED), kind(at=AT - 2 * horizon_s, clock=UNTRUSTED))
    assert all(told.phones or told.cards for told in (recent, undated))


def test_a_row_that_names_a_later_entry_grows_old_from_the_last(
    memory: ReplayMemory, path: Path
) -> None:
    """Its entry was cut off, or it was damaged: it must not stay for as long as it says."""
    claimed(memory, dynamic(), seq=10**9)
    claimed(memory, static(), seq=10**9)
    memory.merge(Recollection(EPOCH), (EPOCH, 3))
    late = UnixSeconds(AT + STATIC_HORIZON_S + 1)
    memory.prune((EPOCH, 3 + KEPT_ENTRIES - 1), late)
    assert [len(rows) for rows in remembered(path)] == [1, 1]
    memory.prune((EPOCH, 3 + KEPT_ENTRIES), late)
    assert [len(rows) for rows in remembered(path)] == [0, 0]


def test_what_is_redrawn_in_view_lowers_no_mark(memory: ReplayMemory, path: Path) -> None:
    """Only a claim under a trusted clock lets a mark of the far future give way."""
    claimed(memory, dynamic(iat=FAR, clock=UNTRUSTED))
    memory.advance(DynamicClaim(pseudonym=CARD, iat=AT), AT, (EPOCH, 2))
    assert remembered(path)[0] == {CARD: FAR}
