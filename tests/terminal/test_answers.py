"""Each answer of the real centre, over loopback, and what the terminal makes of it."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from central.records import TerminalState
from central.site import open_site
from central.store.store import Store
from offline_cache.identity import load_identity, save_identity
from offline_cache.state import StateFolder
from protocol.journal import extend
from protocol.keys import new_signing_key
from protocol.problems import ProblemCode
from terminal.settings import Settings
from terminal.sync.machine import SyncState
from terminal.sync.thread import Sync
from terminal.timekeeping import MachineClocks, Timekeeper, system_now
from tests.support.journals import many
from tests.support.site import Town
from tests.support.syncs import Line, acked, at_work, refusal, write
from verifier.model import UnixSeconds

pytestmark = [pytest.mark.slow, pytest.mark.journey]


@contextmanager
def store_of(town: Town) -> Iterator[Store]:
    with closing(open_site(town.centre._folder).open_store()) as store:
        yield store


def held(town: Town, name: str) -> list[int]:
    return [seq for _, seq, _ in town.entries(name)]


def changed(settings: Settings, **members: object) -> None:
    """Change who the terminal takes itself for."""
    path = StateFolder(settings.state_folder).identity
    save_identity(path, replace(load_identity(path), **members))  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def unwarned(line: Line) -> Line:
    """A line that lets no checkpoint through: the upload itself is answered."""
    line.at("/checkpoint", lambda _: refusal(ProblemCode.NOT_FOUND))
    return line


@pytest.mark.usefixtures("identity")
def test_409_gap_of_a_centre_that_was_put_back_is_filled(
    settings: Settings, town: Town, name: str
) -> None:
    """Its database is yesterday's: it has signed for entries that it no longer holds."""
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.round()
        with store_of(town) as store:
            yesterday = store.terminals.get(name)
        assert yesterday is not None
        write(desk, 2, 3)
        sync.round()
        with store_of(town) as store:
            store.database.execute(
                "DELETE FROM journal_entry WHERE terminal = ? AND seq > 1", (name,)
            )
            store.terminals.keep_head(yesterday)
        assert held(town, name) == [1]
        write(desk, 4)
        assert sync.round() == 0.0
        assert acked(desk) == 4
    assert held(town, name) == [1, 2, 3, 4]


@pytest.mark.usefixtures("identity", "unwarned")
@pytest.mark.parametrize("resend_from", [None, 3], ids=["the same numbers", "the next numbers"])
def test_409_fork_stops_money_by_its_evidence(
    settings: Settings, town: Town, name: str, tmp_path: Path, resend_from: int | None
) -> None:
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.round()
    shutil.copytree(settings.state_folder, tmp_path / "image")
    with at_work(settings) as (desk, sync):
        write(desk, 2)
        sync.round()
    shutil.rmtree(settings.state_folder)
    shutil.copytree(tmp_path / "image", settings.state_folder)
    with at_work(settings) as (desk, sync):
        write(desk, 20, 30)
        sync.machine.resend_from = resend_from
        sync.round()
        assert sync.machine.state is SyncState.HALTED
        assert sync.machine.detail.startswith("fork")
        assert desk.value_stop
        assert acked(desk) == 1
    assert held(town, name) == [1, 2]


@pytest.mark.usefixtures("identity")
def test_409_epoch_of_a_terminal_that_takes_itself_for_another_halts(
    settings: Settings, town: Town, name: str
) -> None:
    changed(settings, epoch=2)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert (sync.machine.state, desk.value_stop) == (SyncState.HALTED, "")
        assert sync.machine.detail.startswith("epoch: the epoch here is 1")
    assert held(town, name) == []


@pytest.mark.usefixtures("identity")
@pytest.mark.parametrize("away_s", [-2 * 86_400, 2 * 86_400])
def test_401_clock_is_told_as_the_clock(
    settings: Settings, town: Town, name: str, away_s: int
) -> None:
    with at_work(settings) as (desk, sync):
        clocks = MachineClocks(
            system=lambda: UnixSeconds(system_now() + away_s),
            monotonic_ms=lambda: 0,
            is_synchronised=lambda: True,
        )
        links = replace(sync._links, timekeeper=Timekeeper(clocks))
        write(desk, 1)
        wrong = Sync(links, trust=desk.trust, interval_s=3600)
        assert wrong.round(asks_trust=False) > 0
        assert wrong.machine.state is SyncState.REFUSED
        assert "set the terminal's clock" in wrong.machine.detail
        assert held(town, name) == []
        assert sync.round() == 0.0
        assert acked(desk) == 1


