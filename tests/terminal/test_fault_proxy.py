"""Uploads over a line that does whatever lines do: nothing is lost, nothing is doubled.

The seeds are fixed, so that a failure comes again; `FAULT_SEEDS=1000 pytest` tries others.
"""

import os
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import pytest

from offline_cache.identity import Identity
from offline_cache.state import StateFolder
from terminal.bootstrap import make_links, open_desk
from terminal.centre.client import CentreClient
from terminal.settings import Settings
from terminal.sync.machine import SyncState
from terminal.sync.thread import Sync
from tests.support.fault_proxy import Fault, FaultProxy, Faults, fault_proxy
from tests.support.journals import many
from tests.support.site import Town

pytestmark = [pytest.mark.slow, pytest.mark.journey]

SEEDS = range(int(os.environ.get("FAULT_SEEDS", "1")))
ROUNDS = 20
ENTRIES_A_ROUND = 3


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_of_a_line_loses_or_doubles_an_entry(
    settings: Settings, identity: Identity, town: Town, seed: int
) -> None:
    with fault_proxy(town.cable.url, Faults(seed=seed)) as proxy:
        written, told = _worked(settings, proxy)
    assert written == ROUNDS * ENTRIES_A_ROUND
    held = Counter((epoch, seq) for epoch, seq, _ in town.entries(identity.terminal))
    assert held == Counter((1, seq) for seq in range(1, written + 1))
    assert told == written
    assert sum(proxy.done.values()) > ROUNDS
    assert len(proxy.done) > len(Fault) - 3  # most kinds came up


def _worked(settings: Settings, proxy: FaultProxy) -> tuple[int, int]:
    """Write and sync while the line misbehaves, then until all is home; return written, acked."""
    with ExitStack() as stack:
        state = stack.enter_context(StateFolder(settings.state_folder))
        desk = open_desk(state, settings)
        stack.callback(desk.writer.stop)
        client = CentreClient(proxy.url)
        stack.callback(client.close)
        links = replace(make_links(desk, state, settings), client=client)
        sync = Sync(links, trust=desk.trust, interval_s=3600)
        for number in range(ROUNDS):
            for entry in many(ENTRIES_A_ROUND, first=number * ENTRIES_A_ROUND):
                desk.writer.append(entry).result(10)
            sync.round(asks_trust=False)
            assert sync.machine.state is not SyncState.HALTED, sync.machine.detail
            assert not desk.value_stop
        proxy.calm()
        while sync.round(asks_trust=False) > 0:
            assert sync.machine.state is not SyncState.HALTED, sync.machine.detail
        return desk.writer.call(lambda journal: (journal.seq, journal.acked())).result(10)


@pytest.mark.parametrize("kind", [Fault.CUT_REQUEST, Fault.DROP_ANSWER])
def test_line_that_never_lets_anything_through_whole_loses_nothing(
    settings: Settings, identity: Identity, town: Town, kind: Fault
) -> None:
    with fault_proxy(town.cable.url, Faults(seed=7, share=1.0, kinds=(kind,))) as proxy:
        written, told = _worked(settings, proxy)
    assert told == written
    assert len(town.entries(identity.terminal)) == written
