"""Three days without a network, and a reboot without a clock; in simulated time, else all real."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from central.enrolments import allow_enrolment
from central.issuing import Order, issue, set_status
from central.publishing import publish
from central.site import Site, init_site
from offline_cache.state import StateFolder
from protocol.keys import to_base64url
from simulator.network import Cable
from simulator.phone import Phone, phone_of
from terminal.bootstrap import make_links, make_sync, open_desk
from terminal.desk import Desk
from terminal.enrolling import enrol_terminal
from terminal.presenting import Outcome
from terminal.settings import Settings, load_settings
from terminal.sync.machine import SyncState
from terminal.sync.thread import Sync
from terminal.timekeeping import MachineClocks, system_now
from tests.central.peers import SetClock, running
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason
from verifier.status import Status

pytestmark = [pytest.mark.slow, pytest.mark.journey]

HOUR_S = 3_600
GRANTED = (Verdict.GRANT, None)
NO_CLOCK = UnixSeconds(0)  # what a machine with a dead battery begins at


@dataclass
class Street:
    """A centre and a cable to it; one clock for all that have a right one."""

    site: Site
    clock: SetClock
    cable: Cable
    settings: Settings

    def later(self, hours: float) -> None:
        self.clock.now = UnixSeconds(self.clock.now + int(hours * HOUR_S))

    def publish(self) -> None:
        publish(self.site, self.clock.now)

    def phones(self, count: int) -> list[Phone]:
        year = 365 * 24 * HOUR_S
        order = Order(
            count=count,
            dynamic=True,
            holder_key=None,
            not_before=self.clock.now,
            expires_at=UnixSeconds(self.clock.now + year),
            types=0,
            capabilities=127,
        )
        return [phone_of(card) for card in issue(self.site, order, now=self.clock.now)]

    def held(self) -> list[dict[str, Any]]:
        """Return every entry that the centre holds."""
        with closing(self.site.open_store()) as store:
            return [json.loads(entry.line) for entry in store.journals.entries()]

    def right_clock(self) -> MachineClocks:
        began = self.clock.now
        return MachineClocks(
            system=lambda: self.clock.now,
            monotonic_ms=lambda: (self.clock.now - began) * 1_000,
            is_synchronised=lambda: True,
        )

    def dead_clock(self) -> MachineClocks:
        """A machine that has just started, without battery and time server."""
        began = self.clock.now
        return MachineClocks(
            system=lambda: UnixSeconds(NO_CLOCK + self.clock.now - began),
            monotonic_ms=lambda: (self.clock.now - began) * 1_000,
            is_synchronised=lambda: False,
        )


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    clock = SetClock(system_now())
    site = init_site(tmp_path / "centre", issuer="city.example", now=clock.now)
    publish(site, clock.now)
    with ExitStack() as stack:
        url = urlsplit(stack.enter_context(running(site, clock)).url)
        cable = Cable(host=str(url.hostname), port=int(url.port or 0))
        stack.enter_context(cable)
        path = tmp_path / "t.toml"
        path.write_text(
            f'[terminal]\nstate = "{tmp_path / "s"}"\n'
            f'[centre]\nurl = "{cable.url}"\ntrust_root = "{to_base64url(site.pin)}"\n'
        )
        street = Street(site, clock, cable, load_settings(path))
        with closing(site.open_store()) as store:
            code, _ = allow_enrolment(store, "gate-1", now=clock.now)
        enrol_terminal(street.settings, code)
        yield street


@contextmanager
def booted(street: Street, clocks: MachineClocks) -> Iterator[tuple[Desk, Sync]]:
    """Return a terminal between its start and its end."""
    with ExitStack() as stack:
        state = stack.enter_context(StateFolder(street.settings.state_folder))
        desk = open_desk(state, street.settings, clocks=clocks)
        stack.callback(desk.writer.stop)
        links = make_links(desk, state, street.settings)
        stack.callback(links.client.close)
        yield desk, make_sync(desk, links, street.settings)


def show(desk: Desk, code: str) -> tuple[Verdict, Reason | None]:
    """Return what the gate's lane does about a code."""
    profile = desk.profile("gate")
    assert profile is not None
    judged = desk.judge(code.encode(), lane="gate-1", profile=profile)
    outcome: Outcome = asyncio.run(desk.settle(judged, lane="gate-1", profile=profile, seen_ms=0))
    return outcome.verdict, outcome.reason


