"""A network camera with a fault: MJPEG over HTTP as no camera should speak it, until it is mended."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from threading import Event, Thread
from types import TracebackType
from typing import Self

from simulator.mjpeg import BOUNDARY

FRAME_S = 0.03
HUGE_BYTES = 100_000_000
CHUNK = bytes(65_536)
POLL_S = 0.05  # how long the listening thread may overlook `stop`


class Fault(Enum):
    """What a bad camera does after its first good picture, or instead of it."""

    NONE = "it is well"
    STALLS = "stops in the middle of a picture, and keeps the connection"
    CUTS = "hangs up in the middle of a picture"
    HALVES = "sends the first half of each picture as if it were whole"
    NOISE = "sends noise where pictures should be"
    SHORT_LENGTH = "says that pictures are shorter than they are"
    LONG_LENGTH = "says that pictures are longer than they are"
    ENDLESS_HEADER = "sends a header that does not end"
    TRICKLES = "sends an octet now and then"
    CLOSES = "hangs up at once"
    REDIRECTS = "sends its viewers elsewhere"
    HUGE_PART = "sends a picture of 100 MB"
    HUGE_SIZE = "sends a small picture that says it is 65,500 pixels wide and high"
    PLAYLIST = "sends a list of other places instead of pictures"
    FLOODS = "sends pictures as fast as the line takes them"
    PAGE = "answers with a page for people"


class _Answers:
    """What a camera says to one viewer; each fault is a method, and the line breaks where it ends."""

    def __init__(self, jpeg: bytes, elsewhere: str, stopped: Event) -> None:
        self._jpeg = jpeg
        self._elsewhere = elsewhere
        self._stopped = stopped

    def _head(self) -> bytes:
        return (
            b"HTTP/1.0 200 OK\r\n"
            b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY.encode() + b"\r\n\r\n"
        )

    def _part(self, octets: bytes, *, length: int | None = None) -> bytes:
        told = len(octets) if length is None else length
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {told}\r\n\r\n"
        return head.encode() + octets + b"\r\n"

    def well(self) -> Iterator[bytes]:
        yield self._head()
        while True:
            yield self._part(self._jpeg)
            self._stopped.wait(FRAME_S)

    def stalls(self) -> Iterator[bytes]:
        yield self._head() + self._part(self._jpeg)
        yield self._part(self._jpeg)[: len(self._jpeg) // 2]
        self._stopped.wait()

    def cuts(self) -> Iterator[bytes]:
        yield self._head() + self._part(self._jpeg) * 2
        yield self._part(self._jpeg)[: len(self._jpeg) // 2]

    def _repeats(self, part: bytes, *, pause_s: float = FRAME_S) -> Iterator[bytes]:
        yield self._head()
        while True:
            yield part
            self._stopped.wait(pause_s)

    def halves(self) -> Iterator[bytes]:
        return self._repeats(self._part(self._jpeg[: len(self._jpeg) // 2]))

    def noise(self) -> Iterator[bytes]:
        noise = bytes(number * number % 251 for number in range(5_000))
        return self._repeats(self._part(noise))

    def short_length(self) -> Iterator[bytes]:
        return self._repeats(self._part(self._jpeg, length=len(self._jpeg) // 2))

    def long_length(self) -> Iterator[bytes]:
        return self._repeats(self._part(self._jpeg, length=len(self._jpeg) + 500))

    def endless_header(self) -> Iterator[bytes]:
        yield b"HTTP/1.0 200 OK\r\n"
        while True:
            yield b"X-More: " + b"x" * 1000 + b"\r\n"

    def trickles(self) -> Iterator[bytes]:
        yield self._head()
        for at in range(len(self._jpeg)):
            yield self._part(self._jpeg)[at : at + 1]
            self._stopped.wait(FRAME_S)

    def closes(self) -> Iterator[bytes]:
        return iter(())

    def redirects(self) -> Iterator[bytes]:
        yield f"HTTP/1.0 302 Found\r\nLocation: {self._elsewhere}\r\n\r\n".encode()

    def huge_part(self) -> Iterator[bytes]:
        yield self._head() + self._part(b"", length=HUGE_BYTES)[:-2]
        yield self._jpeg
        for _ in range(HUGE_BYTES // len(CHUNK)):
            yield CHUNK

    def huge_size(self) -> Iterator[bytes]:
        at = self._jpeg.index(b"\xff\xc0") + 5  # lines and columns, ITU-T T.81, B.2.2
        side = (65_500).to_bytes(2)
        return self._repeats(self._part(self._jpeg[:at] + side * 2 + self._jpeg[at + 4 :]))

    def playlist(self) -> Iterator[bytes]:
        yield b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n"
        yield b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + self._elsewhere.encode() + b"\n"

    def floods(self) -> Iterator[bytes]:
        return self._repeats(self._part(self._jpeg) * 10, pause_s=0)

    def page(self) -> Iterator[bytes]:
        yield b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Camera 7</html>"


_WAYS: Mapping[Fault, Callable[[_Answers], Iterator[bytes]]] = {
    Fault.NONE: _Answers.well,
    Fault.STALLS: _Answers.stalls,
    Fault.CUTS: _Answers.cuts,
    Fault.HALVES: _Answers.halves,
    Fault.NOISE: _Answers.noise,
    Fault.SHORT_LENGTH: _Answers.short_length,
    Fault.LONG_LENGTH: _Answers.long_length,
    Fault.ENDLESS_HEADER: _Answers.endless_header,
    Fault.TRICKLES: _Answers.trickles,
    Fault.CLOSES: _Answers.closes,
    Fault.REDIRECTS: _Answers.redirects,
    Fault.HUGE_PART: _Answers.huge_part,
    Fault.HUGE_SIZE: _Answers.huge_size,
    Fault.PLAYLIST: _Answers.playlist,
    Fault.FLOODS: _Answers.floods,
    Fault.PAGE: _Answers.page,
}


class BadCamera:
    """A camera at `url` on loopback that has one fault until `mend` is called.

    Args:
        jpeg: the picture that it shows.
        fault: what is wrong with it.
        elsewhere: where it sends its viewers, by redirect or playlist.
    """

    def __init__(self, jpeg: bytes, fault: Fault, *, elsewhere: str = "") -> None:
        self._fault = fault
        self._stopped = Event()
        self._answers = _Answers(jpeg, elsewhere, self._stopped)
        self._viewers: list[tuple[Thread, socket.socket]] = []
        self.served = 0  # connections
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self._thread = Thread(target=self._listen, name="bad camera")

    @property
    def url(self) -> str:
        """The address to give to a camera driver."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/stream"

    def mend(self) -> None:
        """Serve well from the next connection on."""
        self._fault = Fault.NONE

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._listener.close()
        for thread, line in self._viewers:
            with contextlib.suppress(OSError):  # the viewer may have gone first
                line.shutdown(socket.SHUT_RDWR)
            thread.join()
            line.close()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.served += 1
            viewer = Thread(target=self._serve, args=(line,), name="bad camera's viewer")
            self._viewers.append((viewer, line))
            viewer.start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the viewer has left
            line.recv(4096)
            for octets in _WAYS[self._fault](self._answers):
                line.sendall(octets)
                if self._stopped.is_set():
                    break
            line.shutdown(socket.SHUT_RDWR)
