"""Disks that were copied, put back or replaced: found out early, nothing of them thrown away."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from central.histories import unrecoverable
from central.site import open_site
from offline_cache.errors import CacheCorrupt
from offline_cache.histories import Brought, HistoriesFile, HistoriesRecord, Proof
from offline_cache.identity import Identity, load_identity
from protocol.problems import ProblemCode
from protocol.quarantine import Quarantined, quarantined_octets
from terminal.diagnosis.daemon import told_by_daemon
from terminal.enrolling import enrol_terminal
from terminal.errors import UsageError
from terminal.settings import Settings, load_settings
from terminal.sync.machine import SyncState
from terminal.sync.thread import Sync
from tests.support.journals import tamper
from tests.support.middleman import Asked, Told
from tests.support.site import Town
from tests.support.syncs import JOURNAL, Line, acked, at_work, refusal, write

pytestmark = [pytest.mark.slow, pytest.mark.journey]

Numbers = list[tuple[int, int]]
KEPT = ("terminal", "epoch", "first", "last", "head", "date")


def held(town: Town, name: str) -> Numbers:
    return [(epoch, seq) for epoch, seq, _ in town.entries(name)]


def aside(town: Town, name: str) -> Numbers:
    store = open_site(town.centre._folder).open_store()
    try:
        return [(epoch, seq) for epoch, seq, _ in store.histories.lines_aside(name)]
    finally:
        store.close()


def missing(town: Town, name: str) -> list[tuple[object, object, object]]:
    store = open_site(town.centre._folder).open_store()
    try:
        rows = [row for row in unrecoverable(store) if row["terminal"] == name]
    finally:
        store.close()
    return [(row["epoch"], row["from"], row["to"]) for row in rows]


def copy_of(settings: Settings, folder: Path) -> Callable[[], None]:
    """Copy the state folder now; the function that is returned puts the copy back."""
    shutil.copytree(settings.state_folder, folder, ignore=_sockets)

    def put_back() -> None:
        shutil.rmtree(settings.state_folder)
        shutil.copytree(folder, settings.state_folder)

    return put_back


def _sockets(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name.endswith(".sock")}


def at(settings: Settings, *numbers: int, rounds: int = 1) -> tuple[SyncState, str]:
    """Write entries and sync; return how it ended and why money stops."""
    with at_work(settings) as (desk, sync):
        write(desk, *numbers)
        for _ in range(rounds):
            sync.round()
        return sync.machine.state, desk.value_stop


@pytest.fixture
def parted(settings: Settings, identity: Identity, tmp_path: Path) -> Settings:
    """A disk whose image was put back, and which found that out."""
    assert identity.epoch == 1
    at(settings, 1)
    put_back = copy_of(settings, tmp_path / "image")
    at(settings, 2, 3)
    put_back()
    state, stop = at(settings, 20, 30)
    assert state is SyncState.HALTED
    assert "copied, or put back" in stop
    return settings


# Checkpoints.


@pytest.mark.usefixtures("identity")
def test_checkpoint_goes_first_and_again_after_an_outage(settings: Settings, line: Line) -> None:
    with at_work(settings) as (desk, sync):
        begun = len(line.man.asked)
        write(desk, 1)
        sync.round()
        write(desk, 2)
        sync.round()
        line.at(JOURNAL, lambda _: None)
        write(desk, 3)
        sync.round()
        line.man.answer = line.honest
        sync.round()
        asked = [each.path.rpartition("/")[2] for each in line.man.asked[begun:]]
    signed = [name for name in asked if name in ("checkpoint", "journal")]
    assert signed == ["checkpoint", "journal", "journal", "journal", "checkpoint", "journal"]


@pytest.mark.usefixtures("identity")
def test_health_is_told_and_kept(settings: Settings, town: Town, name: str) -> None:
    at(settings)
    store = open_site(town.centre._folder).open_store()
    try:
        (row,) = store.database.rows("SELECT report FROM health WHERE terminal = ?", (name,))
    finally:
        store.close()
    health = json.loads(row[0])
    assert health["clock"] == "trusted"
    assert (health["journal_fault"], health["parted"]) == (None, False)


@pytest.mark.usefixtures("identity")
def test_centre_that_knows_no_checkpoints_gets_the_journal_all_the_same(
    settings: Settings, line: Line
) -> None:
    line.at("/checkpoint", lambda _: refusal(ProblemCode.NOT_FOUND))
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() == 0.0
        assert acked(desk) == 1


@pytest.mark.usefixtures("identity")
def test_answer_to_a_checkpoint_that_nobody_signed_is_none(settings: Settings, line: Line) -> None:
    line.at("/checkpoint", lambda _: Told(body=b"{}"))
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert sync.machine.state is SyncState.BACKING_OFF
        assert not desk.value_stop


@pytest.mark.usefixtures("identity")
def test_entries_whose_answer_was_lost_are_not_sent_again(settings: Settings, line: Line) -> None:
    """The checkpoint's answer says that the centre holds them; the head acknowledges them."""

    def lose(asked: Asked) -> None:
        line.honest(asked)

    with at_work(settings) as (desk, sync):
        write(desk, 1, 2)
        line.at(JOURNAL, lose)
        sync.round()
        line.man.answer = line.honest
        begun = len(line.man.asked)
        assert sync.round() == 0.0
        assert acked(desk) == 2
        asked = [(each.method, each.path.rpartition("/")[2]) for each in line.man.asked[begun:]]
    assert ("GET", "head") in asked
    assert ("POST", "journal") not in asked


