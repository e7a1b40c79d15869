"""A network camera: HTTP on loopback, one endless multipart answer of JPEG pictures."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.hands import random_scene
from simulator.scenes import draw_empty

BOUNDARY = "frame"
JPEG_QUALITY = 85  # what cheap network cameras send
IDLE_FRAMES = 6  # enough that the sensor's noise does not look frozen
FRAMES_MAX = 300  # 20 s at 15 fps: about 60 MB of JPEG
SEND_TIMEOUT_S = 2.0  # a viewer that takes nothing for so long is gone
POLL_S = 0.05  # how long the listening thread may overlook `stop`
CAMERAS_KEPT_MAX = 8  # idle pictures kept: about 1 MB each

Frame = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reel:
    """Encoded pictures and the moment from which they run."""

    jpegs: tuple[bytes, ...]
    cycle: bool  # begin again after the last one, or hold it
    started_s: float  # monotonic

    def picture(self, *, now_s: float, fps: int) -> bytes:
        """Return the picture that is to be seen at `now_s`, the same for every viewer."""
        number = int((now_s - self.started_s) * fps)
        last = len(self.jpegs) - 1
        return self.jpegs[number % len(self.jpegs) if self.cycle else min(number, last)]


class MjpegServer:
    """A camera at `url` that shows what it is given, and an empty hall otherwise.

    Each viewer gets `fps` pictures a second over a connection of its own.
    """

    def __init__(self, *, fps: int = 15, port: int = 0, camera: int = 0) -> None:
        """Bind 127.0.0.1.

        Args:
            fps: pictures a second.
            port: 0 takes a free one.
            camera: seed of the hall that is seen while nothing is shown.
        """
        self.fps = fps
        self.stopped = Event()
        self._idle = _idle_jpegs(camera)
        self._reel = _Reel(jpegs=self._idle, cycle=True, started_s=time.monotonic())
        self._server = _Server(("127.0.0.1", port), _Viewer)
        self._server.camera = self
        self._thread = Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="mjpeg", daemon=True
        )

    @property
    def url(self) -> str:
        """The address to give to a camera driver."""
        return f"http://127.0.0.1:{self._server.server_port}/stream"

    def start(self) -> None:
        """Begin to serve; returns at once."""
        self._thread.start()

    def show(self, frames: Sequence[Frame], *, cycle: bool = True) -> None:
        """Show `frames` from now on; encodes them first.

        Args:
            frames: 1 to FRAMES_MAX BGR pictures of one size.
            cycle: begin again after the last one; otherwise the last one stays.

        Raises:
            ValueError: there are no frames, or too many.
        """
        if not 0 < len(frames) <= FRAMES_MAX:
            raise ValueError(f"{len(frames)} frames; 1 to {FRAMES_MAX} can be shown")
        jpegs = tuple(_jpeg(frame) for frame in frames)
        self._reel = _Reel(jpegs=jpegs, cycle=cycle, started_s=time.monotonic())

    def show_nothing(self) -> None:
        """Go back to the empty hall."""
        self._reel = _Reel(jpegs=self._idle, cycle=True, started_s=time.monotonic())

    def picture(self) -> bytes:
        """Return the JPEG to be seen now."""
        return self._reel.picture(now_s=time.monotonic(), fps=self.fps)

    def stop(self) -> None:
        """End every connection and thread; returns when they are gone."""
        if self.stopped.is_set():
            return
        self.stopped.set()
        if self._thread.ident is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for every viewer's thread
    camera: MjpegServer


class _Viewer(BaseHTTPRequestHandler):
    """One connection."""

    timeout = SEND_TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def do_GET(self) -> None:
        """Answer with pictures until the viewer leaves or the camera stops."""
        if self.path != "/stream":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        camera = self.server.camera
        due_s = time.monotonic()
        while not camera.stopped.wait(max(0.0, due_s - time.monotonic())):
            self._send(camera.picture())
            due_s = max(due_s + 1 / camera.fps, time.monotonic())

    def _send(self, jpeg: bytes) -> None:
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.wfile.write(head.encode("ascii") + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Stay silent: the demo's screen belongs to the city."""


def _jpeg(frame: Frame) -> bytes:
    _, octets = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return octets.tobytes()


@lru_cache(maxsize=CAMERAS_KEPT_MAX)
def _idle_jpegs(camera: int) -> tuple[bytes, ...]:
    rng = np.random.default_rng(camera)
    scene = random_scene(rng)
    return tuple(_jpeg(draw_empty(scene=scene, rng=rng)) for _ in range(IDLE_FRAMES))
