"""What the doctor says of a serial port."""

import re
from collections.abc import Iterator
from pathlib import Path

from terminal.finding import Finding, ok, port, warn

# Names by maker and serial number, and by the socket a device is plugged into (systemd's udev
# rules): the second kind serves where devices have no serial number.
STABLE_FOLDERS = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))

# Numbered in the order in which they are found.
_NUMBERED = re.compile(r"/dev/tty(USB|ACM)[0-9]+")


def port_findings(
    check: str, name: str, folders: tuple[Path, ...] = STABLE_FOLDERS
) -> Iterator[Finding]:
    """Yield whether the port is there, and whether its name will stay the same."""
    yield port(check, name)
    if not _NUMBERED.fullmatch(name):
        return
    stable = stable_name(Path(name), folders)
    remedy = "ls -l /dev/serial/by-id /dev/serial/by-path, and name it as it is called there"
    yield warn(
        check,
        f"{name} may be another device after a restart",
        remedy if stable is None else f"name it {stable}",
    )


def pulse_finding(check: str, name: str) -> Finding:
    """Return that a gate's pulse is timed by the daemon, and which gates do better."""
    return ok(
        check,
        f"{name}: the daemon times the gate's pulse; a board that times its own (gate.kind"
        " modbus, with flash-on) also closes where this machine dies meanwhile",
    )


def stable_name(device: Path, folders: tuple[Path, ...] = STABLE_FOLDERS) -> Path | None:
    """Return the first name in `folders` that leads to `device`, or None."""
    links = (link for folder in folders if folder.is_dir() for link in sorted(folder.iterdir()))
    return next((link for link in links if link.resolve() == device.resolve()), None)
