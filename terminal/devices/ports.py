"""What the doctor says of a serial port."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from terminal.diagnosis.finding import Finding, node, ok, warn

# Names by maker and serial number, and by the socket a device is plugged into (systemd's udev
# rules): the second kind serves where devices have no serial number.
STABLE_FOLDERS = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))

# Numbered in the order in which they are found.
_NUMBERED = re.compile(r"/dev/tty(USB|ACM)[0-9]+")

# What the kernel has drivers of terminals for, with their numbers and kinds (proc(5)).
TTY_DRIVERS = Path("/proc/tty/drivers")
# Real lines, USB's among them, and the ends of pseudo terminals that programs open.
_LINES = frozenset({"serial", "pty:slave"})
# Memory devices, /dev/null and /dev/zero among them (Linux devices.txt).
MEMORY_MAJOR = 1


def port_findings(
    check: str, name: str, folders: tuple[Path, ...] = STABLE_FOLDERS
) -> Iterator[Finding]:
    """Yield whether the port is there, and whether its name will stay the same."""
    yield node(check, name, Path(name), is_right=is_serial_line(Path(name)))
    if not _NUMBERED.fullmatch(name):
        return
    stable = stable_name(Path(name), folders)
    remedy = "ls -l /dev/serial/by-id /dev/serial/by-path, and name it as it is called there"
    yield warn(
        "device.name",
        check,
        f"{name} may be another device after a restart",
        remedy if stable is None else f"name it {stable}",
    )


def is_serial_line(path: Path, drivers: Path = TTY_DRIVERS) -> bool:
    """Return whether a node belongs to a serial line; nothing is opened, so no DTR moves.

    Args:
        path: the node.
        drivers: the kernel's list; where it can't be read, any character device but memory's
            counts.
    """
    try:
        found = path.stat()
        if not stat.S_ISCHR(found.st_mode):
            return False
    except OSError:
        return False
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    try:
        listed = drivers.read_text("ascii", "replace").splitlines()
    except OSError:
        return major != MEMORY_MAJOR
    return any(_is_of(line.split(), major, minor) for line in listed)


def _is_of(driver: list[str], major: int, minor: int) -> bool:
    """Return whether a number is one of a driver's: name, node, major, minors, kind."""
    if len(driver) < 5 or driver[-1] not in _LINES or driver[-3] != str(major):
        return False
    first, _, last = driver[-2].partition("-")
    return int(first) <= minor <= int(last or first)


def pulse_finding(check: str, name: str) -> Finding:
    """Return that a gate's pulse is timed by the daemon, and which gates do better."""
    return ok(
        "device.pulse",
        check,
        f"{name}: the daemon times the gate's pulse; a board that times its own (gate.kind"
        " modbus, with flash-on) also closes where this machine dies meanwhile",
    )


def stable_name(device: Path, folders: tuple[Path, ...] = STABLE_FOLDERS) -> Path | None:
    """Return the first name in `folders` that leads to `device`, or None."""
    links = (link for folder in folders if folder.is_dir() for link in sorted(folder.iterdir()))
    return next((link for link in links if link.resolve() == device.resolve()), None)
