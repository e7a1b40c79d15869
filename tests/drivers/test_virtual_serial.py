import grp
import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial
from driver_peers import PATIENCE_S, Inbox

from drivers.answers import LINE_BYTES_MAX
from drivers.base import Condition, DeviceBusy, DriverError
from drivers.virtual_serial import PortAccess, VirtualPort, VirtualSerialAnswers

pytestmark = pytest.mark.usefixtures("no_fd_leak")


@contextmanager
def running(link: Path, inbox: Inbox, ending: bytes = b"\n") -> Iterator[VirtualSerialAnswers]:
    answers = VirtualSerialAnswers(link=str(link), access=PortAccess(), ending=ending)
    answers.start(inbox.report)
    try:
        yield answers
    finally:
        answers.stop()


def opened(link: Path) -> serial.Serial:
    """Open the port as a cash register's program does."""
    return serial.Serial(str(link), 9600, timeout=PATIENCE_S)


def test_a_program_that_only_knows_a_scanner_reads_whole_lines(
    tmp_path: Path, inbox: Inbox
) -> None:
    link = tmp_path / "till"
    with running(link, inbox, b"\r\n") as answers:
        assert "no program has" in inbox.wait_for(Condition.DOWN).detail
        with opened(link) as port:
            inbox.wait_for(Condition.UP)
            answers.send(b"grant;;0011")
            answers.send("通行".encode())
            assert port.read_until(b"\r\n") == b"grant;;0011\r\n"
            assert port.read_until(b"\r\n") == "通行\r\n".encode()
    assert answers.dropped == 0


@pytest.mark.slow
def test_the_port_survives_its_reader_and_keeps_nothing_for_the_next(
    tmp_path: Path, inbox: Inbox
) -> None:
    link = tmp_path / "till"
    with running(link, inbox) as answers:
        for number in range(3):
            inbox.wait_for(Condition.DOWN)
            with opened(link) as port:
                inbox.wait_for(Condition.UP)
                answers.send(f"answer {number}".encode())
                assert port.readline() == f"answer {number}\n".encode()
                port.write(b"trigger\r")  # what a program says to its scanner
                answers.send(b"nobody reads this one")
                assert select.select([port], [], [], PATIENCE_S)[0]
            where = str(link.readlink())
        assert str(link.readlink()) == where


@pytest.mark.slow
def test_answers_while_no_program_listens_are_dropped(tmp_path: Path, inbox: Inbox) -> None:
    link = tmp_path / "till"
    with running(link, inbox) as answers:
        inbox.wait_for(Condition.DOWN)
        answers.send(b"for somebody who has gone")
        while not answers.dropped:
            select.select([], [], [], 0.005)
        with opened(link) as port:
            inbox.wait_for(Condition.UP)
            answers.send(b"present")
            assert port.readline() == b"present\n"


@pytest.mark.slow
def test_a_program_that_does_not_read_is_reported_and_holds_up_nobody(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.virtual_serial.STUCK_MS_MAX", 200)
    link = tmp_path / "till"
    with running(link, inbox) as answers:
        inbox.wait_for(Condition.DOWN)
        port = opened(link)
        inbox.wait_for(Condition.UP)
        for _ in range(16):
            answers.send(b"x" * LINE_BYTES_MAX)
        assert "does not read" in inbox.wait_for(Condition.DOWN).detail
        port.close()


def test_the_port_is_given_to_whom_the_settings_name(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    with VirtualPort(tmp_path / "till", PortAccess(mode=0o660, group=group)) as port:
        status = Path(port.port).stat()
        assert stat.S_IMODE(status.st_mode) == 0o660
        assert status.st_gid == os.getgid()
    with pytest.raises(DriverError, match="no group nobody-is-in-it"):
        VirtualPort(tmp_path / "till", PortAccess(group="nobody-is-in-it"))


def test_the_link_goes_with_the_daemon_and_one_left_behind_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "till"
    link.symlink_to("/dev/pts/999999")
    with VirtualPort(link, PortAccess()) as port:
        assert str(link.readlink()) == port.port
    assert not os.path.lexists(link)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_link_of_ours_is_never_replaced(tmp_path: Path, kind: str) -> None:
    taken = tmp_path / "till"
    if kind == "file":
        taken.write_text("somebody's")
    elif kind == "folder":
        taken.mkdir()
    else:
        taken.symlink_to("/dev/ttyUSB0")
    with pytest.raises(DeviceBusy, match="something else already"):
        VirtualPort(taken, PortAccess())
    assert os.path.lexists(taken)


def test_a_link_taken_over_by_another_daemon_is_left_to_it(tmp_path: Path) -> None:
    link = tmp_path / "till"
    first = VirtualPort(link, PortAccess())
    with VirtualPort(link, PortAccess()) as second:
        first.close()
        assert str(link.readlink()) == second.port


def test_a_folder_that_is_missing_is_told(tmp_path: Path, inbox: Inbox) -> None:
    with running(tmp_path / "none" / "till", inbox):
        assert "name it in a folder" in inbox.wait_for(Condition.DOWN).detail
