"""`kind = "modbus"`: a gate, lamps or contacts at boards on a Modbus RTU bus."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from weakref import WeakValueDictionary

from pydantic import AfterValidator, Field

from drivers.base import Contacts, Gate, Indicator
from drivers.clock import monotonic_ms
from terminal.devices.extras import Unusable, extra_fault, extra_findings
from terminal.devices.lamps import Lamps, by_lamp
from terminal.devices.ports import port_findings
from terminal.devices.sharing import SharedTable
from terminal.devices.table import Baud, Text
from terminal.devices.wiring import WiredTable
from terminal.diagnosis.finding import Finding

if TYPE_CHECKING:
    from drivers.modbus.bus import ModbusBus

_PACKAGE, _EXTRA = "pymodbus", "modbus"
_CHANNEL_MAX = 32  # as drivers/modbus/frames.py, which is not loaded before there is a bus
_INPUT_MAX = 16

# Buses that are in use, by port: lanes share them, and the last one's end frees them.
_BUSES: "WeakValueDictionary[str, ModbusBus]" = WeakValueDictionary()

Made = TypeVar("Made")


def _up_to(largest: int, word: str) -> Callable[[Mapping[Any, int]], Mapping[Any, int]]:
    def look(numbers: Mapping[Any, int]) -> Mapping[Any, int]:
        if outside := [number for number in numbers.values() if not 1 <= number <= largest]:
            raise ValueError(f"{word} {outside[0]} is outside 1 to {largest}")
        return numbers

    return look


class BusTable(SharedTable):
    """Something at a board on a bus."""

    port: Text
    unit: int = Field(default=1, ge=1, le=247)
    baud: Baud = 9_600
    parity: Literal["none", "even", "odd"] = "none"

    @property
    def bus(self) -> str:
        """What the port is."""
        return f"a Modbus bus at {self.baud} baud, parity {self.parity}"

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from extra_findings(check, _PACKAGE, _EXTRA)
        yield from port_findings(check, self.port)

    def _made(self, make: "Callable[[ModbusBus], Made]") -> "Made | Unusable":
        """Return a driver on the bus, not yet started; one that says what is missing."""
        if fault := extra_fault(_PACKAGE, _EXTRA):
            return Unusable(self.port, fault)
        from drivers.modbus.bus import ModbusBus  # noqa: PLC0415  # when there is one
        from drivers.serial_port import Line  # noqa: PLC0415

        bus = _BUSES.get(self.port)
        if bus is None:
            line = Line(baud=self.baud, parity=self.parity)
            bus = ModbusBus(port=self.port, line=line, monotonic_ms=monotonic_ms)
            _BUSES[self.port] = bus
        return make(bus)


class ModbusGateSettings(BusTable):
    """A gate behind a relay of a board."""

    kind: Literal["modbus"]
    channel: int = Field(default=1, ge=1, le=_CHANNEL_MAX)

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the bus is this gate's alone."""
        return (f"unit {self.unit} relay {self.channel}",)

    def make(self) -> Gate:
        """Return the driver, not yet started."""

        def made(bus: "ModbusBus") -> Gate:
            from drivers.modbus.ports import bus_gate  # noqa: PLC0415  # when there is one

            return bus_gate(bus, unit=self.unit, channel=self.channel, monotonic_ms=monotonic_ms)

        return self._made(made)


class ModbusLightsSettings(BusTable):
    """Lamps behind relays of a board."""

    kind: Literal["modbus"]
    lamps: Annotated[Lamps, AfterValidator(_up_to(_CHANNEL_MAX, "relay"))]

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the bus is these lamps' alone."""
        return tuple(f"unit {self.unit} relay {number}" for number in self.lamps.values())

    def make(self) -> Indicator:
        """Return the driver, not yet started."""

        def made(bus: "ModbusBus") -> Indicator:
            from drivers.modbus.ports import bus_lights  # noqa: PLC0415  # when there is one

            lamps = by_lamp(self.lamps)
            return bus_lights(bus, unit=self.unit, lamps=lamps, monotonic_ms=monotonic_ms)

        return self._made(made)


class ModbusContactsSettings(BusTable, WiredTable):
    """Contacts at the inputs of a board."""

    kind: Literal["modbus"]
    inputs: Annotated[
        Mapping[Literal["passage", "passage-back", "release", "obstructed"], int],
        Field(min_length=1),
        AfterValidator(_up_to(_INPUT_MAX, "input")),
    ]

    @property
    def parts(self) -> tuple[str, ...]:
        """Nothing of the bus is theirs alone: several lanes may look at one input."""
        return ()

    def make(self) -> Contacts:
        """Return the driver, not yet started."""

        def made(bus: "ModbusBus") -> Contacts:
            from drivers.modbus.ports import BusContacts  # noqa: PLC0415  # when there is one

            return BusContacts(
                bus=bus, unit=self.unit, wires=self.wires(), settle_ms=self.settle_ms
            )

        return self._made(made)
