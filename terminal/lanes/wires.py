"""What a lane's devices tell, brought from their threads into the daemon's loop."""

import asyncio
from collections.abc import Callable
from functools import partial

from drivers.base import ContactEvent, DeviceReport, ScannedCode
from terminal.lane_devices import Devices, Part


class Wires:
    """One lane's.

    Args:
        devices: not yet started.
        on_code: takes what the scanner delivers.
        on_contact: takes what a contact says.
        on_report: takes a device's condition, and which of several of a kind it is.
    """

    def __init__(
        self,
        devices: Devices,
        *,
        on_code: Callable[[ScannedCode], None],
        on_contact: Callable[[ContactEvent], None],
        on_report: Callable[[Part, DeviceReport, int], None],
    ) -> None:
        self._devices = devices
        self._on_code, self._on_contact, self._on_report = on_code, on_contact, on_report
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start every device; whatever it tells from now on comes by the running loop."""
        self._loop = asyncio.get_running_loop()
        devices = self._devices
        if devices.gate is not None:
            devices.gate.start(partial(self.report, Part.GATE))
        if devices.answers is not None:
            devices.answers.start(partial(self.report, Part.ANSWERS))
        for number, indicator in enumerate(devices.indicators):
            indicator.start(partial(self.report, Part.INDICATOR, number=number))
        if devices.printer is not None:
            devices.printer.start(partial(self.report, Part.PRINTER))
        if devices.contacts is not None:
            devices.contacts.start(self._touch, partial(self.report, Part.CONTACTS))
        devices.scanner.start(self._deliver, partial(self.report, Part.SCANNER))

    def stop(self) -> None:
        """End every device, what delivers first; called in a thread, for it may take a while."""
        devices = self._devices
        devices.scanner.stop()
        outputs = (devices.contacts, devices.gate, devices.answers, devices.printer)
        for device in (*outputs, *devices.indicators):
            if device is not None:
                device.stop()

    def report(self, part: Part, report: DeviceReport, *, number: int = 0) -> None:
        """Take a device's condition from a driver's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_report, part, report, number)

    def _deliver(self, code: ScannedCode) -> None:
        """Take a code from a driver's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_code, code)

    def _touch(self, event: ContactEvent) -> None:
        """Take a contact's change from a driver's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_contact, event)
