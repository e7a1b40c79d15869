import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.care import Care
from offline_cache.database import newest
from offline_cache.errors import CacheCorrupt, CacheFault, DiskFull, JournalBusy
from offline_cache.journal import Append, Appended, Journal
from offline_cache.writer import (
    GROUP_ENTRIES_MAX,
    QUEUE_ENTRIES_MAX,
    JournalFull,
    JournalWriter,
)
from protocol.journal import PresentationRecord
from tests.support.journals import (
    AT,
    EPOCH,
    TERMINAL,
    acknowledge,
    dynamic,
    many,
    rows_on_disk,
    static,
)
from verifier.model import Verdict

WAIT_S = 20.0


class Spied(Journal):
    """A real journal that counts its commits."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, terminal=TERMINAL, epoch=EPOCH)
        self.commits = 0
        self._connection.set_trace_callback(self._traced)

    def _traced(self, sql: str) -> None:
        self.commits += sql == "COMMIT"


class Held:
    """Keeps the writer's thread busy until it is let go."""

    def __init__(self, writer: JournalWriter) -> None:
        self._reached, self._go = threading.Event(), threading.Event()
        self._call = writer.call(self._wait)
        assert self._reached.wait(WAIT_S)

    def _wait(self, _: Journal) -> None:
        self._reached.set()
        assert self._go.wait(WAIT_S)

    def let_go(self) -> None:
        self._go.set()
        self._call.result(WAIT_S)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def writer(path: Path) -> Iterator[JournalWriter]:
    made = JournalWriter(lambda: Spied(path))
    made.start()
    yield made
    made.stop()


def commits(writer: JournalWriter) -> int:
    def look(journal: Journal) -> int:
        assert isinstance(journal, Spied)
        return journal.commits

    return writer.call(look).result(WAIT_S)


def verdict(appended: Appended) -> Verdict:
    assert isinstance(appended.draft.record, PresentationRecord)
    return appended.draft.record.verdict


def test_an_entry_is_on_disk_when_its_future_is_done(writer: JournalWriter, path: Path) -> None:
    """Asked in the future's own callback, by another connection: before anybody can act on it."""
    found: list[tuple[int, list[int]]] = []

    def look(future: Future[Appended]) -> None:
        found.append((future.result().seq, [seq for seq, _ in rows_on_disk(path)]))

    for request in many(5):
        future = writer.append(request)
        future.add_done_callback(look)
        future.result(WAIT_S)
    writer.call(lambda _: None).result(WAIT_S)  # behind the last callback
    assert [seq for seq, _ in found] == [1, 2, 3, 4, 5]
    assert all(seq in on_disk for seq, on_disk in found)


def test_what_waits_together_is_committed_together(writer: JournalWriter) -> None:
    held = Held(writer)
    futures = [writer.append(request) for request in many(GROUP_ENTRIES_MAX + 1)]
    assert not any(future.done() for future in futures)
    held.let_go()
    assert [future.result(WAIT_S).seq for future in futures] == [*range(1, len(futures) + 1)]
    assert commits(writer) == 2


def test_one_entry_more_than_the_queue_holds_is_refused(writer: JournalWriter) -> None:
    held = Held(writer)
    futures = [writer.append(request) for request in many(QUEUE_ENTRIES_MAX)]
    with pytest.raises(JournalFull, match="disk is too slow"):
        writer.append(dynamic())
    held.let_go()
    assert [future.result(WAIT_S).seq for future in futures][-1] == QUEUE_ENTRIES_MAX
    assert writer.fault is None, "a full queue passes"
    assert writer.append(dynamic("ffff")).result(WAIT_S).seq == QUEUE_ENTRIES_MAX + 1


def phone_at(turn: int, *, lane: str) -> Append:
    return dynamic("aa", iat=AT + turn, lane=lane)


def card_at(turn: int, *, lane: str) -> Append:
    return static("aa", at=AT + turn * 300, window_s=300, lane=lane)


@pytest.mark.slow
@pytest.mark.parametrize("shown", [phone_at, card_at])
def test_of_two_lanes_that_race_one_code_exactly_one_is_granted(
    writer: JournalWriter, path: Path, shown: Callable[..., Append]
) -> None:
    rounds, lanes = 200, 2
    start, answers = threading.Barrier(lanes), [list[Verdict]() for _ in range(lanes)]

    def lane(number: int) -> None:
        for turn in range(rounds):
            start.wait(WAIT_S)
            request = shown(turn, lane=f"n-{number}")
            answers[number].append(verdict(writer.append(request).result(WAIT_S)))

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pairs = list(zip(*answers, strict=True))
    assert len(pairs) == rounds
    assert all(sorted(v.value for v in pair) == ["deny", "grant"] for pair in pairs)
    told = [json.loads(line) for _, line in rows_on_disk(path)]
    granted = [(entry["at"], entry["iat"]) for entry in told if entry["verdict"] == "grant"]
    assert len(granted) == len(set(granted)) == rounds


