"""`scanner.kind = "hid-pos"`: a scanner in HID point-of-sale mode."""

from collections.abc import Iterator
from typing import Literal

from drivers.base import DriverError, Scanner
from drivers.clock import monotonic_ms
from terminal.devices.table import HoldOff, Table, Text
from terminal.diagnosis.finding import Finding, fail, ok


class HidPosSettings(Table):
    """A scanner in HID point-of-sale mode."""

    kind: Literal["hid-pos"]
    device: Text  # "/dev/scan-terminal/by-id/…-hidraw"
    qr_only: bool = False
    hold_off_ms: HoldOff = 1_000

    @property
    def port(self) -> str:
        """The device that is this lane's alone."""
        return self.device

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.hid.hid_pos import HidPosScanner  # noqa: PLC0415  # when there is one

        return HidPosScanner(
            device=self.device,
            qr_only=self.qr_only,
            hold_off_ms=self.hold_off_ms,
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.hid.inspection import inspect_hid_pos  # noqa: PLC0415  # when there is one

        try:
            inspect_hid_pos(self.device)
        except DriverError as error:
            yield fail(
                "device.node",
                check,
                str(error),
                "ls -l /dev/scan-terminal names scanners and who may",
            )
            return
        yield ok("device.node", check, f"{self.device} is there, a point-of-sale scanner")
