import errno
import fcntl
import os
import select
import termios
from pathlib import Path
from typing import Any

import pytest
from driver_peers import PATIENCE_S, PtyPeer

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError
from drivers.serial_port import (
    EMPTY_READS_MAX,
    Line,
    SerialPort,
    _opening_failed,
    give_back,
    take_alone,
)

pytestmark = pytest.mark.usefixtures("no_fd_leak")

SLOW = Line(baud=9600)


def test_octets_go_both_ways(pty_peer: PtyPeer) -> None:
    with SerialPort(str(pty_peer.path), Line()) as port:
        octets = bytes(range(256))
        assert port.write_some(octets) == 256
        assert pty_peer.read(256) == octets
        pty_peer.write(octets)
        came = b""
        while len(came) < 256:
            assert select.select([port], [], [], PATIENCE_S)[0]
            came += port.read()
        assert came == octets


def test_missing_port_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceMissing, match=r"serial port .*/none is not there: check the cable"):
        SerialPort(str(tmp_path / "none"), SLOW)


def test_port_that_we_hold_is_busy(pty_peer: PtyPeer) -> None:
    path = str(pty_peer.path)
    with SerialPort(path, SLOW), pytest.raises(DeviceBusy, match="held by another program"):
        SerialPort(path, SLOW)
    SerialPort(path, SLOW).close()


def test_port_that_another_program_locked_is_busy(pty_peer: PtyPeer) -> None:
    other = os.open(pty_peer.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    try:
        with pytest.raises(DeviceBusy, match="fuser"):
            SerialPort(str(pty_peer.path), SLOW)
    finally:
        os.close(other)


def test_file_is_no_serial_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(DriverError, match="is no serial port"):
        SerialPort(str(path), SLOW)


def test_speed_that_no_port_has_is_said(pty_peer: PtyPeer) -> None:
    with pytest.raises(DriverError, match="cannot run at -1 baud"):
        SerialPort(str(pty_peer.path), Line(baud=-1))


def test_directory_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="cannot be opened: Is a directory"):
        SerialPort(str(tmp_path), SLOW)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_forbidden_port_names_the_group(number: int) -> None:
    """Root may open everything, so the kernel's answer is made up here."""
    fault = _opening_failed("/dev/ttyUSB0", OSError(number, "no"))
    assert str(fault) == (
        "no permission to open serial port /dev/ttyUSB0: add the user to group dialout"
    )


def test_unplugged_port_is_lost_in_reading_and_writing(pty_peer: PtyPeer) -> None:
    with SerialPort(str(pty_peer.path), SLOW) as port:
        pty_peer.unplug()
        with pytest.raises(DeviceLost, match="went away"):
            port.read()
        with pytest.raises(DeviceLost, match="went away"):
            port.write_some(b"x")


def test_octets_that_another_program_took_first_are_no_hang_up(pty_peer: PtyPeer) -> None:
    """Else a scanner whose octets are stolen is said to be unplugged."""
    with SerialPort(str(pty_peer.path), SLOW) as port:
        for _ in range(EMPTY_READS_MAX):
            assert port.read() == b""
        pty_peer.write(b"x")
        assert select.select([port], [], [], PATIENCE_S)[0]
        assert port.read() == b"x"
        for _ in range(EMPTY_READS_MAX):
            assert port.read() == b""
        with pytest.raises(DeviceLost):
            port.read()


def test_device_that_goes_while_it_is_opened_is_lost(
    pty_peer: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test can unplug it in that very moment, so the kernel's answer is made up."""

    def gone(_fd: int) -> os.stat_result:
        raise OSError(errno.EIO, "gone")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", gone)
        with pytest.raises(DeviceLost, match="went away"):
            SerialPort(str(pty_peer.path), SLOW)


def test_full_line_takes_nothing_and_can_be_emptied(pty_peer: PtyPeer) -> None:
    with SerialPort(str(pty_peer.path), SLOW) as port:
        while port.write_some(b"x" * 4096):
            pass
        port.discard_output()
        assert port.write_some(b"y") == 1


@pytest.mark.parametrize("flow", ["none", "rts-cts", "xon-xoff"])
@pytest.mark.parametrize("parity", ["none", "even", "odd"])
def test_line_is_set_up_as_asked(pty_peer: PtyPeer, flow: Any, parity: Any) -> None:
    line = Line(baud=19200, data_bits=7, parity=parity, stop_bits=2, flow=flow, dtr=False)
    with SerialPort(str(pty_peer.path), line) as port:
        iflag, _, cflag, _, ispeed, ospeed, _ = termios.tcgetattr(port.fileno())
    assert (ispeed, ospeed) == (termios.B19200, termios.B19200)
    assert bool(cflag & termios.CSTOPB)
    assert bool(iflag & termios.IXON) is (flow == "xon-xoff")
    # A pseudo terminal keeps eight bits and no parity, whatever it is told.
    assert cflag & termios.CSIZE == termios.CS8


def test_marked_line_is_busy_even_for_root(pty_peer: PtyPeer) -> None:
    """Root may open a line that is marked as taken, so it is asked whether it is."""
    other = os.open(pty_peer.path, os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.ioctl(other, termios.TIOCEXCL)
        with pytest.raises(DeviceBusy, match="held by another program"):
            SerialPort(str(pty_peer.path), SLOW)
        give_back(other)
        SerialPort(str(pty_peer.path), SLOW).close()
    finally:
        os.close(other)


def test_pseudo_terminal_is_not_marked(pty_peer: PtyPeer) -> None:
    """Its other end holds it open, and would keep the mark for our next start."""
    with SerialPort(str(pty_peer.path), SLOW):
        os.close(os.open(pty_peer.path, os.O_RDWR | os.O_NOCTTY))
        other = os.open(pty_peer.path, os.O_RDWR | os.O_NOCTTY)
        try:
            assert take_alone(other)
        finally:
            os.close(other)


def test_line_is_marked_once_and_until_it_is_given_back() -> None:
    """The first end of a pseudo terminal is marked as a serial port is."""
    first, second = os.openpty()
    try:
        assert take_alone(first)
        assert not take_alone(first)
        give_back(first)
        assert take_alone(first)
    finally:
        os.close(first)
        os.close(second)


def test_line_that_is_gone_has_no_mark_to_take_off(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR)
    give_back(fd)
    os.close(fd)
