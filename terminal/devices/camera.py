"""`scanner.kind = "camera"`: a camera, a network stream or a video file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import Scanner
from drivers.clock import monotonic_ms
from terminal.devices.table import HoldOff, Table, Text
from terminal.diagnosis.finding import Finding, node, ok, warn

_NUMBERED = re.compile(r"/dev/video[0-9]+")
# Where udev names cameras by what they are, and by where they are plugged in; the first is better.
STABLE = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))


class CameraSettings(Table):
    """A camera, a network stream or a video file."""

    kind: Literal["camera"]
    source: Text  # "/dev/v4l/by-id/…", "http://…", "rtsp://…", a file
    fps_idle: int = Field(default=10, ge=1, le=60)  # until there is a sign of a code
    fps_max: int = Field(default=15, ge=1, le=60)
    hold_off_ms: HoldOff = 1_000
    frozen_after_s: int = Field(default=20, ge=0, le=86_400)  # 0: never
    # Of a V4L2 camera; a stream's and a file's are as they are.
    width: int = Field(default=1280, ge=160, le=3840)
    height: int = Field(default=720, ge=120, le=2160)
    exposure_us: int | None = Field(default=None, ge=1, le=1_000_000)  # None: automatic
    gain: int | None = Field(default=None, ge=0, le=65_535)  # None: as the camera has it
    focus: int | None = Field(default=None, ge=0, le=65_535)  # None: automatic
    brightness: int | None = Field(default=None, ge=-32_768, le=32_767)  # None: as it has it

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        from drivers.camera.naming import SCHEMES, SourceKind, kind_of, scheme_of  # noqa: PLC0415  # when there is one

        kind = kind_of(self.source)
        if kind is SourceKind.STREAM and scheme_of(self.source) not in SCHEMES:
            raise ValueError(f"source is no address of {', '.join(SCHEMES)}")
        controls = ("width", "height", "exposure_us", "gain", "focus", "brightness")
        wrong = [name for name in controls if name in self.model_fields_set]
        if kind is not SourceKind.DEVICE and wrong:
            raise ValueError(
                f"{wrong[0]} belongs to a camera under /dev: set a stream's in its own menu"
            )
        return self

    @property
    def port(self) -> str | None:
        """The device that is this lane's alone; None: others may look too."""
        return None

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.camera.controls import CameraControls  # noqa: PLC0415  # as the next
        from drivers.camera.scanner import CameraScanner  # noqa: PLC0415  # when there is one

        return CameraScanner(
            source=self.source,
            fps_idle=self.fps_idle,
            fps_max=self.fps_max,
            hold_off_ms=self.hold_off_ms,
            frozen_after_ms=self.frozen_after_s * 1000,
            controls=CameraControls(
                width=self.width,
                height=self.height,
                exposure_us=self.exposure_us,
                gain=self.gain,
                focus=self.focus,
                brightness=self.brightness,
            ),
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.camera.naming import device_name, full_name  # noqa: PLC0415  # when used

        if "://" in self.source:
            yield ok(
                "device.node",
                check,
                f"{device_name(self.source)} is a stream; `status` tells how it does",
            )
            return
        path = Path(full_name(self.source))
        is_right = path.is_char_device() or path.is_file()
        yield node(check, self.source, path, is_right=is_right)
        if _NUMBERED.fullmatch(str(path)):
            yield _numbered(check, path)


def _numbered(check: str, path: Path) -> Finding:
    """Return that a camera named by its number may be another one after the next start."""
    names = sorted(
        name for folder in STABLE for name in folder.glob("*") if name.resolve() == path.resolve()
    )
    what = f"{path} is named by its number, which may be another camera's after the next start"
    return warn(
        "device.name", check, what, f"name it {names[0]}" if names else f"name it as in {STABLE[0]}"
    )