# Forks.


def test_fork_is_found_before_any_entry_is_sent(
    parted: Settings, line: Line, town: Town, name: str
) -> None:
    assert held(town, name) == [(1, 1), (1, 2), (1, 3)]
    begun = len(line.man.asked)
    at(parted, rounds=3)
    paths = {each.path.rpartition("/")[2] for each in line.man.asked[begun:]}
    assert "journal" not in paths


def test_fork_is_remembered_without_a_network(parted: Settings, line: Line) -> None:
    line.man.answer = lambda _: None
    _, stop = at(parted)
    assert "copied, or put back" in stop


@pytest.mark.usefixtures("identity")
def test_right_journal_put_back_moves_money_again(settings: Settings, tmp_path: Path) -> None:
    """The proof is kept, and nothing here contradicts it any more."""
    at(settings, 1)
    put_image = copy_of(settings, tmp_path / "image")
    at(settings, 2, 3)
    put_right = copy_of(settings, tmp_path / "right")
    put_image()
    assert "copied, or put back" in at(settings, 20, 30)[1]
    proof = (settings.state_folder / "histories.json").read_bytes()
    put_right()
    (settings.state_folder / "histories.json").write_bytes(proof)
    assert at(settings, 4) == (SyncState.WORKING, "")


def test_doctor_says_that_money_stops_and_what_to_do(parted: Settings) -> None:
    with at_work(parted) as (desk, _):
        state = {
            "clock": {"quality": "trusted", "far": None},
            "journal": {"fault": None},
            "value_stop": desk.value_stop,
            "sync": {"state": "working", "detail": ""},
            "lanes": [],
        }
    (found,) = [each for each in told_by_daemon(state) if each.check == "histories"]
    assert "no money moves" in found.what
    assert "scan-terminal enrol" in found.remedy


@pytest.mark.usefixtures("identity")
def test_journal_that_is_shorter_than_what_the_centre_holds_is_a_fork(
    settings: Settings, tmp_path: Path
) -> None:
    """Nothing was written since the image was put back: the numbers it would give are taken."""
    at(settings, 1)
    put_back = copy_of(settings, tmp_path / "image")
    at(settings, 2, 3)
    put_back()
    state, stop = at(settings)
    assert state is SyncState.HALTED
    assert "entry 3 of epoch 1" in stop


