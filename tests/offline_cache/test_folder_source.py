"""A stick from anybody: what lies on it need be no file, and no copy."""

import fcntl
import os
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_cache.trust_client.folder import FolderSource
from verifier.errors import TrustError

TIOCGPTN, TIOCSPTLCK = 0x80045430, 0x40045431  # asm-generic/ioctls.h


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "metadata").mkdir()
    return tmp_path


@pytest.fixture
def line(stick: Path) -> Iterator[int]:
    """A serial line that a link on the stick leads to; its other end, which sees who opens it."""
    other = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(other, TIOCSPTLCK, struct.pack("i", 0))
    (number,) = struct.unpack("I", fcntl.ioctl(other, TIOCGPTN, bytes(4)))
    (stick / "metadata" / "timestamp.json").symlink_to(f"/dev/pts/{number}")
    yield other
    os.close(other)


def read(stick: Path, limit: int = 100) -> bytes | None:
    return FolderSource(stick).metadata("timestamp.json", limit=limit, known=b"held")


def test_a_file_is_read_up_to_its_limit(stick: Path) -> None:
    (stick / "metadata" / "timestamp.json").write_bytes(bytes(100))
    assert read(stick) == bytes(100)
    with pytest.raises(TrustError, match="larger than 99 octets"):
        read(stick, 99)


def test_a_file_that_is_not_there_is_none(stick: Path) -> None:
    assert read(stick) is None
    (stick / "metadata" / "timestamp.json").symlink_to("nowhere")
    assert read(stick) is None


def test_a_device_that_a_link_leads_to_is_not_even_opened(stick: Path, line: int) -> None:
    """To open a relay's line switches it, and to open a watchdog starts it."""
    with pytest.raises(TrustError, match=r"timestamp\.json is no file"):
        read(stick)
    poll = select.poll()
    poll.register(line, select.POLLHUP)
    assert poll.poll(0) == [], "somebody opened the line, and closed it"


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "endless"])
def test_what_is_no_file_is_told_by_its_name(stick: Path, kind: str) -> None:
    path = stick / "metadata" / "timestamp.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(TrustError, match=r"timestamp\.json is no file"):
        read(stick)
