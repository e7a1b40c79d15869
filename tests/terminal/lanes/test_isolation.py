"""A lane whose devices hang, flood or die takes itself out, and delays no other lane."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Condition, DeviceReport, Receipt, ReceiptLine, Report, Shown
from drivers.clock import monotonic_ms
from terminal.desk import Desk, Judged
from terminal.devices.guard import JOBS_MAX, GuardedGate, GuardedIndicator, GuardedPrinter
from terminal.lane_devices import Part
from terminal.lanes.intake import WAITING_CODES_MAX
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.street import PATIENCE_S, Street, settled, up

ILL, WELL = "gate-1", "gate-2"


def phone(subject: bytes) -> bytes:
    card = issuer_part(issuer_claims(holder=public(HOLDER), subject=subject))
    return text(holder_part(card, {6: NOW}))


class Hanging:
    """A driver whose every word to the device is the last, until it is let go."""

    def __init__(self, let_go: threading.Event) -> None:
        self._let_go, self.hangs = let_go, threading.Event()

    def start(self, report: Report) -> None:
        up(report, "hanging")

    def open(self, _pulse_ms: int) -> None:
        self._hang()

    def show(self, _shown: Shown, _words: str = "") -> None:
        self._hang()

    def print_lines(self, _receipt: Receipt) -> None:
        self._hang()

    def stop(self) -> None:
        """Nothing to free."""

    def _hang(self) -> None:
        self.hangs.set()
        self._let_go.wait(PATIENCE_S)


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


Story = Callable[[Lane, Lane], Awaitable[None]]


def play(
    desk: Desk, ill: Street, well: Street, story: Story, *, at_end: Callable[[], None]
) -> None:
    """Run two lanes for as long as `story` lasts; `at_end` lets go of what hangs."""

    async def run() -> None:
        lanes = [ill.lane(desk, ILL), well.lane(desk, WELL)]
        tasks = [asyncio.create_task(lane.run()) for lane in lanes]
        async with asyncio.timeout(PATIENCE_S):
            await settled(lambda: all(lane.state is LaneState.IDLE for lane in lanes))
            await story(*lanes)
            at_end()
            for lane in lanes:
                await lane.stop()
            await asyncio.gather(*tasks)

    asyncio.run(run())


async def serves(street: Street, subject: bytes) -> None:
    """See that a lane decides and opens."""
    before = street.gate.told.count(500)
    street.scan(phone(subject))
    await settled(lambda: street.gate.told.count(500) == before + 1)


def test_a_gate_that_hangs_holds_up_its_own_lane_alone(desk: Desk, let_go: threading.Event) -> None:
    driver = Hanging(let_go)
    gate = GuardedGate("acme", lambda: driver, package="acme", monotonic_ms=monotonic_ms)
    ill, well = Street(gate=gate), Street()  # type: ignore[arg-type]  # a gate as any

    async def story(lane: Lane, other: Lane) -> None:
        ill.scan(phone(b"citizen1"))
        await settled(driver.hangs.is_set)
        for subject in (b"citizen2", b"citizen3"):
            await serves(well, subject)
        for _ in range(JOBS_MAX + 1):
            gate.open(1)  # as the next holders would
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)
        assert other.state is not LaneState.OUT_OF_SERVICE
        await serves(well, b"citizen4")

    play(desk, ill, well, story, at_end=let_go.set)


def test_a_light_that_hangs_holds_up_nobody(desk: Desk, let_go: threading.Event) -> None:
    driver = Hanging(let_go)
    light = GuardedIndicator("acme", lambda: driver, package="acme", monotonic_ms=monotonic_ms)

    class Lit(Street):
        @property
        def devices(self) -> Any:
            return replace(super().devices, indicators=(light,))

    ill, well = Lit(), Street()

    async def story(lane: Lane, _: Lane) -> None:
        await settled(driver.hangs.is_set)
        for subject in (b"citizen1", b"citizen2"):
            await serves(ill, subject)
        await serves(well, b"citizen3")
        assert lane.state is not LaneState.OUT_OF_SERVICE

    play(desk, ill, well, story, at_end=let_go.set)


def test_a_printer_that_hangs_holds_up_nobody(desk: Desk, let_go: threading.Event) -> None:
    driver = Hanging(let_go)
    printer = GuardedPrinter("acme", lambda: driver, package="acme", monotonic_ms=monotonic_ms)

    class Writer:
        def of(self, _outcome: Outcome, *, lane: str, is_copy: bool = False) -> Receipt:
            return Receipt(parts=(ReceiptLine(text=f"{lane}{is_copy}"),))

    class Selling(Street):
        @property
        def devices(self) -> Any:
            return replace(super().devices, printer=printer, receipts=Writer())

    ill, well = Selling(), Street()

    async def story(lane: Lane, _: Lane) -> None:
        await serves(ill, b"citizen1")
        await settled(driver.hangs.is_set)
        await serves(ill, b"citizen2")
        await serves(well, b"citizen3")
        assert lane.state is not LaneState.OUT_OF_SERVICE

    play(desk, ill, well, story, at_end=let_go.set)


def test_a_scanner_that_dies_takes_its_own_lane_out(desk: Desk) -> None:
    ill, well = Street(), Street()

    async def story(lane: Lane, other: Lane) -> None:
        down = DeviceReport(device="usb", condition=Condition.DOWN, detail="it was unplugged")
        lane._wires.report(Part.SCANNER, down)
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)
        assert "it was unplugged" in lane.trouble
        await serves(well, b"citizen1")
        assert other.trouble == ""

    play(desk, ill, well, story, at_end=lambda: None)


def test_a_flood_of_codes_delays_no_other_lane(desk: Desk) -> None:
    ill, well = Street(), Street()

    async def story(lane: Lane, _: Lane) -> None:
        for number in range(500):
            ill.scan(b"junk %d" % number)
        await serves(well, b"citizen1")
        assert len(ill.program.answers) <= 2 * WAITING_CODES_MAX
        assert lane.dropped >= 500 - 2 * WAITING_CODES_MAX

    play(desk, ill, well, story, at_end=lambda: None)


def test_a_lane_that_waits_for_the_centre_keeps_no_other_from_deciding(desk: Desk) -> None:
    answered = asyncio.Event()

    class Patient(Desk):
        async def settle(self, judged: Judged, *, lane: str, **told: Any) -> Outcome:
            if lane == ILL:
                await answered.wait()
            return await super().settle(judged, lane=lane, **told)

    desk.__class__ = Patient
    ill, well = Street(), Street()

    async def story(lane: Lane, _: Lane) -> None:
        ill.scan(phone(b"citizen1"))
        await settled(lambda: lane.state is LaneState.DECIDING)
        for subject in (b"citizen2", b"citizen3"):
            await serves(well, subject)
        assert lane.state is LaneState.DECIDING
        answered.set()
        await settled(lambda: ill.program.answers == [("grant", None)])

    play(desk, ill, well, story, at_end=lambda: None)
