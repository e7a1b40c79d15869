import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.notify import STATE_BYTES_MAX, notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener, str(tmp_path / "notify")


def test_nobody_is_told_where_nobody_listens() -> None:
    assert not notify("READY=1", environment={})


def test_systemd_is_told_in_one_datagram(systemd: tuple[socket.socket, str]) -> None:
    listener, path = systemd
    assert notify("READY=1\nSTATUS=三条通道", environment={"NOTIFY_SOCKET": path})
    assert listener.recv(9_999).decode() == "READY=1\nSTATUS=三条通道"


def test_a_state_is_bounded(systemd: tuple[socket.socket, str]) -> None:
    listener, path = systemd
    notify("x" * 99_999, environment={"NOTIFY_SOCKET": path})
    assert len(listener.recv(99_999)) == STATE_BYTES_MAX


def test_an_abstract_socket_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("")  # the kernel chooses an abstract name (unix(7))
        listener.settimeout(5)
        name = listener.getsockname()[1:].decode()
        assert notify("READY=1", environment={"NOTIFY_SOCKET": f"@{name}"})
        assert listener.recv(99) == b"READY=1"


def test_a_socket_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        notify("READY=1", environment={"NOTIFY_SOCKET": str(tmp_path / "gone")})