def test_stopping_writes_what_waits_and_is_no_fault(path: Path) -> None:
    writer = JournalWriter(lambda: Spied(path))
    writer.start()
    held = Held(writer)
    futures = [writer.append(request) for request in many(10)]
    stopper = threading.Thread(target=writer.stop)
    stopper.start()
    held.let_go()
    stopper.join()
    assert [future.result(0).seq for future in futures] == [*range(1, 11)]
    assert len(rows_on_disk(path)) == 10
    assert writer.fault is None


def test_nobody_waits_for_a_writer_that_has_ended(path: Path) -> None:
    writer = JournalWriter(lambda: Spied(path))
    writer.start()
    writer.stop()
    with pytest.raises(CacheFault, match="has ended"):
        writer.append(dynamic())
    with pytest.raises(CacheFault, match="has ended"):
        writer.call(lambda journal: journal.seq)


def test_a_journal_that_does_not_open_is_told_at_the_start(path: Path) -> None:
    path.write_bytes(b"no journal" * 1_000)
    writer = JournalWriter(lambda: Journal(path, terminal=TERMINAL, epoch=EPOCH))
    with pytest.raises(CacheCorrupt, match=str(path)):
        writer.start()


# A disk that is full, or fails.


def _fill_up(journal: Journal) -> None:
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")


def _break_down(journal: Journal) -> None:
    journal._connection.execute("PRAGMA query_only = 1").close()


class Blocked:
    """Keeps the journal from being written anew, as a failing disk does."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(".journal-1.db.new")
        self._path.mkdir()

    def let_go(self) -> None:
        self._path.rmdir()


def until_well(writer: JournalWriter) -> None:
    """Have the thread rest, as it does while nobody comes, until it has mended the journal."""
    for _ in range(2_000):
        if writer.fault is None:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"not mended: {writer.fault}")


def test_a_full_disk_refuses_a_group_and_takes_the_next_once_there_is_room(
    writer: JournalWriter, path: Path
) -> None:
    first = writer.append(dynamic("00")).result(WAIT_S)
    writer.call(_fill_up).result(WAIT_S)
    held = Held(writer)
    futures = [writer.append(request) for request in many(GROUP_ENTRIES_MAX + 8, first=1)]
    held.let_go()
    for future in futures:
        with pytest.raises(DiskFull, match=str(path)):
            future.result(WAIT_S)
    assert [seq for seq, _ in rows_on_disk(path)] == [first.seq]
    writer.call(lambda j: j._connection.execute("PRAGMA max_page_count = 9999").close())
    until_well(writer)
    assert writer.append(dynamic("ee")).result(WAIT_S).seq == 2
    assert newest(path) == path, "nothing was in doubt, so nothing was written anew"


def test_after_a_failed_commit_nothing_is_acknowledged_before_it_is_written_anew(
    writer: JournalWriter, path: Path
) -> None:
    first = writer.append(dynamic("00")).result(WAIT_S)
    blocked = Blocked(path)
    writer.call(_break_down).result(WAIT_S)
    held = Held(writer)
    futures = [writer.append(request) for request in many(GROUP_ENTRIES_MAX + 8, first=1)]
    held.let_go()
    for future in futures:
        with pytest.raises(CacheFault):
            future.result(WAIT_S)
    assert writer.fault is not None
    assert str(path) in str(writer.fault)
    with pytest.raises(CacheFault):
        writer.append(dynamic("ee"))
    blocked.let_go()
    assert [seq for seq, _ in rows_on_disk(path)] == [first.seq]


def test_lanes_serve_again_once_the_journal_was_written_anew(
    writer: JournalWriter, path: Path
) -> None:
    writer.append(dynamic("00")).result(WAIT_S)
    writer.call(_break_down).result(WAIT_S)
    with pytest.raises(CacheFault):
        writer.append(dynamic("01")).result(WAIT_S)
    until_well(writer)
    assert writer.append(dynamic("01")).result(WAIT_S).seq == 2
    assert [seq for seq, _ in rows_on_disk(newest(path))] == [1, 2]


def test_a_journal_that_is_mended_and_full_says_that_it_is_full(
    writer: JournalWriter, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a technician looks for a broken disk, and nobody at the sync."""
    monkeypatch.setattr("offline_cache.writer.AGAIN_AFTER_S", 0.01)
    writer.append(dynamic("00")).result(WAIT_S)
    blocked = Blocked(path)
    writer.call(_break_down).result(WAIT_S)
    with pytest.raises(CacheFault):
        writer.append(dynamic("01")).result(WAIT_S)
    writer.call(lambda journal: setattr(journal, "_care", Care(octets_max=1))).result(WAIT_S)
    assert not isinstance(writer.fault, DiskFull)
    blocked.let_go()
    for _ in range(500):
        if isinstance(writer.fault, DiskFull):
            break
        threading.Event().wait(0.01)
    assert "size_mb_max" in str(writer.fault)


