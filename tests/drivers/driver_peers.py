"""The other ends of devices: a camera on the network, a pseudo-terminal, and who listens."""

import os
import queue
import select
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from drivers.base import Condition, DeviceReport, ScannedCode

# Long enough for a busy machine; a test that works never waits for it.
PATIENCE_S = 20.0


def monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def qr_luma(payload: bytes, *, scale: int = 5) -> NDArray[np.uint8]:
    """Return a 480 x 640 picture with a code in its middle."""
    matrix = np.array(segno.make_qr(payload, error="m").matrix, dtype=np.uint8)
    modules = np.kron(1 - matrix, np.ones((scale, scale), np.uint8)) * 255
    height, width = modules.shape
    luma = np.full((480, 640), 230, np.uint8)
    top, left = (480 - height) // 2, (640 - width) // 2
    luma[top : top + height, left : left + width] = modules
    return luma


def finder_lattice() -> NDArray[np.uint8]:
    """Return a 1200 x 1920 picture of 64,000 finder patterns, each sharing its ring with others.

    A decoder that tries them three by three is busy with it for seconds: zxing-cpp 3 for 5,
    ZBar for 8, where a frame of noise takes 0.02 and 0.1.
    """
    finder = np.ones((6, 6), np.uint8)  # of 1-pixel modules; the seventh is the next one's
    finder[0], finder[:, 0] = 0, 0
    finder[2:5, 2:5] = 0
    return np.ascontiguousarray(np.tile(finder * np.uint8(255), (200, 320)))


def png_of_zeros(path: Path, width: int, height: int) -> None:
    """Write a black picture of any size, a thousandth as large as what it unpacks to."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        )

    rows = zlib.compress(bytes((width // 8 + 2) * height))
    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)  # one bit a pixel
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


LIBGL_MISSING = "libGL.so.1: cannot open shared object file: No such file or directory"


def broken_opencv(folder: Path, fault: str = LIBGL_MISSING) -> Path:
    """Return a folder for the import path whose OpenCV can't be loaded, as the real one fails."""
    package = folder / "broken" / "cv2"
    package.mkdir(parents=True)
    lines = (
        "import sys",
        "if hasattr(sys, 'OpenCV_LOADER'):",
        "    raise ImportError('recursion is detected')",
        "sys.OpenCV_LOADER = True",
        f"raise ImportError({fault!r})",
    )
    (package / "__init__.py").write_text("\n".join(lines), encoding="utf-8")
    return package.parent


class Inbox:
    """Takes what a driver hands over, and waits for it."""

    def __init__(self) -> None:
        self.codes: queue.Queue[ScannedCode] = queue.Queue()
        self.reports: queue.Queue[DeviceReport] = queue.Queue()

    def deliver(self, code: ScannedCode) -> None:
        self.codes.put(code)

    def report(self, report: DeviceReport) -> None:
        self.reports.put(report)

    def code(self) -> ScannedCode:
        return self.codes.get(timeout=PATIENCE_S)

    def wait_for(self, condition: Condition) -> DeviceReport:
        """Return the next report of this condition, passing over others."""
        while True:
            report = self.reports.get(timeout=PATIENCE_S)
            if report.condition is condition:
                return report


class PtyPeer:
    """A serial device behind a path that stays: unplugged and plugged in at will."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master = -1
        self._slave = -1  # held open: reading a master that has no slave fails

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._master >= 0:
            self.unplug()

    def plug(self) -> None:
        self._master, self._slave = os.openpty()
        self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = -1

    def write(self, octets: bytes) -> None:
        while octets:
            octets = octets[os.write(self._master, octets) :]

    def read(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            ready, _, _ = select.select([self._master], [], [], PATIENCE_S)
            if not ready:
                raise TimeoutError(f"only {octets!r} came")
            octets += os.read(self._master, count - len(octets))
        return octets


class MjpegCamera:
    """An HTTP camera on loopback that shows one picture until told another."""

    def __init__(self) -> None:
        self._jpeg = b""
        self._stopping = threading.Event()
        self._hanging_up = threading.Event()
        self._served = threading.Semaphore(0)
        self.show(None)
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._serve(self)

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/stream"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def show(self, luma: NDArray[np.uint8] | None) -> None:
        picture = np.full((480, 640), 120, np.uint8) if luma is None else luma
        _, jpeg = cv2.imencode(".jpg", picture)
        self._jpeg = jpeg.tobytes()

    def wait_served(self, count: int) -> None:
        """Wait until so many more frames were sent."""
        while self._served.acquire(blocking=False):
            pass
        for _ in range(count):
            if not self._served.acquire(timeout=PATIENCE_S):
                raise TimeoutError("nobody watches")

    def hang_up(self) -> None:
        """End the stream that is being watched; the next viewer is served again."""
        self._hanging_up.set()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        try:
            while not self._stopping.wait(0.04):
                if self._hanging_up.is_set():
                    self._hanging_up.clear()
                    return
                jpeg = self._jpeg
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                request.wfile.write(head.encode() + jpeg + b"\r\n")
                self._served.release()
        except OSError:
            return  # the viewer went away
