"""Cameras as OpenCV shows them: what `cv2.VideoCapture` does with a V4L2 camera, without one.

The ways are those of OpenCV's V4L2 backend: a property that a camera lacks reads as -1 and takes
nothing, one out of range is clamped or refused by the driver, and frames come converted to BGR
unless CAP_PROP_CONVERT_RGB is off.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from driver_peers import qr_luma

from drivers.camera.messages import Message


def fourcc(letters: str) -> int:
    return cv2.VideoWriter.fourcc(*letters)


class V4l2Camera:
    """One camera that is plugged in, and every capture object that is opened on it.

    Args:
        formats: what it can give, by FOURCC; the first one where it is asked for another.
        sizes: width and height; the first one where it is asked for another.
        ranges: least and most of each property it has; others are refused.
        forgets_at: the frame after which the camera is as it was when it was plugged in.
        deaf_until: the frame before which it ignores what is set.
    """

    def __init__(
        self,
        *,
        formats: tuple[str, ...] = ("MJPG",),
        sizes: tuple[tuple[int, int], ...] = ((1280, 720), (640, 480)),
        ranges: Mapping[int, tuple[int, int]] | None = None,
        forgets_at: int = 0,
        deaf_until: int = 0,
    ) -> None:
        self.formats = formats
        self.sizes = sizes
        self.ranges = dict(ranges or {})
        self.forgets_at = forgets_at
        self.deaf_until = deaf_until
        self.values: dict[int, float] = {}
        self.frames = 0  # since it was opened last
        self.opened = 0
        self.open_now = 0
        self.retrieved = 0
        self.frames_left: int | None = None  # before it is pulled out; None: it stays
        self.picture = qr_luma(b"HOLDER-0007")
        self.settings_changed: list[tuple[int, float]] = []

    def open(self, _name: str, _backend: int) -> "V4l2Capture":
        self.opened += 1
        self.open_now += 1
        self.frames = 0
        return V4l2Capture(self)

    def set(self, prop: int, value: float) -> bool:
        if prop not in self.ranges:
            return False
        self.settings_changed.append((prop, value))
        if self.frames >= self.deaf_until:
            least, most = self.ranges[prop]
            self.values[prop] = min(max(value, least), most)
        return True

    def grabbed(self) -> bool:
        if self.frames_left is not None:
            if self.frames_left <= 0:
                return False
            self.frames_left -= 1
        self.frames += 1
        if self.frames == self.forgets_at:
            self.values.clear()
        return True


class V4l2Capture:
    """`cv2.VideoCapture` on a V4l2Camera."""

    def __init__(self, camera: V4l2Camera) -> None:
        self._camera = camera
        self._fourcc = camera.formats[0]
        self._size = camera.sizes[0]
        self._wanted: dict[int, int] = {}
        self._converts = True
        self._is_open = True

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return self._is_open

    def release(self) -> None:
        if self._is_open:
            self._is_open = False
            self._camera.open_now -= 1

    def get(self, prop: int) -> float:
        match prop:
            case cv2.CAP_PROP_FOURCC:
                return fourcc(self._fourcc)
            case cv2.CAP_PROP_FRAME_WIDTH:
                return self._size[0]
            case cv2.CAP_PROP_FRAME_HEIGHT:
                return self._size[1]
            case cv2.CAP_PROP_CONVERT_RGB:
                return self._converts
        if prop not in self._camera.ranges:
            return -1.0
        return self._camera.values.get(prop, 0.0)

    def set(self, prop: int, value: float) -> bool:
        match prop:
            case cv2.CAP_PROP_FOURCC:
                names = [name for name in self._camera.formats if fourcc(name) == value]
                self._fourcc = names[0] if names else self._fourcc
                return bool(names)
            case cv2.CAP_PROP_FRAME_WIDTH | cv2.CAP_PROP_FRAME_HEIGHT:
                self._wanted[prop] = int(value)
                wanted = tuple(self._wanted.values())
                self._size = wanted if wanted in self._camera.sizes else self._camera.sizes[0]
                return True
            case cv2.CAP_PROP_CONVERT_RGB:
                self._converts = bool(value)
                return True
            case cv2.CAP_PROP_BUFFERSIZE:
                return True
        return self._camera.set(prop, value)

    def grab(self) -> bool:
        return self._is_open and self._camera.grabbed()

    def retrieve(self) -> tuple[bool, Any]:
        self._camera.retrieved += 1
        luma = cv2.resize(self._camera.picture, self._size)
        colour = cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)
        if self._converts:
            return True, colour
        match self._fourcc:
            case "MJPG":
                return True, np.asarray(cv2.imencode(".jpg", luma)[1]).reshape(1, -1)
            case "YUYV":
                return True, np.dstack((luma, np.full_like(luma, 128)))
            case "NV12" | "YU12":
                return True, cv2.cvtColor(colour, cv2.COLOR_BGR2YUV_I420)
        return True, colour


class PeerCv2:
    """OpenCV, but for what it opens.

    Args:
        open_capture: makes the capture object of `VideoCapture(name, backend)`.
    """

    def __init__(self, open_capture: Callable[..., Any]) -> None:
        self.VideoCapture = open_capture

    def __getattr__(self, name: str) -> Any:
        return getattr(cv2, name)


class Messages:
    """Takes what capture tells."""

    def __init__(self) -> None:
        self.told: list[Message] = []

    def __call__(self, message: Message) -> None:
        self.told.append(message)
