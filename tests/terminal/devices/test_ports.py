import os
from pathlib import Path

import pytest

from terminal.devices.ports import is_serial_line, port_findings, stable_name


def named(folder: Path, name: str, device: Path) -> Path:
    folder.mkdir(exist_ok=True)
    link = folder / name
    link.symlink_to(device)
    return link


def test_stable_name_is_found_by_the_maker_first_and_then_by_the_socket(tmp_path: Path) -> None:
    device, other = tmp_path / "ttyUSB0", tmp_path / "ttyUSB1"
    device.touch()
    other.touch()
    by_id, by_path = tmp_path / "by-id", tmp_path / "by-path"
    folders = (by_id, by_path)
    assert stable_name(device, folders) is None
    named(by_id, "usb-other-if00", other)
    socket = named(by_path, "pci-usb-0:1:1.0", device)
    assert stable_name(device, folders) == socket
    maker = named(by_id, "usb-scanner-if00", device)
    assert stable_name(device, folders) == maker


def test_numbered_port_is_warned_of_and_its_stable_name_given(tmp_path: Path) -> None:
    port = "/dev/ttyACM77"
    link = named(tmp_path / "by-id", "usb-scanner-if00", Path(port))
    _, warning = port_findings("lane gate-1", port, (tmp_path / "by-id",))
    assert (warning.level, warning.remedy) == ("warn", f"name it {link}")
    _, warning = port_findings("lane gate-1", port, ())
    assert "ls -l /dev/serial/by-id" in warning.remedy


def test_port_with_a_name_that_stays_is_no_matter() -> None:
    for name in ("/dev/serial/by-id/usb-scanner-if00", "/dev/ttyS0", "/dev/scanner"):
        assert len(list(port_findings("lane gate-1", name, ()))) == 1


DRIVERS = """\
serial               /dev/ttyS       4 64-95 serial
console              /dev/tty        4 1-63 console
mem                  /dev/null       1 3 system
pty_slave            /dev/pts      136 0-1048575 pty:slave
"""


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_node_that_is_no_serial_line_is_not_taken_for_one(name: str) -> None:
    (found,) = port_findings("lane gate-1", name, ())
    assert (found.level, found.what) == ("fail", f"{name} is no such device")


def test_line_is_known_by_the_kernels_list_and_without_one_by_not_being_memory(
    tmp_path: Path,
) -> None:
    master, slave = os.openpty()
    port, drivers = Path(os.ttyname(slave)), tmp_path / "drivers"
    for text, is_line in ((DRIVERS, True), (DRIVERS.replace("136", "137"), False), ("\n", False)):
        drivers.write_text(text)
        assert is_serial_line(port, drivers) is is_line
    drivers.unlink()
    assert is_serial_line(port, drivers)
    assert not is_serial_line(Path("/dev/null"), drivers)
    assert not is_serial_line(tmp_path, drivers)
    os.close(master)
    os.close(slave)
