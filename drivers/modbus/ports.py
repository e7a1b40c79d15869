"""What a lane has on a Modbus bus: a gate, lights, contacts."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from drivers.base import Contact, DeliverContact, Report
from drivers.contacts import SETTLE_MS, ContactWatch, Wire
from drivers.gates import BoardGate
from drivers.lights import Lamp, Lights
from drivers.modbus.bus import ModbusBus
from drivers.modbus.frames import CHANNEL_MAX, INPUT_MAX, UNIT_MAX
from drivers.modbus.share import Share


def bus_gate(
    bus: ModbusBus, *, unit: int, channel: int, monotonic_ms: Callable[[], int]
) -> BoardGate:
    """Return a gate behind a relay, 1 to 32 as printed on the board, of a unit, 1 to 247."""
    _check(unit, (channel,), CHANNEL_MAX)
    return BoardGate(
        board=bus, member=partial(Share, unit=unit), number=channel, monotonic_ms=monotonic_ms
    )


def bus_lights(
    bus: ModbusBus, *, unit: int, lamps: Mapping[Lamp, int], monotonic_ms: Callable[[], int]
) -> Lights:
    """Return lamps behind relays of a unit."""
    _check(unit, lamps.values(), CHANNEL_MAX)
    return Lights(
        board=bus, member=partial(Share, unit=unit), lamps=lamps, monotonic_ms=monotonic_ms
    )


class BusContacts:
    """Contacts at the inputs of a unit, 1 to 16 as printed on the board; `Contacts`."""

    def __init__(
        self,
        *,
        bus: ModbusBus,
        unit: int,
        wires: Mapping[Contact, Wire],
        settle_ms: int = SETTLE_MS,
    ) -> None:
        _check(unit, (wire.number for wire in wires.values()), INPUT_MAX)
        self._bus, self._unit = bus, unit
        self._watch = ContactWatch(wires, settle_ms=settle_ms)
        self._share: Share | None = None

    def start(self, deliver: DeliverContact, report: Report) -> None:
        """Begin to read them; returns at once. A missing bus or unit is reported."""
        if self._share is not None:
            raise ValueError(f"contacts of unit {self._unit} are started already")
        self._share = Share(report, {}, unit=self._unit, watch=self._watch, deliver=deliver)
        self._bus.join(self._share)

    def stop(self) -> None:
        """End the reading; the bus is free when the last of those that share it has stopped."""
        if self._share is not None:
            self._bus.leave(self._share)


def _check(unit: int, numbers: Iterable[int], largest: int) -> None:
    if not 1 <= unit <= UNIT_MAX:
        raise ValueError(f"unit is outside 1..{UNIT_MAX}: {unit}")
    for number in numbers:
        if not 1 <= number <= largest:
            raise ValueError(f"number is outside 1..{largest}: {number}")