@pytest.mark.usefixtures("identity")
def test_two_machines_with_one_disk_are_found_out_by_the_second(
    settings: Settings, line: Line, town: Town, name: str, tmp_path: Path
) -> None:
    at(settings, 1)
    clone = tmp_path / "clone"
    copy_of(settings, clone / "s")
    (clone / "t.toml").write_text(
        f'[terminal]\nstate = "{clone / "s"}"\n[centre]\nurl = "{line.man.url}"\n'
        f'trust_root = "{town.centre.trust_root}"\n'
    )
    assert at(settings, 2) == (SyncState.WORKING, "")
    state, stop = at(load_settings(clone / "t.toml"), 20)
    assert state is SyncState.HALTED
    assert stop
    assert held(town, name) == [(1, 1), (1, 2)]
    assert missing(town, name) == [(1, 1, 2)]  # the clone's: its entry 2 is another, at the latest


@pytest.mark.usefixtures("identity")
@pytest.mark.parametrize("path", [JOURNAL, "/checkpoint"])
def test_fork_that_somebody_made_up_stops_no_money(
    settings: Settings, line: Line, path: str
) -> None:
    """No refusal is signed; what it brings as evidence must be, and must contradict the journal."""
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.round()
        document = desk.writer.call(lambda journal: journal.kept_acknowledgement()).result(10)
        assert document is not None
        for evidence in (
            "",
            "junk",
            "\ud800",  # half of a pair: no octets can say it
            document.decode(),
            document.decode().replace('"acked":1', '"acked":2'),
        ):
            line.at(path, lambda _, it=evidence: refusal(ProblemCode.FORK, at=1, evidence=it))  # type: ignore[misc]  # bound now
            write(desk, 2)
            sync._uploads._is_to_tell = True
            sync.round()
            assert sync.machine.state is SyncState.HALTED
            assert not desk.value_stop
        line.man.answer = line.honest
        assert sync.round() == 0.0
        assert acked(desk) == 6


@pytest.mark.usefixtures("identity")
def test_acknowledgement_of_another_terminal_proves_nothing(
    settings: Settings, line: Line, town: Town, tmp_path: Path
) -> None:
    """It is honest and signed; somebody on the line brought it here."""
    config = tmp_path / "other.toml"
    config.write_text(
        f'[terminal]\nstate = "{tmp_path / "other"}"\n[centre]\nurl = "{line.man.url}"\n'
        f'trust_root = "{town.centre.trust_root}"\n'
    )
    second = load_settings(config)
    enrol_terminal(second, town.enrolment_code(f"beside-{tmp_path.name}"))
    with at_work(second) as (desk, sync):
        write(desk, 1, 2, 3)
        sync.round()
        theirs = desk.writer.call(lambda journal: journal.kept_acknowledgement()).result(10)
    assert theirs is not None
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        line.at(JOURNAL, lambda _: Told(body=theirs))
        sync.round()
        assert not desk.value_stop
        assert acked(desk) == 0


# A new epoch.


def sync_until_home(sync: Sync) -> None:
    for _ in range(5):
        if sync.round() == 0.0:
            return
    raise AssertionError(sync.machine.detail)


def test_parted_disk_begins_a_new_epoch_and_brings_what_it_holds_beside_the_old(
    parted: Settings, town: Town, name: str
) -> None:
    enrolled = enrol_terminal(parted, town.enrolment_code(name))
    assert (enrolled.terminal, enrolled.epoch) == (name, 2)
    with at_work(parted) as (desk, sync):
        assert not desk.value_stop
        write(desk, 40)
        sync_until_home(sync)
        assert sync.machine.state is SyncState.WORKING
    assert [each for each in held(town, name) if each[0] == 1] == [(1, 1), (1, 2), (1, 3)]
    assert aside(town, name) == [(1, 2), (1, 3)]
    assert (2, 1) in held(town, name)
    assert missing(town, name) == [(1, 4, None)]  # of the disk that the image took the place of
    with at_work(parted) as (desk, sync):
        sync.round()
    assert aside(town, name) == [(1, 2), (1, 3)]


