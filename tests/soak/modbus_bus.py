"""A bus with a gate, lamps and contacts for a long time: its plug pulled again and again."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.base import Condition, Contact, DeviceReport, Shown
from drivers.clock import monotonic_ms
from drivers.contacts import Wire
from drivers.lights import Lamp
from drivers.modbus.bus import ModbusBus
from drivers.modbus.ports import BusContacts, bus_gate, bus_lights
from drivers.serial_port import Line
from simulator.modbus_peer import ModbusPeer
from tests.soak.footprint import Footprint, footprint, growth
from tests.soak.serial_line import LOOKS, Soaked

_PATIENCE_S = 60.0
_PASSAGE, _GATE = 1, 1


def soak_bus(rounds: int) -> Soaked:
    """Pull the plug while the gate is open, put it back, await a contact; again and again."""
    began, taken, wrong = time.monotonic(), list[Footprint](), ""
    with TemporaryDirectory() as folder:
        lane = _Lane(Path(folder, "bus"))
        for number in range(rounds):
            if wrong := lane.round():
                wrong = f"round {number}: {wrong}"
                break
            if number % max(1, rounds // LOOKS) == 0:
                taken.append(footprint())
        lane.end()
    return Soaked(
        what=f"{rounds} plugs of a bus",
        seconds=time.monotonic() - began,
        taken=tuple(taken),
        wrong=wrong or growth(taken),
    )


class _Lane:
    """A gate, lamps and contacts on one bus."""

    def __init__(self, path: Path) -> None:
        self._path, self._peer = path, ModbusPeer()
        path.symlink_to(self._peer.path)
        clock = _hurried(monotonic_ms)
        bus = ModbusBus(port=str(path), line=Line(baud=9_600), monotonic_ms=clock)
        self._gate = bus_gate(bus, unit=1, channel=_GATE, monotonic_ms=clock)
        self._lights = bus_lights(bus, unit=1, lamps={Lamp.RED: 8}, monotonic_ms=clock)
        wires = {Contact.PASSAGE: Wire(number=_PASSAGE)}
        self._contacts = BusContacts(bus=bus, unit=1, wires=wires)
        self._passed, self._is_up = threading.Semaphore(0), threading.Semaphore(0)
        self._contacts.start(lambda _event: self._passed.release(), self._report)
        self._gate.start(lambda _report: None)
        self._lights.start(lambda _report: None)

    def round(self) -> str:
        """Return what went wrong; empty: nothing did."""
        if not self._is_up.acquire(timeout=_PATIENCE_S):
            return "the bus did not come back"
        board = self._peer.boards[1]
        self._lights.show(Shown.DENY)
        self._gate.open(10_000)
        if not self._peer.wait_until(lambda: board.is_on(_GATE), timeout_s=_PATIENCE_S):
            return "the gate did not open"
        board.inputs ^= {_PASSAGE}
        if not self._passed.acquire(timeout=_PATIENCE_S):
            return "the contact did not come"
        self._again()
        return ""

    def end(self) -> None:
        for device in (self._contacts, self._gate, self._lights):
            device.stop()
        self._peer.stop()

    def _report(self, report: DeviceReport) -> None:
        if report.condition is Condition.UP:
            self._is_up.release()

    def _again(self) -> None:
        """Pull it out, and put another one in, whose contacts are as they were."""
        old, self._peer = self._peer, ModbusPeer()
        self._peer.boards[1].inputs = old.boards[1].inputs
        self._path.unlink()
        self._path.symlink_to(self._peer.path)
        old.stop()


def _hurried(clock: Callable[[], int]) -> Callable[[], int]:
    """Return a clock fifty times as fast: each life counts as a long one, with no wait."""
    return lambda: clock() * 50
