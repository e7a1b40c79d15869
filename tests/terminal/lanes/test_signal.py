"""Scanners that beep: they hear what was decided, and nothing that was not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.base import Condition, Deliver, DeviceReport, Report, ScannedCode, Signal
from drivers.clock import monotonic_ms
from terminal.desk import Desk
from terminal.lane_devices import Devices
from terminal.lanes.lane import Lane
from tests.support.cards import holder_part, text
from tests.support.desks import open_desk, published
from tests.support.publishing import FILES, PROFILE_PATH

CODE = text(holder_part())
GATE = b'entry_type = "passage"\nstatic = "grant"\nsame_holder_ms = 5000\n'


class Scanner:
    """Delivers when told, and keeps what it is asked to signal."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.deliver: Deliver | None = None

    def start(self, deliver: Deliver, report: Report) -> None:
        self.deliver = deliver
        report(DeviceReport(device="scanner", condition=Condition.UP, detail=""))

    def forget(self) -> None:
        """Nothing is remembered."""

    def stop(self) -> None:
        """Nothing to free."""

    def signal(self, signal: Signal) -> None:
        self.signals.append(signal)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "journal.db") as opened:
        opened.trust = published({**FILES, PROFILE_PATH: GATE})
        yield opened


async def settled(scanner: Scanner) -> None:
    """Wait until the last of the payloads, which is refused, was signalled."""
    while Signal.DENY not in scanner.signals:  # noqa: ASYNC110  # it has no event of its own
        await asyncio.sleep(0)


def signals_of(desk: Desk, payloads: list[bytes]) -> list[Signal]:
    """Return what a lane has its scanner signal when these are shown one after the other."""
    scanner = Scanner()
    lane = Lane("gate-1", "gate", Devices(scanner=scanner, gate=None, answers=None), desk)

    async def play() -> None:
        running = asyncio.create_task(lane.run())
        while scanner.deliver is None:  # noqa: ASYNC110  # it has no event of its own
            await asyncio.sleep(0)
        for payload in payloads:
            now_ms = monotonic_ms()
            scanner.deliver(
                ScannedCode(payload=payload, engine="serial", seen_ms=now_ms, read_ms=now_ms)
            )
        await settled(scanner)
        await lane.stop()
        await running

    asyncio.run(play())
    return scanner.signals


def test_grant_and_refusal_are_signalled(desk: Desk) -> None:
    assert signals_of(desk, [CODE, b"junk"]) == [Signal.OK, Signal.DENY]


def test_holder_who_is_held_is_signalled_once(desk: Desk) -> None:
    assert signals_of(desk, [CODE, CODE, b"junk"]) == [Signal.OK, Signal.DENY]
