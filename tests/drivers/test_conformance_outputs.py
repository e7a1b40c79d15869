"""The conformance kit passes our contacts, lights and bus, and finds ways not to keep a Protocol."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver_peers import monotonic_ms
from modbus_line import BAUD, ModbusLine

from drivers.base import Contact, ContactEvent, Shown
from drivers.cards import CARDS
from drivers.conformance import _CHECKS, Outcome, check_driver
from drivers.contacts import Wire
from drivers.lights import Lamp
from drivers.modbus.bus import ModbusBus
from drivers.modbus.ports import BusContacts, bus_gate, bus_lights
from drivers.serial_port import Line

pytestmark = pytest.mark.slow

CONTACTS = (Contact.PASSAGE, Contact.RELEASE)


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.conformance_bench.SILENCE_S", 0.2)


class SimulatedBoard:
    """A relay board with inputs, as the kit handles gates, contacts and lights."""

    contacts = CONTACTS

    def __init__(self, folder: Path) -> None:
        self._line, self._inputs, self._openings = ModbusLine(folder / "bus"), set[int](), 0
        self.settings = {"port": str(folder / "bus")}
        self.missing = {"port": str(folder / "none")}
        self.plug()

    def plug(self) -> None:
        self._line.plug()
        self._line.board.inputs = self._inputs

    def unplug(self) -> None:
        self._openings += self._line.board.openings
        self._line.unplug()

    def touch(self, contact: Contact, *, is_active: bool) -> None:
        number = CONTACTS.index(contact) + 1
        self._inputs.add(number) if is_active else self._inputs.discard(number)

    def seen(self) -> str:
        return " ".join(lamp.value for lamp, n in LAMPS.items() if self._line.board.is_on(n))

    def openings(self) -> int:
        return self._openings + self._line.board.openings

    def is_open(self) -> bool:
        return self._line.board.is_open


LAMPS = {Lamp.RED: 7, Lamp.YELLOW: 6, Lamp.GREEN: 8}


def gate(bus: ModbusBus) -> Any:
    return bus_gate(bus, unit=1, channel=1, monotonic_ms=monotonic_ms)


def lights(bus: ModbusBus) -> Any:
    return bus_lights(bus, unit=1, lamps=LAMPS, monotonic_ms=monotonic_ms)


def contacts(bus: ModbusBus) -> Any:
    wires = {contact: Wire(number=n) for n, contact in enumerate(CONTACTS, start=1)}
    return BusContacts(bus=bus, unit=1, wires=wires)


class Maker:
    card = CARDS["gate"]["modbus"]

    def __init__(
        self,
        folder: Path,
        make: Callable[[ModbusBus], Any],
        change: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self._folder, self._make, self._change = folder, make, change

    def make(self, settings: Mapping[str, Any], *, monotonic_ms: Callable[[], int]) -> Any:
        line = Line(baud=BAUD)
        driver = self._make(ModbusBus(port=settings["port"], line=line, monotonic_ms=monotonic_ms))
        self._change(driver)
        return driver

    @contextmanager
    def simulate(self) -> Iterator[SimulatedBoard]:
        device = SimulatedBoard(self._folder)
        try:
            yield device
        finally:
            device.unplug()


MAKES = {"gate": gate, "contacts": contacts, "indicator": lights}


@pytest.mark.parametrize("part", ["contacts", "indicator"])
def test_what_is_on_our_bus_conforms(tmp_path: Path, part: str) -> None:
    found = list(check_driver(part, Maker(tmp_path, MAKES[part]), monotonic_ms))
    assert [each for each in found if each.outcome is not Outcome.PASSED] == []
    assert len(found) > 4


def bounces(driver: Any) -> None:
    driver._watch._settle_ms = 0
    driver_start = driver.start

    def start(deliver: Callable[[ContactEvent], None], report: Any) -> None:
        def twice(event: ContactEvent) -> None:
            deliver(event)
            deliver(event)

        driver_start(twice, report)

    driver.start = start


def tells_another_time(driver: Any) -> None:
    driver_start = driver.start

    def late(event: ContactEvent) -> ContactEvent:
        return ContactEvent(contact=event.contact, is_active=event.is_active, at_ms=0)

    driver.start = lambda deliver, report: driver_start(lambda e: deliver(late(e)), report)


def forgets_what_was(driver: Any) -> None:
    watch = driver._watch
    watch.lose = watch._active.clear


def shows_all_alike(driver: Any) -> None:
    show = driver.show
    driver.show = lambda _shown, words="": show(Shown.OK, words)


def can_not_show_words(driver: Any) -> None:
    def show(shown: Shown) -> None:
        driver_show(shown)

    driver_show = driver.show
    driver.show = show


def closes_what_is_held(driver: Any) -> None:
    driver.hold = lambda **_is_open: driver.open(100)


@pytest.mark.parametrize(
    ("part", "change", "check", "says"),
    [
        ("contacts", bounces, "bouncing", "bouncing"),
        ("contacts", tells_another_time, "contacts", "a time that is not"),
        ("contacts", forgets_what_was, "unplug and plug", "does not deliver"),
        ("indicator", shows_all_alike, "showing", "OK and DENY alike"),
        ("indicator", can_not_show_words, "showing", "raises in show"),
        ("gate", closes_what_is_held, "held open", "closes a held gate"),
    ],
)
def test_output_that_breaks_its_protocol_is_found(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    part: str,
    change: Callable[[Any], None],
    check: str,
    says: str,
) -> None:
    monkeypatch.setattr("drivers.conformance_bench.PATIENCE_S", 1.0)
    monkeypatch.setitem(_CHECKS, part, {check: _CHECKS[part][check]})  # the others pass
    found = check_driver(part, Maker(tmp_path, MAKES[part], change), monotonic_ms)
    assert says in next(each.what for each in found if each.check == check)
