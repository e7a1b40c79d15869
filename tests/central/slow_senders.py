"""Senders on sockets, who do one thing after the other, or stop in the middle."""

import gzip
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from itertools import count
from urllib.parse import urlsplit

from protocol.batch import CONTENT_TYPE, batch_octets
from protocol.http_signature import Request, sign_request
from protocol.keys import new_signing_key
from tests.central.peers import START, RunningCentre, Terminal, lines
from verifier.model import UnixSeconds

PATIENCE_S = 20
_MOMENTS = count(START)

Signer = Callable[[Terminal, Request], dict[str, str]]


def upload_body(terminal: Terminal) -> bytes:
    return gzip.compress(batch_octets(terminal.batch(lines(1, 1, 1), first=1)), mtime=0)


def honest(terminal: Terminal, request: Request) -> dict[str, str]:
    """Sign as an honest terminal does, whose tries have each a moment of their own."""
    now = UnixSeconds(next(_MOMENTS))
    return sign_request(request, key=terminal.key, key_id=terminal.name, now=now)


def unsigned(_: Terminal, __: Request) -> dict[str, str]:
    return {}


def forged(terminal: Terminal, request: Request) -> dict[str, str]:
    return sign_request(request, key=new_signing_key(), key_id=terminal.name, now=START)


def by_another(terminal: Terminal, request: Request) -> dict[str, str]:
    return sign_request(request, key=terminal.key, key_id="gate-other", now=START)


def without_digest(terminal: Terminal, request: Request) -> dict[str, str]:
    signed = honest(terminal, request)
    del signed["content-digest"]
    return signed


def upload_head(terminal: Terminal, signer: Signer = honest, **more: str) -> bytes:
    """Return the head of an upload, ready to be sent before its body."""
    body = upload_body(terminal)
    own = {"content-type": CONTENT_TYPE, "content-encoding": "gzip"}
    signed = signer(terminal, Request(method="POST", path=terminal.path, headers=own, body=body))
    fields = {"host": "centre", "content-length": str(len(body))} | own | signed | more
    rows = [f"POST {terminal.path} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    return "\r\n".join([*rows, "", ""]).encode()


@contextmanager
def sending(centre: RunningCentre, heads: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """Open a connection for each head and send it."""
    address = urlsplit(centre.url)
    with ExitStack() as stack:
        opened = []
        for head in heads:
            connection = socket.create_connection((address.hostname, address.port), PATIENCE_S)
            opened.append(stack.enter_context(connection))
            connection.sendall(head)
        yield opened


def is_asked_for_its_body(connection: socket.socket) -> bool:
    """Return whether 100 Continue comes, which says that the body is waited for."""
    start = connection.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)
    assert start.startswith(b"HTTP/1.1 ")
    return start == b"HTTP/1.1 100"


def answer_on(connection: socket.socket) -> HTTPResponse:
    answer = HTTPResponse(connection)
    answer.begin()  # it passes over 100 Continue
    return answer


def pass_over_continue(connection: socket.socket) -> None:
    while not connection.recv(4096).endswith(b"\r\n\r\n"):
        pass
