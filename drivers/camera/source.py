"""Where a camera's frames come from, as OpenCV opens it."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.base import DriverError
from drivers.camera.controls import CameraControls, ControlKeeper
from drivers.camera.ffmpeg import restrict_ffmpeg
from drivers.camera.messages import Trouble
from drivers.camera.naming import SourceKind, full_name, kind_of
from drivers.camera.packets import FRAME_PIXELS_MAX, Form

# An address that answers at all does so within seconds, over a bad link too; the daemon waits
# for 15 s before it takes capture for hung, so both must stay well below.
OPEN_MS_MAX = 5_000
READ_MS_MAX = 3_000

# A file that does not say how fast it plays is played as most cameras go.
FILE_FPS = 25.0

# How pictures lie in what a V4L2 camera gives unconverted, by its FOURCC (linux/videodev2.h).
_V4L2_FORMS: Mapping[str, Form] = {
    "MJPG": Form.JPEG,
    "JPEG": Form.JPEG,
    "YUYV": Form.YUYV,
    "UYVY": Form.UYVY,
    "NV12": Form.PLANAR,
    "NV21": Form.PLANAR,
    "YU12": Form.PLANAR,
    "YV12": Form.PLANAR,
    "GREY": Form.DECODED,
}
# FFmpeg's tags of pixel formats that begin with a plane of 8-bit luma (libavcodec/raw.c).
_PLANAR = frozenset(("I420", "Y42B", "444P", "NV12", "Y800"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A source that was opened."""

    capture: Any  # cv2.VideoCapture
    form: Form  # of what it retrieves
    height: int = 0  # of the pictures, where they are PLANAR
    keeper: ControlKeeper | None = None  # of a camera that can be set


class OtherNodeError(DriverError):
    """The camera has another node than the one that this process may reach."""

    def __init__(self) -> None:
        super().__init__("the camera was plugged in")


class Source:
    """One source of frames.

    Args:
        text: a camera's number or path under /dev, an address with `://`, or a file's path.
        controls: what a V4L2 camera is set to.
    """

    def __init__(self, text: str, controls: CameraControls | None = None) -> None:
        self._controls = CameraControls() if controls is None else controls
        self._node: tuple[int, int, int] | None = None  # that was opened
        self._name = full_name(text)
        self.kind = kind_of(text)
        self._is_held = False  # to the node that there was then:
        self._held_node: tuple[int, int, int] | None = None

    def hold(self) -> None:
        """Open no other node than the one that a camera has now; call it before `restrict`."""
        if self.kind is SourceKind.DEVICE:
            self._is_held, self._held_node = True, _node_id(self._name)

    def open(self, cv2: Any, *, as_packets: bool = True) -> Opened | Trouble:
        """Return the opened source, or why it can't be; a path is looked up anew each time.

        Args:
            cv2: OpenCV.
            as_packets: take frames as the camera sends them, where OpenCV can hand them over;
                otherwise they come decoded, each at its cost.

        Raises:
            OtherNodeError: only another process can reach the camera's node.
        """
        if self._is_held and _node_id(self._name) not in (None, self._held_node):
            raise OtherNodeError
        if self.kind is not SourceKind.STREAM and (trouble := _node_trouble(self._name)):
            return trouble
        self._node = _node_id(self._name) if self.kind is SourceKind.DEVICE else None
        is_device = self.kind is SourceKind.DEVICE
        opened = self._open_device(cv2) if is_device else self._open_ffmpeg(cv2)
        if isinstance(opened, Trouble) or not as_packets:
            return opened
        return _unconverted_device(cv2, opened) if is_device else _unconverted(cv2, opened)

    def is_gone(self) -> bool:
        """Return whether the node that was opened is no longer what the path leads to.

        A camera that is pulled out loses its node at once; one that is plugged in again has
        another, mostly with another number, behind the same /dev/v4l/by-id path.
        """
        return self._node is not None and _node_id(self._name) != self._node

    def interval_s(self, cv2: Any, capture: Any) -> float:
        """Return how long to wait between frames; 0 where the source sets the pace."""
        if self.kind is not SourceKind.FILE:
            return 0.0
        fps = capture.get(cv2.CAP_PROP_FPS)
        return 1.0 / (fps if 1 <= fps <= 240 else FILE_FPS)

    def _open_device(self, cv2: Any) -> Opened | Trouble:
        capture = cv2.VideoCapture(self._name, cv2.CAP_V4L2)
        if not capture.isOpened():
            return Trouble.UNOPENED
        settings = {
            # First: at most cameras it decides which sizes there are.
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
            cv2.CAP_PROP_FRAME_WIDTH: self._controls.width,
            cv2.CAP_PROP_FRAME_HEIGHT: self._controls.height,
            cv2.CAP_PROP_BUFFERSIZE: 1,
        }
        for setting, value in settings.items():
            capture.set(setting, value)  # what a camera lacks is told by its keeper
        keeper = ControlKeeper(cv2, capture, self._controls)
        keeper.prepare()
        return Opened(capture=capture, form=Form.DECODED, keeper=keeper)

    def _open_ffmpeg(self, cv2: Any) -> Opened | Trouble:
        if not restrict_ffmpeg(self._name):
            return Trouble.UNOPENED
        limits = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS_MAX),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS_MAX),
        ]
        capture = cv2.VideoCapture(self._name, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            return Trouble.UNOPENED
        width, height = (
            int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if width * height > FRAME_PIXELS_MAX:
            capture.release()
            return Trouble.TOO_LARGE
        return Opened(capture=capture, form=Form.DECODED, height=height)


def _unconverted_device(cv2: Any, opened: Opened) -> Opened:
    """Return a V4L2 camera with its frames as it sends them, if we know how they lie."""
    capture = opened.capture
    form = _V4L2_FORMS.get(_fourcc(capture.get(cv2.CAP_PROP_FOURCC)))
    if form is None or not capture.set(cv2.CAP_PROP_CONVERT_RGB, 0):
        return opened
    return replace(opened, form=form, height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))


def _unconverted(cv2: Any, opened: Opened) -> Opened:
    """Return a stream or file that gives JPEGs unopened, or luma without colour."""
    capture = opened.capture
    if _fourcc(capture.get(cv2.CAP_PROP_FOURCC)) == "MJPG":
        # FFmpeg then hands over its packets, and decodes none.
        is_set = capture.set(cv2.CAP_PROP_FORMAT, -1)
        return replace(opened, form=Form.JPEG) if is_set else opened
    if _fourcc(capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)) in _PLANAR:
        is_set = capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        return replace(opened, form=Form.PLANAR) if is_set else opened
    return opened


def _fourcc(number: float) -> str:
    """Return the four letters in a number; of what is none, nothing."""
    code = int(number)
    return code.to_bytes(4, "little").decode("latin-1") if 0 < code < 2**32 else ""


def _node_id(path: str) -> tuple[int, int, int] | None:
    try:
        node = Path(path).stat()
    except OSError:
        return None
    return node.st_dev, node.st_ino, node.st_rdev


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
