"""`scanner.kind = "serial"`: a scanner on a serial line."""

from collections.abc import Iterator
from typing import Literal

from drivers.base import Scanner
from drivers.clock import monotonic_ms
from terminal.devices.table import Baud, HoldOff, Table, Text
from terminal.finding import Finding, port


class SerialSettings(Table):
    """A scanner on a serial line, one code a line."""

    kind: Literal["serial"]
    port: Text
    baud: Baud = 115_200
    hold_off_ms: HoldOff = 1_000

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.serial_line.scanner import SerialScanner  # noqa: PLC0415  # when there is one
        from drivers.serial_port import Line  # noqa: PLC0415  # as above

        return SerialScanner(
            port=self.port,
            line=Line(baud=self.baud),
            hold_off_ms=self.hold_off_ms,
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield port(check, self.port)