def test_it_is_tried_again_until_the_disk_lets_it(
    writer: JournalWriter,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("offline_cache.writer.AGAIN_AFTER_S", 0.01)
    writer.append(dynamic("00")).result(WAIT_S)
    blocked = Blocked(path)
    writer.call(_break_down).result(WAIT_S)
    with pytest.raises(CacheFault):
        writer.append(dynamic("01")).result(WAIT_S)
    while "could not be written anew" not in caplog.text:
        threading.Event().wait(0.01)
    assert "no entry can be written" in str(writer.fault)
    blocked.let_go()
    until_well(writer)
    assert writer.append(dynamic("01")).result(WAIT_S).seq == 2


@pytest.mark.slow
def test_another_program_that_holds_the_database_is_no_poison(
    writer: JournalWriter, path: Path
) -> None:
    """Nothing was written, so nothing is in doubt; the next one finds the journal as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalBusy, match="another program"):
            writer.append(dynamic()).result(WAIT_S)
        other.execute("ROLLBACK")
    assert writer.fault is None
    assert writer.append(dynamic()).result(WAIT_S).seq == 1


@pytest.mark.slow
def test_a_checkpoint_waits_for_another_program_and_poisons_nothing(
    writer: JournalWriter, path: Path
) -> None:
    writer.append(dynamic()).result(WAIT_S)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalBusy):
            writer.call(lambda journal: acknowledge(journal, acked=1)).result(WAIT_S)
        other.execute("ROLLBACK")
    assert writer.fault is None
    assert writer.call(lambda journal: acknowledge(journal, acked=1)).result(WAIT_S)


def test_a_checkpoint_that_could_not_be_kept_is_poison_too(
    writer: JournalWriter, path: Path
) -> None:
    writer.append(dynamic()).result(WAIT_S)
    blocked = Blocked(path)
    writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(WAIT_S)
    with pytest.raises(CacheFault):
        writer.call(acknowledge).result(WAIT_S)
    with pytest.raises(CacheFault):
        writer.append(dynamic("ab"))
    assert writer.call(lambda j: (j.seq, j.acked())).result(WAIT_S) == (1, 0)
    blocked.let_go()


def test_a_page_that_can_not_be_read_is_told_and_ends_nothing(
    writer: JournalWriter, path: Path
) -> None:
    """What the sync finds unreadable must not take the lanes' journal away."""
    writer.append(dynamic()).result(WAIT_S)
    writer.call(lambda j: j._connection.execute("ALTER TABLE journal RENAME TO gone").close())
    with pytest.raises(CacheCorrupt, match=str(path)):
        writer.call(lambda journal: journal.unacknowledged()).result(WAIT_S)
    writer.call(lambda j: j._connection.execute("ALTER TABLE gone RENAME TO journal").close())
    assert writer.append(dynamic("ab")).result(WAIT_S).seq == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the bug below
@pytest.mark.parametrize("bug", [lambda _: 1 // 0, lambda journal: journal.batch_from(10**30)])
def test_a_bug_in_the_writers_thread_leaves_nobody_waiting(
    writer: JournalWriter, bug: Callable[[Journal], object]
) -> None:
    held = Held(writer)
    broken, behind = writer.call(bug), writer.append(dynamic())
    held.let_go()
    for future in (broken, behind):
        with pytest.raises(CacheFault, match="has ended"):
            future.result(WAIT_S)
    assert writer.fault is not None
    with pytest.raises(CacheFault):
        writer.append(dynamic())


# Processes that are killed, and files that may not grow.

_CHILD = """
import resource, signal, sys
from offline_cache.errors import CacheFault
from offline_cache.journal import Journal
from offline_cache.writer import JournalWriter
from tests.support.journals import EPOCH, TERMINAL, dynamic
from pathlib import Path
path, octets_max = Path(sys.argv[1]), int(sys.argv[2])
writer = JournalWriter(lambda: Journal(path, terminal=TERMINAL, epoch=EPOCH))
writer.start()
if octets_max:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets_max, octets_max))
for number in range(100_000):
    try:
        print(writer.append(dynamic(f"{number:06x}")).result().seq, flush=True)
    except CacheFault as error:
        print("fault", error, flush=True)
        break
"""


def child(path: Path, *, octets_max: int = 0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(octets_max)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_acknowledged_is_there_after_kill_9(path: Path, seed: int) -> None:
    after = random.Random(seed).randrange(5, 60)  # noqa: S311  # seeded
    with child(path) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= after:
                os.kill(process.pid, signal.SIGKILL)
                break
        acknowledged = max(after, *(int(line) for line in process.stdout if line.endswith("\n")), 0)
    journal = Journal(path, terminal=TERMINAL, epoch=EPOCH)  # the chain of all of it is checked
    journal.close()
    assert journal.seq >= acknowledged, f"seed {seed}: killed after {after} entries"


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_one_clear_fault_and_loses_nothing(path: Path) -> None:
    with child(path, octets_max=200_000) as process:
        told = process.communicate(timeout=WAIT_S)[0].splitlines()
    *acknowledged, fault = told
    assert fault.startswith("fault")
    assert str(path) in fault
    assert [int(seq) for seq in acknowledged] == [*range(1, len(acknowledged) + 1)]
    journal = Journal(path, terminal=TERMINAL, epoch=EPOCH)
    journal.close()
    assert journal.seq == len(acknowledged)
