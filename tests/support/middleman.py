"""An HTTP server that stands where the centre should, or between it and the terminal."""

import http.client
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_POLL_S = 0.01
_DRIP_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer; None in its place is a connection that breaks off."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """An answer that never ends: octets as they are, and then the same few again and again."""

    first: bytes
    then: bytes


# Headers, and a body, that come too slowly for anybody to wait for, and never stop coming.
SLOW_HEAD = Drip(first=b"HTTP/1.1 200 OK\r\nx-a: b", then=b"c")
SLOW_BODY = Drip(first=b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", then=b"c")
SLOW_BODY_WITHOUT_LENGTH = Drip(first=b"HTTP/1.0 200 OK\r\n\r\n", then=b"c")

Answer = Callable[[Asked], Told | Drip | None]


class Middleman:
    """Answers every request by `answer`, on loopback, until the block ends."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.drips = Event()  # an answer without end has begun
        self.ended = Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.man = self
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_S,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    man: Middleman


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(method=self.command, path=self.path, headers=headers, body=body)
        self.server.man.asked.append(asked)
        told = self.server.man.answer(asked)
        self.close_connection = True
        match told:
            case Told():
                self._tell(told)
            case Drip():
                self._drip(told)
            case None:
                return

    def _tell(self, told: Told) -> None:
        self.send_response(told.status)
        for name, value in {"content-length": str(len(told.body)), **told.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told.body)

    def _drip(self, drip: Drip) -> None:
        man = self.server.man
        with suppress(OSError):  # whoever asked has gone
            self.wfile.write(drip.first)
            man.drips.set()
            while not man.ended.wait(_DRIP_S):
                self.wfile.write(drip.then)

    do_POST = do_GET  # noqa: N815  # http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Stay silent."""


def forward(url: str, asked: Asked) -> Told:
    """Return what the centre at `url` answers to a request handed on as it came."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    try:
        connection.request(asked.method, asked.path, body=asked.body, headers=dict(asked.headers))
        answer = connection.getresponse()
        kept = {"content-type", "etag", "retry-after"}
        headers = {n.lower(): v for n, v in answer.getheaders() if n.lower() in kept}
        return Told(status=answer.status, body=answer.read(), headers=headers)
    finally:
        connection.close()
