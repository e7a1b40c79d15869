"""`scanner.kind = "camera"`: a camera, a network stream or a video file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from drivers.base import Scanner
from drivers.clock import monotonic_ms
from terminal.devices.table import HoldOff, Table, Text
from terminal.finding import Finding, node, ok


class CameraSettings(Table):
    """A camera, a network stream or a video file."""

    kind: Literal["camera"]
    source: Text  # "/dev/v4l/by-id/…", "http://…", "rtsp://…", a file
    fps_idle: int = Field(default=10, ge=1, le=60)  # until there is a sign of a code
    fps_max: int = Field(default=15, ge=1, le=60)
    hold_off_ms: HoldOff = 1_000

    @property
    def port(self) -> str | None:
        """The device that is this lane's alone; None: others may look too."""
        return None

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.camera.scanner import CameraScanner  # noqa: PLC0415  # when there is one

        return CameraScanner(
            source=self.source,
            fps_idle=self.fps_idle,
            fps_max=self.fps_max,
            hold_off_ms=self.hold_off_ms,
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.camera.naming import device_name  # noqa: PLC0415  # when used

        if "://" in self.source:
            yield ok(check, f"{device_name(self.source)} is a stream; `status` tells how it does")
            return
        path = Path(f"/dev/video{self.source}" if self.source.isdigit() else self.source)
        is_right = path.is_char_device() or path.is_file()
        yield node(check, self.source, path, is_right=is_right)
