"""In the guest, under the shipped unit: the terminal's own scanners, told to a file.

Each line that it writes is one JSON object: a report of a device, or a code.
"""

import json
import signal
import sys
import threading
from typing import Any

from pydantic import TypeAdapter

from drivers.base import DeviceReport, ScannedCode
from drivers.clock import monotonic_ms
from terminal.devices.scanners import ScannerSettings
from terminal.notify import notify

_SCANNERS: TypeAdapter[Any] = TypeAdapter(ScannerSettings)


class Teller:
    """Writes what one scanner hands over."""

    _lock = threading.Lock()

    def __init__(self, lane: str) -> None:
        self._lane = lane

    def deliver(self, code: ScannedCode) -> None:
        """Tell a code; the octets are the proof's own."""
        self._tell(
            engine=code.engine, payload=code.payload.hex(), took_ms=code.read_ms - code.seen_ms
        )

    def report(self, report: DeviceReport) -> None:
        """Tell a device's condition."""
        self._tell(condition=report.condition.value, detail=report.detail)

    def faults(self, faults: object) -> None:
        """Tell what a scanner dropped."""
        self._tell(faults=repr(faults))

    def _tell(self, **words: object) -> None:
        with self._lock:
            sys.stdout.write(
                json.dumps({"lane": self._lane, "at_ms": monotonic_ms(), **words}) + "\n"
            )
            sys.stdout.flush()


def main() -> None:
    """Run the scanners of the settings in the first argument until told to end."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  # one line
        tables = json.load(file)
    scanners = {lane: _SCANNERS.validate_python(table).make() for lane, table in tables.items()}
    for lane, scanner in scanners.items():
        teller = Teller(lane)
        scanner.start(teller.deliver, teller.report)
    notify("READY=1")
    stopping.wait()
    for lane, scanner in scanners.items():
        scanner.stop()
        Teller(lane).faults(getattr(scanner, "faults", None))


if __name__ == "__main__":  # spawned children import this module
    main()