@pytest.mark.usefixtures("identity")
def test_401_signature_by_another_key_keeps_the_journal(
    settings: Settings, town: Town, name: str
) -> None:
    changed(settings, signing=new_signing_key())
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert sync.machine.state is SyncState.REFUSED
        assert sync.machine.detail.startswith("signature")
        assert acked(desk) == 0
    assert held(town, name) == []


@pytest.mark.usefixtures("identity")
def test_403_suspended_keeps_the_journal_until_it_is_wanted(
    settings: Settings, town: Town, name: str
) -> None:
    with at_work(settings) as (desk, sync):
        with store_of(town) as store:
            store.terminals.set_state(name, TerminalState.SUSPENDED)
        write(desk, 1, 2)
        assert sync.round() > 0
        assert sync.machine.state is SyncState.REFUSED
        assert sync.machine.detail.startswith("suspended")
        with store_of(town) as store:
            store.terminals.set_state(name, TerminalState.ACTIVE)
        assert sync.round() == 0.0
        assert acked(desk) == 2
    assert held(town, name) == [1, 2]


@pytest.mark.usefixtures("identity")
def test_413_halves_what_is_sent_until_it_is_taken(
    settings: Settings, town: Town, name: str
) -> None:
    """Entries of almost 4 kB each: 300 are more than a batch may hold."""
    with at_work(settings) as (desk, sync):
        long = [replace(entry, draft=replace(entry.draft, lane="x" * 3_500)) for entry in many(300)]
        desk.writer.call(lambda journal: journal.append_all(long)).result(10)
        assert sync.round() == 0.0
        assert acked(desk) == 300
        assert sync.machine.batch_entries == 250
    assert held(town, name) == list(range(1, 301))


@pytest.mark.usefixtures("identity")
def test_422_names_the_line_and_nothing_of_the_batch_is_stored(
    settings: Settings, town: Town, name: str
) -> None:
    """A later program's entry, say, which this centre can't read."""
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        end = desk.writer.call(lambda journal: (journal.epoch, journal.chain)).result(10)
    odd = b'{"epoch":1,"seq":2,"at":1,"clock":"odd","lane":"x","type":"passage"}'
    with closing(sqlite3.connect(settings.state_folder / "journal.db")) as connection:
        connection.execute("INSERT INTO journal VALUES (1, 2, ?, ?)", (odd, extend(end[1], odd)))
        connection.commit()
    with at_work(settings) as (desk, sync):
        assert sync.round() > 0
        assert sync.machine.state is SyncState.REFUSED
        assert sync.machine.detail.startswith("malformed: line 3: clock")
        assert acked(desk) == 0
    assert held(town, name) == []


@pytest.mark.usefixtures("identity")
@pytest.mark.parametrize("status", [429, 503])
def test_429_and_503_wait_as_long_as_they_ask(settings: Settings, line: Line, status: int) -> None:
    told = refusal(ProblemCode.OVERLOADED)
    busy = replace(told, status=status, headers={**told.headers, "Retry-After": "100"})
    line.at("/journal", lambda _: busy)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        delays = [sync.round() for _ in range(8)]
        assert all(0 <= delay <= 100 for delay in delays)
        assert max(delays) > 8 * 2  # above all that the terminal's own back-off begins with
        assert sync.machine.state is SyncState.BACKING_OFF
        line.man.answer = line.honest
        assert sync.round() == 0.0
        assert acked(desk) == 1


@pytest.mark.usefixtures("identity")
def test_200_is_kept_as_it_came(settings: Settings) -> None:
    with at_work(settings) as (desk, sync):
        write(desk, 1, 2)
        sync.round()
        document = desk.writer.call(lambda journal: journal.kept_acknowledgement()).result(10)
    assert document is not None
    assert json.loads(document).keys() == {
        "terminal",
        "epoch",
        "acked",
        "head",
        "date",
        "kid",
        "sig",
    }
