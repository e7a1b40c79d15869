"""The terminal that the bench of decision and effect measures: a process of its own.

Lanes, desk, journal and drivers are the product's, in one loop, as in the daemon; added is only
that it is noted when a scanner's driver hands a code over and when a relay's octets are written.
What it knows (keys, profile) it is given instead of asking a centre.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from drivers.base import Deliver, Report, ScannedCode
from drivers.clock import monotonic_ms
from drivers.relay import SerialRelay, command
from drivers.serial_line.scanner import SerialScanner
from drivers.serial_port import Line, SerialPort
from offline_cache.care import LOG_OCTETS, Care
from offline_cache.identity import Identity
from offline_cache.journal import Journal
from offline_cache.trust import Trust
from offline_cache.writer import JournalWriter
from protocol.keys import OpeningKey, SigningKey, new_signing_key
from protocol.pseudonym import SectorKey
from simulator.benched_card import trusted_set
from simulator.programs import ProgramFailed
from simulator.slow_centre import slow_approvals
from terminal.daemon import CARE_PERIOD_S
from terminal.desk import Desk
from terminal.garbage import leave_out_what_stays
from terminal.lane_devices import Devices
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.logs.starting import begin_logging
from terminal.timekeeping import Timekeeper, system_now
from verifier.profile import (
    AmountFrom,
    EntryType,
    Fund,
    Limits,
    Money,
    Online,
    Profile,
    Tariff,
)

OPEN = command(1, is_on=True)
# The gate is closed again before the next one comes, so that each grant is a command of its own.
PULSE_MS = 50
_PASSAGE = Profile(name="passage", entry_type=EntryType.PASSAGE, gate_pulse_ms=PULSE_MS)
_SALE = Profile(
    name="sale",
    entry_type=EntryType.SALE,
    gate_pulse_ms=PULSE_MS,
    money=Money(
        currency="CNY",
        fund=Fund.PAY_LATER,
        amount_from=AmountFrom.TARIFF,
        amount_max_minor=1_000,
    ),
    tariff=Tariff(base_minor=200),
    limits=Limits(floor_minor=1_000, online=Online.ALWAYS),
)
_LANES, _STAMPS, _JOURNAL = "lanes.json", "stamps.json", "journal.db"


class Manner(Enum):
    """How a lane fares."""

    WELL = "well"
    FLOODED = "flooded"  # with junk, as fast as its scanner's line goes
    STUCK_GATE = "stuck-gate"  # its relay takes nothing
    SLOW_WORD = "slow-word"  # each sale waits for the centre


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePorts:
    """Where a lane's devices are, and how it fares."""

    name: str
    scanner: str
    relay: str
    manner: Manner

    @property
    def profile(self) -> Profile:
        """Return what it decides by."""
        return _SALE if self.manner is Manner.SLOW_WORD else _PASSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """What was noted of a lane, in nanoseconds of `time.perf_counter_ns`, in order."""

    heard: list[int]  # a driver handed a code over
    written: list[int]  # a relay took the octets that open the gate

    def effects_us(self) -> list[float]:
        """Return the microseconds from each code to its command.

        Raises:
            ProgramFailed: a code without a command, or the other way round.
        """
        turns = [moment for pair in zip(self.heard, self.written, strict=False) for moment in pair]
        if len(self.heard) != len(self.written) or turns != sorted(turns):
            told = f"{len(self.heard)} codes and {len(self.written)} commands"
            raise ProgramFailed(f"the bench's terminal: {told} do not pair")
        return [(end - begin) / 1_000 for begin, end in zip(self.heard, self.written, strict=True)]


def order(folder: Path, seed: bytes, lanes: list[LanePorts]) -> None:
    """Write down what the terminal of `folder` is to serve.

    Args:
        folder: of the journal, too.
        seed: of the issuer's key.
        lanes: all of them.
    """
    each = [asdict(lane) | {"manner": lane.manner.value} for lane in lanes]
    told = {"seed": seed.hex(), "lanes": each}
    (folder / _LANES).write_text(json.dumps(told))


