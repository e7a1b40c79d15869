"""Programs that speak HTTP octet by octet, and may do everything wrong."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Return the code of a problem; empty: it is none."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        told: dict[str, Any] = json.loads(self.body) if is_problem else {}
        return str(told.get("code", ""))


@contextmanager
def connected(port: int, *octets: bytes) -> Iterator[socket.socket]:
    """Connect and send."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        for part in octets:
            connection.sendall(part)
        yield connection


def head(method: str, target: str, *fields: str, host: str = "localhost") -> bytes:
    """Return a head with these fields in this order."""
    named = () if host == "" else (f"Host: {host}",)
    return "\r\n".join([f"{method} {target} HTTP/1.1", *named, *fields, "", ""]).encode()


def answer(connection: socket.socket, *, method: str = "GET") -> Said:
    """Return the next answer."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Said(status=response.status, headers=headers, body=response.read())


def is_ended(connection: socket.socket) -> bool:
    """Return whether the connection was ended, without another word."""
    with suppress(ConnectionError):
        return connection.recv(1) == b""
    return True


def answered(port: int, *octets: bytes) -> list[Said]:
    """Return every answer until the connection ends, which the last octets must bring about."""
    found = []
    with connected(port, *octets) as connection, connection.makefile("rb") as file:
        while file.peek(1):
            with suppress(HTTPException):
                found.append(_read(file))
    return found


def _read(file: Any) -> Said:
    status = int(file.readline().split()[1])
    headers: dict[str, str] = {}
    while (line := file.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return Said(
        status=status, headers=headers, body=file.read(int(headers.get("content-length", "0")))
    )
