"""Lines to systemd's journal by its own protocol: one datagram each, with fields.

https://systemd.io/JOURNAL_NATIVE_PROTOCOL. Nobody waits for the journal: what it does not take at
once is written to standard error instead.
"""

import os
import socket
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from terminal.logs.line import Line

SOCKET = Path("/run/systemd/journal/socket")
IDENTIFIER = "scan-terminal"


def is_wanted(environment: Mapping[str, str], descriptor: int) -> bool:
    """Return whether the descriptor is the stream that systemd has connected to its journal.

    So says systemd.exec(5), JOURNAL_STREAM: one that was led elsewhere is another file.
    """
    try:
        about = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM", "") == f"{about.st_dev}:{about.st_ino}"


def datagram(line: Line) -> bytes:
    """Return a line in the protocol's form."""
    return b"".join(_field(name, value) for name, value in _fields(line))


def _fields(line: Line) -> Iterator[tuple[str, str]]:
    yield "MESSAGE", line.text
    yield "MESSAGE_ID", line.event.message_id
    yield "PRIORITY", str(line.priority)
    yield "SYSLOG_IDENTIFIER", IDENTIFIER
    yield "EVENT", line.event.name
    yield from line.fields.items()
    if line.suppressed:
        yield "SUPPRESSED", str(line.suppressed)
    if line.trace:
        yield "TRACE", line.trace


def _field(name: str, value: str) -> bytes:
    """Return one field; one of several lines is told by its length."""
    octets = value.encode("utf-8", "backslashreplace")
    if b"\n" not in octets:
        return name.encode() + b"=" + octets + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(octets)) + octets + b"\n"


class JournalSocket:
    """The way to the journal; `send` is called by one thread at a time."""

    def __init__(self, path: Path = SOCKET) -> None:
        """Connect to nothing: the journal may be started anew at any time."""
        self._path = str(path)
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_UNIX, kind)

    def send(self, line: Line) -> None:
        """Hand a line over.

        Raises:
            OSError: the journal is not there, or takes no more just now.
        """
        self._socket.sendto(datagram(line), self._path)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
