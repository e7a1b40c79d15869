"""A network camera that speaks RTSP: RTP/JPEG interleaved on the one connection.

RFC 2326 for the talk (RFC 7826 leaves these methods as they were), section 10.12 for the
interleaving, RFC 2435 for the pictures. FFmpeg, and so OpenCV, takes it for a real camera.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from enum import Enum
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from simulator.rtp_jpeg import packets

FPS = 25
CLOCK_HZ = 90_000  # RFC 3551, section 4.1
SSRC = 0x5CA4
POLL_S = 0.05  # how long the listening thread may overlook `stop`
REQUEST_BYTES_MAX = 8_192
SESSION = "12345678"

_TRANSPORT = "RTP/AVP/TCP;unicast"


class RtspFault(Enum):
    """What a camera does to its viewers."""

    NONE = "it is well"
    TEARS_DOWN = "hangs up in the middle of a picture"
    STALLS = "sends nothing more, and keeps the connection"
    LOSES = "leaves out every third packet"
    REFUSES = "asks for a password that nobody has"
    REDIRECTS = "sends its viewers elsewhere"
    RAMBLES = "sends noise between the packets"


class RtspCamera:
    """A camera at `url` on loopback that shows one picture.

    Args:
        jpeg: the picture; see `rtp_jpeg.packets` for what can be carried.
        fault: what is wrong with it, until `mend` is called.
        elsewhere: where it sends its viewers.
    """

    def __init__(
        self, jpeg: bytes, fault: RtspFault = RtspFault.NONE, *, elsewhere: str = ""
    ) -> None:
        self.jpeg = jpeg
        self.fault = fault
        self.elsewhere = elsewhere
        self.stopped = Event()
        self.asked: list[str] = []  # methods and transports, as viewers asked for them
        self._viewers: list[_Viewer] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self._thread = Thread(target=self._listen, name="rtsp")

    @property
    def url(self) -> str:
        """The address to give to a camera driver."""
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/live"

    def mend(self) -> None:
        """Serve well from the next connection on."""
        self.fault = RtspFault.NONE

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._thread.join()
        self._listener.close()
        for viewer in self._viewers:
            viewer.end()

    def _listen(self) -> None:
        while not self.stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            viewer = _Viewer(self, line)
            self._viewers.append(viewer)


class _Viewer:
    """One connection: a thread that answers, and one that sends pictures once it plays."""

    def __init__(self, camera: RtspCamera, line: socket.socket) -> None:
        self._camera = camera
        self._fault = camera.fault
        self._line = line
        self._lock = Lock()  # an answer never stands inside a packet
        self._playing: Thread | None = None
        self._left = Event()
        self._answering = Thread(target=self._answer_all, name="rtsp viewer")
        self._answering.start()

    def end(self) -> None:
        """Hang up; returns when the threads are gone."""
        self._hang_up()
        self._answering.join()
        if self._playing is not None:
            self._playing.join()
        self._line.close()

    def _hang_up(self) -> None:
        self._left.set()
        with contextlib.suppress(OSError):  # the viewer may have gone first
            self._line.shutdown(socket.SHUT_RDWR)

    def _answer_all(self) -> None:
        with contextlib.suppress(OSError):  # the viewer has left
            for request in self._requests():
                self._answer(request)
        self._left.set()

    def _requests(self) -> Iterator[str]:
        """Yield each request's head; reports on reception ($, RFC 2326, 10.12) are passed over."""
        octets = b""
        while chunk := self._line.recv(4096):
            octets += chunk
            while octets:
                if octets[:1] == b"$":
                    length = 4 + int.from_bytes(octets[2:4])
                    if len(octets) < max(4, length):
                        break
                    octets = octets[length:]
                    continue
                head, end, rest = octets.partition(b"\r\n\r\n")
                if not end:
                    break
                yield head.decode("ascii")
                octets = rest
            if len(octets) > REQUEST_BYTES_MAX:
                return

    def _answer(self, request: str) -> None:
        first, *lines = request.split("\r\n")
        fields = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
        }
        method = first.partition(" ")[0]
        self._camera.asked.append(f"{method} {fields.get('transport', '')}".strip())
        status, more, body = self._said(method, fields)
        head = f"RTSP/1.0 {status}\r\nCSeq: {fields.get('cseq', '0')}\r\n{more}"
        self._send((f"{head}Content-Length: {len(body)}\r\n\r\n" + body).encode())
        if method == "PLAY" and self._playing is None:
            self._playing = Thread(target=self._play, name="rtsp pictures")
            self._playing.start()
        if method == "TEARDOWN":
            self._hang_up()

    def _said(self, method: str, fields: dict[str, str]) -> tuple[str, str, str]:
        """Return status, further header lines and body of the answer to a method."""
        known = f"Session: {SESSION}\r\n"
        said = {
            "OPTIONS": ("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
            "DESCRIBE": self._described(),
            "SETUP": ("200 OK", f"Transport: {_TRANSPORT};interleaved=0-1\r\n{known}", ""),
            "PLAY": ("200 OK", known, ""),
            "GET_PARAMETER": ("200 OK", known, ""),
            "TEARDOWN": ("200 OK", known, ""),
        }
        if method == "SETUP" and not fields.get("transport", "").startswith(_TRANSPORT):
            return "461 Unsupported Transport", "", ""
        return said.get(method, ("501 Not Implemented", "", ""))

    def _described(self) -> tuple[str, str, str]:
        match self._fault:
            case RtspFault.REFUSES:
                return "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n', ""
            case RtspFault.REDIRECTS:
                return "302 Found", f"Location: {self._camera.elsewhere}\r\n", ""
            case _:
                return "200 OK", "Content-Type: application/sdp\r\n", _SDP

    def _play(self) -> None:
        number = picture = 0
        with contextlib.suppress(OSError):  # the viewer has left
            while not self._left.wait(1 / FPS) and not self._camera.stopped.is_set():
                stamp = picture * CLOCK_HZ // FPS
                parts = list(packets(self._camera.jpeg, number=number, timestamp=stamp, ssrc=SSRC))
                number, picture = number + len(parts), picture + 1
                if not self._send_picture(parts, picture):
                    return

    def _send_picture(self, parts: list[bytes], picture: int) -> bool:
        """Send one picture in the way of the fault; return whether more are to come."""
        is_late = picture > FPS // 2  # after half a second of good pictures
        for place, part in enumerate(parts):
            if self._fault is RtspFault.STALLS and is_late:
                return False
            if self._fault is RtspFault.TEARS_DOWN and is_late and place:
                self._hang_up()
                return False
            if self._fault is RtspFault.LOSES and place % 3 == 2:
                continue
            noise = b"\x00\xff noise" * 40 if self._fault is RtspFault.RAMBLES else b""
            self._send(struct.pack("!cBH", b"$", 0, len(part)) + part + noise)
        return True

    def _send(self, octets: bytes) -> None:
        with self._lock:
            self._line.sendall(octets)


_SDP = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=camera",
        "t=0 0",
        "a=control:*",
        "m=video 0 RTP/AVP 26",
        f"a=framerate:{FPS}",
        "a=control:track1",
        "",
    )
)