def stamps_in(folder: Path) -> Mapping[str, Stamps]:
    """Return what a terminal that has ended noted, by lane."""
    told = json.loads((folder / _STAMPS).read_text())
    return {name: Stamps(**stamps) for name, stamps in told.items()}


class _NotedScanner:
    """A scanner whose codes are noted as they are handed over."""

    def __init__(self, scanner: SerialScanner, stamps: Stamps) -> None:
        self._scanner, self._stamps = scanner, stamps
        self.forget, self.stop = scanner.forget, scanner.stop

    def start(self, deliver: Deliver, report: Report) -> None:
        def noted(code: ScannedCode) -> None:
            self._stamps.heard.append(time.perf_counter_ns())
            deliver(code)

        self._scanner.start(noted, report)


class _NotedPort(SerialPort):
    """A port whose opening commands are noted once they are written."""

    def __init__(self, path: str, line: Line, *, stamps: Stamps) -> None:
        super().__init__(path, line)
        self._stamps = stamps

    def write_some(self, octets: bytes) -> int:
        written = super().write_some(octets)
        if octets == OPEN:
            self._stamps.written.append(time.perf_counter_ns())
        return written


def _lane(ports: LanePorts, desk: Desk, stamps: Stamps) -> Lane:
    scanner = SerialScanner(port=ports.scanner, monotonic_ms=monotonic_ms)
    gate = SerialRelay(
        port=ports.relay, monotonic_ms=monotonic_ms, open_port=partial(_NotedPort, stamps=stamps)
    )
    devices = Devices(scanner=_NotedScanner(scanner, stamps), gate=gate, answers=None)
    return Lane(ports.name, ports.profile.name, devices, desk)


@contextmanager
def _desk(folder: Path, issuer: SigningKey) -> Iterator[Desk]:
    identity = Identity(
        terminal="bench",
        epoch=1,
        signing=SigningKey(bytes(32)),
        opening=OpeningKey(bytes(32)),
        sector=SectorKey("bench", bytes(32)),
        trust_root=bytes(32),
    )
    care = Care(key=identity.signing, log_octets=LOG_OCTETS)
    writer = JournalWriter(lambda: Journal(folder / _JOURNAL, terminal="bench", epoch=1, care=care))
    writer.start()
    desk, now, command_key = Desk(identity, writer, Timekeeper()), system_now(), new_signing_key()
    approvals = slow_approvals(command_key, terminal=identity.terminal)
    desk.till.approvals = approvals
    approvals.start()
    desk.trust = Trust(
        version=1,
        trusted=trusted_set(issuer, now, commands=command_key),
        profiles={profile.name: profile for profile in (_PASSAGE, _SALE)},
        problems=(),
        judged_at=now,
    )
    try:
        yield desk
    finally:
        approvals.stop()
        writer.stop()


async def _serve(lanes: list[Lane], is_ready: Callable[[], None]) -> None:
    """Run lanes as the daemon does, until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    tasks = [asyncio.create_task(lane.run()) for lane in lanes]
    is_told = False
    while not stopping.is_set():
        for lane in lanes:
            lane.restore()
        if not is_told and all(lane.machine.state is LaneState.IDLE for lane in lanes):
            leave_out_what_stays()
            is_ready()
            is_told = True
        try:
            await asyncio.wait_for(stopping.wait(), CARE_PERIOD_S)
        except TimeoutError:
            continue
    for lane in lanes:
        await lane.stop()
    await asyncio.gather(*tasks)


def main(folder: Path) -> None:
    """Serve what `folder` orders until SIGTERM, then leave there what was noted."""
    begin_logging("info", as_json=False)
    told = json.loads((folder / _LANES).read_text())
    noted: dict[str, Stamps] = {}
    with _desk(folder, SigningKey(bytes.fromhex(told["seed"]))) as desk:
        lanes = []
        for given in told["lanes"]:
            ports = LanePorts(**{**given, "manner": Manner(given["manner"])})
            noted[ports.name] = Stamps(heard=[], written=[])
            lanes.append(_lane(ports, desk, noted[ports.name]))
        asyncio.run(_serve(lanes, lambda: print("ready", flush=True)))
    stamps = {name: asdict(stamps) for name, stamps in noted.items()}
    (folder / _STAMPS).write_text(json.dumps(stamps))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