def test_three_days_offline_and_a_reboot_without_a_clock_lose_nothing_and_grant_nothing_twice(
    street: Street,
) -> None:
    daily, lost, other = street.phones(3)
    street.publish()
    photographed = ""
    with booted(street, street.right_clock()) as (desk, sync):
        sync.round()
        assert sync.machine.state is SyncState.WORKING
        assert show(desk, daily.draw(street.clock.now)) == GRANTED
        assert show(desk, lost.draw(street.clock.now)) == GRANTED

        street.cable.pull()
        street.later(0.5)
        set_status(street.site, lost.status, Status.REVOKED)
        for _ in range(12):  # to 72.5 h: a publication and two people every six hours
            street.publish()
            street.later(6)
            sync.round()
            assert sync.machine.state is SyncState.BACKING_OFF
            code = daily.draw(street.clock.now)
            if street.clock.now - published_at(desk) <= 72 * HOUR_S:
                assert show(desk, code) == GRANTED
                assert show(desk, code) == (Verdict.DENY, Reason.REPLAYED)
                assert show(desk, lost.draw(street.clock.now)) == GRANTED, "nobody told it"
            else:
                assert show(desk, code) == (Verdict.REFER, Reason.STATUS_LIST_EXPIRED)
                photographed = code
        desk.timekeeper.keep()

    assert photographed, "the lists never expired"
    with booted(street, street.dead_clock()) as (desk, sync):
        assert show(desk, photographed) == (Verdict.DENY, Reason.REPLAYED), "memory survives"
        street.later(0.1)
        verdict, reason = show(desk, other.draw(street.clock.now))
        assert (verdict, reason) == (Verdict.REFER, Reason.TERMINAL_CLOCK_UNTRUSTED)
        sync.round()
        assert sync.machine.state is SyncState.BACKING_OFF

        street.cable.plug()

    with booted(street, street.right_clock()) as (desk, sync):
        street.publish()
        sync.round()
        assert sync.machine.state is SyncState.WORKING
        assert show(desk, daily.draw(street.clock.now)) == GRANTED
        assert show(desk, lost.draw(street.clock.now)) == (Verdict.DENY, Reason.REVOKED)
        sync.round()
        kept = desk.writer.call(lambda journal: (journal.seq, journal.acked())).result(10)
        assert kept[0] == kept[1]

    held = street.held()
    assert [entry["seq"] for entry in held] == list(range(1, kept[0] + 1)), "each once, no gap"
    check_ages([entry for entry in held if entry["type"] == "passage"])


def published_at(desk: Desk) -> int:
    assert desk.trust is not None
    assert desk.trust.trusted.issued_at is not None
    return desk.trust.trusted.issued_at


def check_ages(passages: list[dict[str, Any]]) -> None:
    """Every entry says how old its lists were: fresh, then stale for three days, then fresh."""
    ages = [entry["ages"]["status"] for entry in passages]
    marks = ["stale" in entry for entry in passages]
    assert ages[0] < HOUR_S
    assert ages[-1] < HOUR_S
    assert max(ages) > 72 * HOUR_S
    assert marks == [age > HOUR_S for age in ages]
    turns = [(one, two) for one, two in pairwise(marks) if one != two]
    assert turns == [(False, True), (True, False)]
    assert {entry["clock"] for entry in passages} == {"trusted", "untrusted"}
