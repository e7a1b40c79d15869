"""The lanes' scanners while a machine is armed, and no longer: nothing else of a lane runs."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from drivers.base import DeviceReport, ScannedCode, Scanner
from terminal.provisioning.asked import wants_enrolment
from terminal.settings import LaneSettings

log = logging.getLogger(__name__)


class ArmedScanners:
    """Every lane's scanner; `on_code` is called from the drivers' threads.

    Args:
        lanes: of the settings.
        on_code: takes the text of a code that wants to enrol; any other is passed over untold.
    """

    def __init__(self, lanes: Sequence[LaneSettings], on_code: Callable[[str], None]) -> None:
        self._lanes, self._on_code = lanes, on_code
        self._running: list[Scanner] = []
        self.told: dict[str, DeviceReport] = {}  # by lane

    @property
    def are_on(self) -> bool:
        """Return whether they read."""
        return bool(self._running)

    def start(self) -> None:
        """Have every scanner read; a device that is missing is told, never raised."""
        for lane in self._lanes:
            scanner = lane.scanner.make()
            self._running.append(scanner)
            scanner.start(self._take, partial(self._note, lane.name))

    def stop(self) -> None:
        """End the reading; returns when threads and processes are gone."""
        for scanner in self._running:
            scanner.stop()
        self._running.clear()
        self.told.clear()

    def _take(self, code: ScannedCode) -> None:
        for payload in (code.payload, *code.companions):
            text = wants_enrolment(payload)
            if text is not None:
                self._on_code(text)
                return

    def _note(self, lane: str, report: DeviceReport) -> None:
        self.told[lane] = report
        log.info("lane %s: %s %s %s", lane, report.device, report.condition.value, report.detail)