def test_machine_that_shares_the_old_disk_is_locked_out(
    parted: Settings, town: Town, name: str, tmp_path: Path
) -> None:
    put_back = copy_of(parted, tmp_path / "old")
    enrol_terminal(parted, town.enrolment_code(name))
    put_back()
    with at_work(parted) as (_, sync):
        sync.round()
        assert "signature" in sync.machine.detail


def test_new_epoch_has_new_keys_though_a_power_cut_brought_back_those_of_the_first(
    parted: Settings, town: Town, name: str
) -> None:
    """The first enrolment's note of its keys was removed, and that had not reached the disk."""
    before = load_identity(parted.state_folder / "identity.json")
    keys = {"signing": before.signing.seed.hex(), "opening": before.opening.secret.hex()}
    (parted.state_folder / "enrolling.json").write_text(json.dumps(keys))
    enrolled = enrol_terminal(parted, town.enrolment_code(name))
    assert enrolled.epoch == 2
    assert enrolled.signing.public != before.signing.public
    assert enrolled.opening.public != before.opening.public


def test_what_is_owed_survives_lost_answers_and_restarts(
    parted: Settings, line: Line, town: Town, name: str
) -> None:
    enrol_terminal(parted, town.enrolment_code(name))

    def lose(asked: Asked) -> None:
        line.honest(asked)

    line.at("/quarantine", lose)
    at(parted)
    line.man.answer = line.honest
    at(parted, rounds=2)
    assert aside(town, name) == [(1, 2), (1, 3)]
    assert missing(town, name) == [(1, 4, None)]


def test_what_can_not_be_brought_of_an_ended_epoch_holds_up_no_journal(
    parted: Settings, town: Town, name: str
) -> None:
    """A flipped bit in a line of long ago: the centre refuses it, today's entries come home."""
    enrol_terminal(parted, town.enrolment_code(name))
    journal = parted.state_folder / "journal.db"
    tamper(journal, "UPDATE journal SET line = x'ff' WHERE (epoch, seq) = (1, 3)")
    with at_work(parted) as (desk, sync):
        write(desk, 40, 41)
        sync.round()
        assert acked(desk) == desk.writer.call(lambda own: own.seq).result()
        assert sync.machine.state is SyncState.REFUSED
        assert "malformed: line 3" in sync.machine.detail


def _forget(town: Town, name: str, *, after: int) -> None:
    """Put the centre back to when it held so many entries of the first epoch."""
    store = open_site(town.centre._folder).open_store()
    try:
        store.database.execute(
            "DELETE FROM journal_entry WHERE terminal = ? AND epoch = 1 AND seq > ?", (name, after)
        )
    finally:
        store.close()


def test_ended_epoch_of_which_the_centre_lost_some_is_brought_from_its_first_entry(
    parted: Settings, town: Town, name: str
) -> None:
    enrol_terminal(parted, town.enrolment_code(name))
    _forget(town, name, after=0)
    with at_work(parted) as (_, sync):
        sync_until_home(sync)
    assert [each for each in held(town, name) if each[0] == 1] == [(1, 1), (1, 2), (1, 3)]


def test_centre_that_never_knows_what_an_ended_epoch_follows_on_halts_and_is_left_alone(
    parted: Settings, line: Line, town: Town, name: str
) -> None:
    enrol_terminal(parted, town.enrolment_code(name))
    asked = list[Asked]()

    def gap(request: Asked) -> Told:
        asked.append(request)
        return refusal(ProblemCode.GAP, need=1)

    line.at("/quarantine", gap)
    with at_work(parted) as (desk, sync):
        write(desk, 40)
        assert sync.round() > 0.0
        assert sync.machine.state is SyncState.HALTED
        assert "entries of epoch 1 that are not here" in sync.machine.detail
        assert not desk.value_stop
        assert acked(desk) == desk.writer.call(lambda own: own.seq).result()
    assert len(asked) == 2


