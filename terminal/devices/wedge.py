"""`scanner.kind = "wedge"`: a scanner that types what it reads, as a keyboard."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from drivers.base import DriverError, Scanner
from drivers.clock import monotonic_ms
from terminal.devices.table import HoldOff, Table, Text
from terminal.diagnosis.finding import Finding, fail, ok, warn


class WedgeSettings(Table):
    """A scanner that poses as a keyboard."""

    kind: Literal["wedge"]
    device: Text  # "/dev/input/by-id/…-event-kbd"
    layout: Literal["us", "de", "fr"] = "us"
    # What ends a code; without any a pause does.
    ends: tuple[Literal["enter", "tab"], ...] = Field(default=("enter", "tab"), strict=False)
    gap_ms_max: int = Field(default=100, ge=1, le=1_000)
    upper: bool = False
    hold_off_ms: HoldOff = 1_000

    @property
    def port(self) -> str:
        """The device that is this lane's alone."""
        return self.device

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.hid.wedge import WedgeScanner  # noqa: PLC0415  # when there is one

        return WedgeScanner(
            device=self.device,
            layout=self.layout,
            ends=frozenset(self.ends),
            gap_ms_max=self.gap_ms_max,
            upper=self.upper,
            hold_off_ms=self.hold_off_ms,
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.hid.inspection import inspect_wedge  # noqa: PLC0415  # when there is one

        try:
            state = inspect_wedge(self.device)
        except DriverError as error:
            yield fail(
                "device.node",
                check,
                str(error),
                "ls -l /dev/input/by-id names keyboards and who may",
            )
            return
        taken = ", and taken: by the daemon, when it runs" if state.is_taken else ""
        yield ok("device.node", check, f"{self.device} is there{taken}")
        if state.is_caps_lit and not self.upper:
            yield warn(
                "device.caps-lock",
                check,
                f"CapsLock is lit on {self.device}: some scanners turn their letters for it",
                "the daemon puts it off; upper = true makes citizen codes immune",
            )
