"""Devices whose package is an extra that may be missing: their lane says so, and no other minds."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from drivers.base import Condition, DeviceReport, Shown
from terminal.diagnosis.finding import Finding, fail


def extra_fault(package: str, extra: str) -> str:
    """Return what is missing and the remedy; empty: the package is there."""
    if find_spec(package) is not None:
        return ""
    return (
        f"package {package} is not installed: pip install 'scan-terminal[{extra}]' in the"
        " terminal's environment, then restart the daemon"
    )


def extra_findings(check: str, package: str, extra: str) -> Iterator[Finding]:
    """Yield what the doctor says of a missing package; nothing where it is there."""
    if fault := extra_fault(package, extra):
        yield fail("device.extra", check, fault, "what needs it stays down until then")


class Unusable:
    """Stands for a gate, lights or contacts that can't be had: DOWN for good, and says why.

    Args:
        device: as the settings name it.
        why: with the remedy.
    """

    def __init__(self, device: str, why: str) -> None:
        self._report = DeviceReport(device=device, condition=Condition.DOWN, detail=why)

    def start(self, *takers: Any) -> None:
        """Tell that it is down."""
        *_, report = takers
        report(self._report)

    def open(self, pulse_ms: int) -> None:
        """Open nothing."""

    def hold(self, *, is_open: bool) -> None:
        """Hold nothing."""

    def show(self, shown: Shown, words: str = "") -> None:
        """Show nothing."""

    def stop(self) -> None:
        """Free nothing."""
