"""Where a camera's frames come from, as OpenCV opens it."""

import errno
import os
import re
from enum import Enum
from pathlib import Path
from typing import Any

from drivers.camera.messages import Trouble

# An address that answers at all does so within seconds, over a bad link too; the daemon waits
# for 15 s before it takes capture for hung, so both must stay well below.
OPEN_MS_MAX = 5_000
READ_MS_MAX = 3_000

# A file that does not say how fast it plays is played as most cameras go.
FILE_FPS = 25.0

# What a lane's camera is asked for. Of a phone held 30 cm away it gives 4 pixels a module; more
# costs decode time. A camera that cannot do it stays at what it does.
WIDTH, HEIGHT = 1280, 720

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# The user's part ends with the last `@`; a host is a name or an address and nothing odd.
_SHOWN = re.compile(
    rf"(?P<scheme>{_SCHEME.pattern})"
    r"(?:[^/?#\\]*@)?"
    r"(?P<host>(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)"
    r"(?P<rest>[/?#\\][^@]*)?",
    re.DOTALL,
)


class SourceKind(Enum):
    """What a source is."""

    DEVICE = "device"  # a V4L2 camera
    STREAM = "stream"  # an address: MJPEG over HTTP, RTSP
    FILE = "file"  # a video, played over and over at its own speed


class Source:
    """One source of frames.

    Args:
        text: a camera's number or path under /dev, an address with `://`, or a file's path.
    """

    def __init__(self, text: str) -> None:
        self._name = f"/dev/video{text}" if text.isdecimal() else text
        if self._name.startswith("/dev/"):
            self.kind = SourceKind.DEVICE
        elif "://" in text:
            self.kind = SourceKind.STREAM
        else:
            self.kind = SourceKind.FILE

    def open(self, cv2: Any) -> Any | Trouble:
        """Return an open `cv2.VideoCapture`, or why there is none."""
        if self.kind is not SourceKind.STREAM and (trouble := _node_trouble(self._name)):
            return trouble
        capture = self._capture(cv2)
        return capture if capture.isOpened() else Trouble.UNOPENED

    def interval_s(self, cv2: Any, capture: Any) -> float:
        """Return how long to wait between frames; 0 where the source sets the pace."""
        if self.kind is not SourceKind.FILE:
            return 0.0
        fps = capture.get(cv2.CAP_PROP_FPS)
        return 1.0 / (fps if 1 <= fps <= 240 else FILE_FPS)

    def _capture(self, cv2: Any) -> Any:
        if self.kind is SourceKind.DEVICE:
            settings = {
                # First: at most cameras it decides which sizes there are.
                cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
                cv2.CAP_PROP_FRAME_WIDTH: WIDTH,
                cv2.CAP_PROP_FRAME_HEIGHT: HEIGHT,
                cv2.CAP_PROP_BUFFERSIZE: 1,
            }
            capture = cv2.VideoCapture(self._name, cv2.CAP_V4L2)
            for setting, value in settings.items():
                capture.set(setting, value)  # one a camera lacks is ignored
            return capture
        limits = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS_MAX),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS_MAX),
        ]
        return cv2.VideoCapture(self._name, cv2.CAP_FFMPEG, limits)


def located(source: str) -> str:
    """Return the source as a process in another working directory must name it."""
    is_file = Source(source).kind is SourceKind.FILE
    return str(Path(source).absolute()) if is_file else source


def device_name(source: str) -> str:
    """Return the source as reports may show it: of an address, scheme, host and port alone.

    Passwords stand before an `@`, but in paths and queries as well. One with a bare `/`, `?` or
    `#` in it moves the place where a host seems to be, and an `@` behind that place may belong
    to a password or to a path: nobody can tell, so not even the host is shown then.
    """
    if "://" not in source:
        return source
    shown = _SHOWN.fullmatch(source)
    if shown is None:
        scheme = _SCHEME.match(source)
        return f"{scheme[0] if scheme else ''}…"
    return shown["scheme"] + shown["host"] + ("/…" if shown["rest"] else "")


def _node_trouble(path: str) -> Trouble | None:
    """Return why a device or file cannot be opened, which OpenCV would not tell."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as fault:
        if fault.errno in (errno.EACCES, errno.EPERM):
            return Trouble.DENIED
        if fault.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR):
            return Trouble.MISSING
        return Trouble.UNOPENED
    return None