def test_quarantine_that_nobody_signed_for_is_still_owed(
    parted: Settings, line: Line, town: Town, name: str
) -> None:
    enrol_terminal(parted, town.enrolment_code(name))
    line.at("/quarantine", lambda _: Told(body=b"{}"))
    assert at(parted)[0] is SyncState.BACKING_OFF
    line.man.answer = line.honest
    at(parted, rounds=2)
    assert aside(town, name) == [(1, 2), (1, 3)]


def test_quarantine_of_other_entries_than_were_sent_is_none(
    parted: Settings, line: Line, town: Town, name: str
) -> None:
    """It is signed: the answer of another day, or to another history."""
    enrol_terminal(parted, town.enrolment_code(name))
    command = open_site(town.centre._folder).keys.command
    others: list[dict[str, Any]] = [
        {"terminal": "beside"},
        {"epoch": 2},
        {"first": 1},
        {"last": 4},
        {"head": bytes(32)},
    ]

    def answer(asked: Asked, other: dict[str, Any]) -> Told | None:
        told = line.honest(asked)
        assert told is not None
        members = {name: json.loads(told.body)[name] for name in KEPT}
        members["head"] = bytes.fromhex(members["head"])
        return Told(body=quarantined_octets(Quarantined(**{**members, **other}), command))

    with at_work(parted) as (_, sync):
        for other in others:
            line.at("/quarantine", partial(answer, other=other))
            assert sync.round() >= 0.0
            assert "other entries than were sent" in sync.machine.detail, other
    assert HistoriesFile(parted.state_folder / "histories.json").read().brought == {}


def test_code_for_another_terminal_begins_no_epoch_here(parted: Settings, town: Town) -> None:
    with pytest.raises(UsageError, match="holds the journal of"):
        enrol_terminal(parted, town.enrolment_code("another"))


def test_fork_begins_one_epoch_and_no_more(parted: Settings, town: Town, name: str) -> None:
    """Its proof is still kept, and is of an epoch that has ended."""
    assert enrol_terminal(parted, town.enrolment_code(name)).epoch == 2
    with pytest.raises(UsageError, match="enrolled already"):
        enrol_terminal(parted, town.enrolment_code(name))


@pytest.mark.usefixtures("identity")
def test_unproven_fork_begins_no_epoch(settings: Settings, line: Line) -> None:
    line.at(JOURNAL, lambda _: refusal(ProblemCode.FORK, at=1))
    assert at(settings, 1)[0] is SyncState.HALTED
    with pytest.raises(UsageError, match="enrolled already"):
        enrol_terminal(settings, "a" * 26)


# What is kept on disk.


def test_record_of_histories_round_trips(tmp_path: Path) -> None:
    file = HistoriesFile(tmp_path / "histories.json")
    assert file.read() == HistoriesRecord()
    proof = Proof(epoch=1, acked=3, head=bytes(range(32)), document=b'{"signed":true}')
    record = HistoriesRecord(
        proof=proof, brought={1: Brought(through=7), 2: Brought(through=0, is_closed=True)}
    )
    file.write(record)
    assert file.read() == record


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b'{"proof":1,"brought":[]}', b"\xff"])
def test_record_of_histories_that_is_damaged_is_told(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "histories.json"
    path.write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=r"histories\.json"):
        HistoriesFile(path).read()


@pytest.mark.usefixtures("identity")
def test_damaged_record_stops_no_terminal(settings: Settings) -> None:
    (settings.state_folder / "histories.json").write_bytes(b"junk")
    assert at(settings, 1) == (SyncState.WORKING, "")
