"""A lane's devices that do as they are told, and a lane that runs for as long as a story lasts."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from drivers.base import (
    Condition,
    Contact,
    ContactEvent,
    Deliver,
    DeliverContact,
    DeviceReport,
    Receipt,
    ReceiptLine,
    Report,
    ScannedCode,
    Shown,
)
from drivers.clock import monotonic_ms
from terminal.desk import Desk
from terminal.events import EventFeed
from terminal.lane_devices import Devices
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.receipts import ReceiptWriter
from verifier.profile import Profile

PATIENCE_S = 10.0


@dataclass
class Scanner:
    """Delivers what it is told to."""

    forgotten: int = 0
    deliver: Deliver | None = None

    def start(self, deliver: Deliver, report: Report) -> None:
        self.deliver = deliver
        up(report, "scanner")

    def forget(self) -> None:
        self.forgotten += 1

    def stop(self) -> None:
        """Nothing to free."""


@dataclass
class PulsedGate:
    """A gate that can only be opened for a moment."""

    told: list[object] = field(default_factory=list)

    def start(self, report: Report) -> None:
        up(report, "gate")

    def open(self, pulse_ms: int) -> None:
        self.told.append(pulse_ms)

    def stop(self) -> None:
        self.told.append("stop")


@dataclass
class HeldGate(PulsedGate):
    """One that can also be held open."""

    def hold(self, *, is_open: bool) -> None:
        self.told.append("hold" if is_open else "close")


@dataclass
class Switches:
    """Contacts that tell what they are told."""

    deliver: DeliverContact | None = None
    report: Report | None = None

    def start(self, deliver: DeliverContact, report: Report) -> None:
        self.deliver, self.report = deliver, report
        up(report, "contacts")

    def stop(self) -> None:
        """Nothing to free."""

    def go_down(self) -> None:
        assert self.report is not None
        self.report(
            DeviceReport(device="contacts", condition=Condition.DOWN, detail="the cable is out")
        )


@dataclass
class Lamp:
    """Keeps what it shows."""

    shown: list[Shown] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def start(self, report: Report) -> None:
        up(report, "lamp")

    def show(self, shown: Shown, words: str = "") -> None:
        self.shown.append(shown)
        self.words.append(words)

    def stop(self) -> None:
        """Nothing to free."""


@dataclass
class Program:
    """A counter's program."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def start(self, report: Report) -> None:
        up(report, "program")

    def send(self, line: bytes) -> None:
        self.lines.append(json.loads(line))

    def stop(self) -> None:
        """Nothing to free."""

    @property
    def answers(self) -> list[tuple[str, str | None]]:
        """Return verdict and reason of every answer."""
        return [(line["verdict"], line["reason"]) for line in self.lines if "verdict" in line]


@dataclass
class Paper:
    """A receipt printer: the lines of each receipt."""

    printed: list[list[str]] = field(default_factory=list)

    def start(self, report: Report) -> None:
        up(report, "printer")

    def print_lines(self, receipt: Receipt) -> None:
        parts = [part for part in receipt.parts if isinstance(part, ReceiptLine)]
        self.printed.append([part.text for part in parts])

    def stop(self) -> None:
        """Nothing to free."""


@dataclass
class Street:
    """Everything before one lane."""

    gate: PulsedGate = field(default_factory=HeldGate)
    has_contacts: bool = True
    connected: frozenset[Contact] | None = None
    scanner: Scanner = field(default_factory=Scanner)
    switches: Switches = field(default_factory=Switches)
    lamp: Lamp = field(default_factory=Lamp)
    program: Program = field(default_factory=Program)
    paper: Paper | None = None
    events: EventFeed = field(default_factory=EventFeed)

    @property
    def devices(self) -> Devices:
        """Return them as a lane takes them."""
        return Devices(
            scanner=self.scanner,
            gate=self.gate,
            answers=self.program,
            contacts=self.switches if self.has_contacts else None,
            connected=self.connected,
            indicators=(self.lamp,),
            printer=self.paper,
            receipts=ReceiptWriter(terminal="t-1", languages=("en",)),
        )

    def lane(self, desk: Desk, name: str = "gate-1") -> Lane:
        """Return a lane here, not yet started."""
        return Lane(name, "gate", self.devices, desk, events=self.events)

    def scan(
        self, payload: bytes, *, showing: int | None = None, seen_ms: int | None = None
    ) -> None:
        """Have somebody hold a code before the scanner, now or since `seen_ms`."""
        assert self.scanner.deliver is not None
        at_ms = monotonic_ms() if seen_ms is None else seen_ms
        self.scanner.deliver(
            ScannedCode(
                payload=payload, engine="serial", seen_ms=at_ms, read_ms=at_ms, showing=showing
            )
        )

    def touch(self, contact: Contact, *, is_active: bool = True) -> None:
        """Have a contact say something."""
        assert self.switches.deliver is not None
        self.switches.deliver(
            ContactEvent(contact=contact, is_active=is_active, at_ms=monotonic_ms())
        )

    def told(self, kind: str) -> list[dict[str, object]]:
        """Return what who watches was told, of one kind."""
        events = self.events.read(0, most=1_000).events
        return [dict(event.data) for event in events if event.kind == kind]


def up(report: Report, device: str) -> None:
    report(DeviceReport(device=device, condition=Condition.UP, detail=""))


async def settled(condition: Callable[[], bool]) -> None:
    """Let the loop turn until it is so."""
    while not condition():  # noqa: ASYNC110  # what it waits for has no event of its own
        await asyncio.sleep(0)


def run_out(lane: Lane) -> None:
    """Let the time of the lane's present state be over now."""
    lane.machine.deadline_ms = 0
    lane._intake.wake()


def change_profile(desk: Desk, **changes: Any) -> Profile:
    """Have the centre publish the lanes' profile with changes."""
    assert desk.trust is not None
    profile = replace(desk.trust.profiles["gate"], **changes)
    desk.trust = replace(desk.trust, profiles={"gate": profile})
    return profile


def play(
    desk: Desk,
    street: Street,
    story: Callable[[Lane], Awaitable[None]],
    *,
    begins_in: LaneState = LaneState.IDLE,
) -> Lane:
    """Run a lane for as long as `story` lasts; what it wrote is on the disk then."""

    async def run() -> Lane:
        lane = street.lane(desk)
        task = asyncio.create_task(lane.run())
        async with asyncio.timeout(PATIENCE_S):
            await settled(lambda: lane.state is begins_in)
            await story(lane)
            await lane.stop()
            await task
        return lane

    lane = asyncio.run(run())
    desk.writer.call(lambda journal: journal.seq).result(PATIENCE_S)  # what nobody waits for
    return lane
