"""One terminal in a town: real lanes, desk and journal, devices that do as told, time that is told.

A story is a coroutine that is given the town; nothing in it waits for real time to pass.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

from drivers.base import Contact
from offline_cache.database import newest
from offline_cache.journal import Journal
from offline_cache.trust import Trust
from offline_cache.writer import JournalWriter
from protocol.approval import ApprovalRequest, approval_octets
from protocol.profile_file.reading import read_profile
from terminal.desk import Desk
from terminal.errors import CentreUnreachable
from terminal.events import EventFeed
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.selling.approvals import Approvals
from terminal.selling.requests import RequestView, ScanRequest
from terminal.service import TerminalService
from terminal.timekeeping import MachineClocks, Timekeeper
from tests.conftest import ROOT
from tests.simulation.virtual_time import standing_in
from tests.street.people import Person
from tests.support.approver import COMMAND_KEY as CENTRE_SECRET
from tests.support.approver import word_on
from tests.support.counter import OPENING
from tests.support.desks import IDENTITY
from tests.support.journals import rows_on_disk
from tests.support.street import Street, settled
from tests.support.trust import (
    CARD_KEY,
    COMMAND_KEY,
    status_list,
    table,
)
from verifier.model import KeyKind, Role, TrustedKey, UnixSeconds
from verifier.profile import Profile
from verifier.verify import TrustedSet

BEIJING = timezone(timedelta(hours=8))
PATIENCE_S = 10.0
SHIPPED: Mapping[str, Profile] = {
    path.stem: read_profile(path.read_bytes(), name=path.stem)
    for path in (ROOT / "central" / "profiles").glob("*.toml")
}
_SEAL = replace(
    COMMAND_KEY, role=Role.SEAL, kind=KeyKind.X25519, key=OPENING.public, kid=OPENING.public[:8]
)
_VALID, _REVOKED, _BITS = bytes(1 << 18), 1, 2


@dataclass
class Clock:
    """The machine's clocks: they stand still unless they are moved."""

    began_at: int
    elapsed_ms: int = 0

    def unix(self) -> UnixSeconds:
        return UnixSeconds(self.began_at + self.elapsed_ms // 1_000)

    def monotonic_ms(self) -> int:
        return 1_000_000 + self.elapsed_ms  # the machine has been up for a while

    def monotonic_ns(self) -> int:
        return self.monotonic_ms() * 1_000_000


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a lane answered."""

    verdict: str
    reason: str | None = None
    amount: int | None = None


def granted(amount: int | None = None) -> Told:
    return Told(verdict="grant", amount=amount)


def referred(reason: str, amount: int | None = None) -> Told:
    return Told(verdict="refer", reason=reason, amount=amount)


def refused(reason: str, amount: int | None = None) -> Told:
    return Told(verdict="deny", reason=reason, amount=amount)


@dataclass
class Centre:
    """Gives its word on sales, while there is a network."""

    is_up: bool = True
    declines: str | None = None
    asked: list[ApprovalRequest] = field(default_factory=list)

    def ask(self, request: ApprovalRequest) -> bytes:
        if not self.is_up:
            raise CentreUnreachable("the network is down")
        self.asked.append(request)
        word = word_on(request, request.octets(), self.declines)
        return approval_octets(word, CENTRE_SECRET)


class Town:
    """What all lanes of the terminal share, and the centre behind it."""

    def __init__(self, path: Path, clock: Clock, writer: JournalWriter) -> None:
        self.path, self.clock, self.centre = path, clock, Centre()
        self.feed, self.posts = EventFeed(), dict[str, Post]()
        self._revoked, self._profiles = set[int](), dict(SHIPPED)
        machine = MachineClocks(
            system=clock.unix, monotonic_ms=clock.monotonic_ms, is_synchronised=lambda: True
        )
        self.desk = Desk(IDENTITY, writer, Timekeeper(machine))
        self.desk.till.approvals = Approvals(lambda: self.centre.ask, terminal="gate-7")
        self.desk.till._draw = lambda: 999  # no sale of a story is asked about by chance
        self.sync()

    @property
    def now(self) -> UnixSeconds:
        return self.clock.unix()

    def sync(self) -> None:
        """Hear of everything that the centre has published by now."""
        lists = status_list(octets=_with(self._revoked), issued_at=self.now)
        keys = (CARD_KEY, COMMAND_KEY, _SEAL)
        self.desk.trust = Trust(
            version=1,
            trusted=TrustedSet(
                keys=table(*(_of_this_decade(key) for key in keys)),
                issued_at=self.now,
                lists={(lists.issuer, lists.name): lists},
            ),
            profiles=self._profiles,
            problems=(),
            judged_at=self.now,
        )

    def revoke(self, holder: Person) -> None:
        """Have the centre revoke a card; terminals hear of it with their next sync."""
        self._revoked.add(holder.number)

    def publish(self, name: str, **changes: Any) -> None:
        """Have the centre publish a profile with changes, and sync."""
        self._profiles = {**self._profiles, name: replace(self._profiles[name], **changes)}
        self.sync()

    async def wait(self, seconds: float) -> None:
        """Let time pass: what lanes wait for ends at its moment, one after the other."""
        end_ms = self.clock.elapsed_ms + round(seconds * 1_000)
        while (due_ms := self._due_ms()) is not None and due_ms <= end_ms:
            await self._be_at(due_ms)
        await self._be_at(end_ms)

    async def wait_until(self, local: str) -> None:
        """Let time pass until the clock on the wall says so."""
        seconds = instant(local) - self.now
        assert seconds >= 0, "time does not go back"
        await self.wait(seconds)

    def _due_ms(self) -> int | None:
        """Return when the next of what lanes wait for ends, as elapsed time."""
        boot_ms = self.clock.monotonic_ms() - self.clock.elapsed_ms
        ends = [post.lane.machine.deadline_ms for post in self.posts.values()]
        return min((end - boot_ms for end in ends if end is not None), default=None)

    async def _be_at(self, elapsed_ms: int) -> None:
        self.clock.elapsed_ms = max(elapsed_ms, self.clock.elapsed_ms)
        now_ms = self.clock.monotonic_ms()
        for post in self.posts.values():
            post.lane._intake.wake()
            machine = post.lane.machine
            await settled(lambda m=machine: m.deadline_ms is None or m.deadline_ms > now_ms)  # type: ignore[misc]  # bound at once
        await asyncio.wrap_future(self.desk.writer.call(lambda _: None))

    async def open(self, name: str, profile: str) -> "Post":
        """Open a lane, and wait until it serves."""
        post = Post(self, name, profile)
        self.posts[name] = post
        await settled(lambda: post.lane.state is LaneState.IDLE)
        self.service = TerminalService(
            self.desk, [each.lane for each in self.posts.values()], self.feed, _nothing
        )
        return post

    def entries(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what stands in the journal on the disk, of one type or all."""
        lines = [json.loads(line) for _, line in rows_on_disk(newest(self.path))]
        return [line for line in lines if kind is None or line["type"] == kind]


class Post:
    """One lane, its devices, and whoever stands there."""

    _keys = count(1)

    def __init__(self, town: Town, name: str, profile: str) -> None:
        self._town, self._name = town, name
        self.street = Street()
        self.lane = Lane(name, profile, self.street.devices, town.desk, events=town.feed)
        self.task = asyncio.create_task(self.lane.run())

    async def show(self, holder: Person, *, passes: bool = True) -> Told:
        """Have a holder show a code drawn now, and go through if he may; return the answer."""
        await self._be_free()
        lines = self.street.program.lines
        known = self._answers()
        self.street.scan(holder.code(self._town.now))
        await settled(lambda: self._answers() > known and self._is_decided())
        answer = [line for line in lines if "verdict" in line][-1]
        if passes and self.lane.state in (LaneState.AWAITING, LaneState.OPEN):
            await self._town.wait(1)
            self.street.touch(Contact.PASSAGE)
            await settled(lambda: self.lane.state is LaneState.IDLE)
            self.street.touch(Contact.PASSAGE, is_active=False)
        return Told(
            verdict=answer["verdict"], reason=answer["reason"], amount=answer.get("amount_minor")
        )

    async def ask(self, amount: int | None = None, **fields: Any) -> RequestView:
        """Have a program ask this lane for one scan."""
        key = f"story-{next(self._keys):012}"
        wanted: dict[str, Any] = {
            "client": "till-1",
            "key": key,
            "lane": self._name,
            "deadline_ms": 60_000,
            "amount_minor": amount,
            "currency": "" if amount is None else "CNY",
        }
        return await self._town.service.arm(ScanRequest(**{**wanted, **fields}))

    async def sell(self, holder: Person, amount: int | None = None, **fields: Any) -> Told:
        """Have a program ask, and the holder show his code for it."""
        await self.ask(amount, **fields)
        return await self.show(holder)

    @property
    def openings(self) -> int:
        """Return how often the gate was opened."""
        return sum(isinstance(told, int) for told in self.street.gate.told)

    async def _be_free(self) -> None:
        """Let time pass until the lane takes the next code, and the last phone has drawn anew."""
        await self._town.wait(1)
        if self.lane.state is LaneState.AWAITING:
            await self._town.wait(self.lane.machine.deadline_ms / 1_000)  # type: ignore[operator]  # it awaits

    def _answers(self) -> int:
        return sum("verdict" in line for line in self.street.program.lines)

    def _is_decided(self) -> bool:
        return self.lane.state not in (LaneState.DECIDING, LaneState.ATTENDING)


def instant(local: str) -> int:
    """Return a moment of Beijing's clocks, such as "2027-01-18 08:10"."""
    return int(datetime.fromisoformat(local).replace(tzinfo=BEIJING).timestamp())


def play(path: Path, story: Callable[[Town], Awaitable[None]], *, at: str) -> None:
    """Tell `story` in a town whose clocks stand at `at`; its journal lies below `path`."""
    clock = Clock(began_at=instant(at))
    journal = path / "journal.db"

    async def tell(writer: JournalWriter) -> None:
        town = Town(journal, clock, writer)
        approvals = town.desk.till.approvals
        assert approvals is not None
        approvals.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await story(town)
                for post in town.posts.values():
                    await post.lane.stop()
                await asyncio.gather(*(post.task for post in town.posts.values()))
        finally:
            approvals.stop()

    with standing_in(time, "monotonic_ns", clock.monotonic_ns):
        writer = JournalWriter(lambda: Journal(journal, terminal="gate-7", epoch=1))
        writer.start()
        try:
            asyncio.run(tell(writer))
        finally:
            writer.stop()


def _of_this_decade(key: TrustedKey) -> TrustedKey:
    begins, ends = instant("2026-01-01 00:00"), instant("2036-01-01 00:00")
    return replace(key, not_before=UnixSeconds(begins), expires_at=UnixSeconds(ends))


def _with(revoked: set[int]) -> bytes:
    """Return the status list in which these cards of it are revoked."""
    if not revoked:
        return _VALID
    octets = bytearray(_VALID)
    for place in (number * _BITS for number in revoked):
        octets[place // 8] |= _REVOKED << place % 8
    return bytes(octets)


async def _nothing() -> dict[str, object]:
    return {}
