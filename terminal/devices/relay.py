"""`gate.kind = "relay"`: a gate behind a serial relay board."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from drivers.base import Gate
from drivers.clock import monotonic_ms
from terminal.devices.ports import port_findings
from terminal.devices.table import Baud, Table, Text
from terminal.finding import Finding


class RelaySettings(Table):
    """A gate behind a serial relay board (LCUS and its like)."""

    kind: Literal["relay"]
    port: Text
    channel: int = Field(default=1, ge=1, le=8)
    baud: Baud = 9_600

    def make(self) -> Gate:
        """Return the driver, not yet started."""
        from drivers.relay import SerialRelay  # noqa: PLC0415  # when there is one

        return SerialRelay(
            port=self.port, channel=self.channel, baud=self.baud, monotonic_ms=monotonic_ms
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from port_findings(check, self.port)
