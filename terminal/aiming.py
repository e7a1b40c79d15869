"""What `aim` looks at: a lane's scanner or a camera's source, free to be opened."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from drivers.base import DeviceReport, Report, ScannedCode, Scanner
from drivers.camera.naming import SourceKind, device_name, full_name, kind_of
from offline_cache.state import StateFolder
from terminal.control import ask
from terminal.devices.camera import CameraSettings
from terminal.devices.scanners import ScannerSettings
from terminal.errors import ControlError, SettingsError, UsageError
from terminal.settings import LaneSettings, Settings, load_settings

# Codes of the last seconds, as for cameras; no scanner sends 60 a second for so long.
WINDOW_MS = 3_000
CODES_MAX = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is looked at."""

    lane: str | None  # None: a source that no lane has
    name: str  # of the device, with no password in it
    settings: ScannerSettings


def target_of(config: Path, *, lane: str | None, source: str | None) -> Target:
    """Return what to look at: `source`, the lane of that name, or the only lane there is.

    Raises:
        UsageError: both, neither, no such lane; or the running daemon holds the device.
        SettingsError: the settings are needed and can't be used.
    """
    if source is not None:
        if lane is not None:
            raise UsageError("--lane and --source: give one of them")
        settings = _source_settings(source)
        _check_source_free(config, source)
        return Target(lane=None, name=device_name(source), settings=settings)
    whole = load_settings(config)
    found = _lane_of(whole, lane)
    table = found.scanner
    if isinstance(table, CameraSettings):
        name, is_shared = device_name(table.source), kind_of(table.source) is not SourceKind.DEVICE
    else:
        name, is_shared = table.port or f"driver of lane {found.name}", False
    if not is_shared:
        _check_free(whole, name)
    return Target(lane=found.name, name=name, settings=table)


def _source_settings(source: str) -> CameraSettings:
    try:
        return CameraSettings(kind="camera", source=source)
    except ValidationError as error:
        raise UsageError("--source: name a camera, an address or a video file") from error


def _lane_of(settings: Settings, name: str | None) -> LaneSettings:
    known = ", ".join(lane.name for lane in settings.lane) or "none"
    if name is None:
        if len(settings.lane) == 1:
            return settings.lane[0]
        raise UsageError(f"which lane? name one with --lane (there are: {known}), or a --source")
    for lane in settings.lane:
        if lane.name == name:
            return lane
    raise UsageError(f"--lane {name}: the settings have no such lane (there are: {known})")


def _check_source_free(config: Path, source: str) -> None:
    """Look whether a lane has the camera; a technician's laptop has no settings at all."""
    if kind_of(source) is not SourceKind.DEVICE:
        return
    try:
        settings = load_settings(config)
    except SettingsError:
        return
    node = Path(full_name(source)).resolve()
    for lane in settings.lane:
        table = lane.scanner
        if isinstance(table, CameraSettings) and Path(full_name(table.source)).resolve() == node:
            _check_free(settings, source)


def _check_free(settings: Settings, name: str) -> None:
    """Refuse to look at what the daemon holds: two would take each other's pictures.

    Raises:
        UsageError: it runs.
    """
    try:
        is_running = ask(StateFolder(settings.state_folder).control, "status") is not None
    except ControlError:
        is_running = True  # something answers there, if badly
    if is_running:
        raise UsageError(
            f"the daemon runs and holds {name}: systemctl stop scan-terminal, try"
            " again, and start it afterwards; `aim --source` looks at another camera beside it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesView:
    """What a scanner that decodes by itself gave in the last WINDOW_MS."""

    codes: int  # since the start
    rate: float  # codes a second
    last: ScannedCode | None
    faults: Mapping[str, int]  # what the driver counted, by its own names


class CodeTally:
    """Counts what a scanner hands over; `deliver` is called from its thread."""

    def __init__(self, scanner: Scanner, monotonic_ms: Callable[[], int]) -> None:
        self._scanner, self._monotonic_ms = scanner, monotonic_ms
        self._codes: deque[ScannedCode] = deque(maxlen=CODES_MAX)
        self._count = 0

    def start(self, report: Report) -> None:
        """Begin to read; returns at once."""
        self._scanner.start(self._deliver, report)

    def stop(self) -> None:
        """End the reading."""
        self._scanner.stop()

    def view(self) -> CodesView:
        """Return what the window up to now shows."""
        now_ms, codes = self._monotonic_ms(), tuple(self._codes)
        recent = sum(now_ms - code.read_ms < WINDOW_MS for code in codes)
        return CodesView(
            codes=self._count,
            rate=recent * 1000 / WINDOW_MS,
            last=codes[-1] if codes else None,
            faults=_faults(self._scanner),
        )

    def _deliver(self, code: ScannedCode) -> None:
        self._codes.append(code)
        self._count += 1


def _faults(scanner: Any) -> dict[str, int]:
    """Return what a driver counts, if it does: by `counts()`, or as `faults`."""
    counts = getattr(scanner, "counts", None)
    counted = counts() if callable(counts) else getattr(scanner, "faults", {})
    if isinstance(counted, int):
        return {"faults": counted}
    return {str(getattr(kind, "value", kind)): count for kind, count in counted.items()}


class Reports:
    """Keeps the last report of a device; called from its driver's thread."""

    def __init__(self) -> None:
        self.last: DeviceReport | None = None

    def take(self, report: DeviceReport) -> None:
        """Take one more."""
        self.last = report
