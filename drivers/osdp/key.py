"""The key of a secure channel (SCBK): read from a file that nobody else may read, never shown."""

import os
import re
import stat
from pathlib import Path

from drivers.base import DriverError

KEY_OCTETS = 16  # AES-128
# 32 hexadecimal digits and a line end; a file with more is something else.
_FILE_OCTETS_MAX = 64
_HEX = re.compile(r"[0-9a-fA-F]{32}")
# What libosdp's manuals and other readers use in install mode (SCBK-D): known to everybody.
_DEFAULT_KEY = bytes(range(0x30, 0x40))


def read_key(path: Path) -> bytes | None:
    """Return the key; None: there is no such file.

    Raises:
        DriverError: others may read it, it is no key, or it is the one that everybody knows.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise DriverError(f"key file {path} can't be read ({fault.strerror})") from fault
    try:
        status = os.fstat(fd)
        octets = os.read(fd, _FILE_OCTETS_MAX) if stat.S_ISREG(status.st_mode) else b""
    finally:
        os.close(fd)
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise DriverError(f"key file {path} may be read by others: chmod 600 {path}")
    text = octets.decode("ascii", "replace").strip()
    if not _HEX.fullmatch(text):
        raise DriverError(f"key file {path} has not the 32 hexadecimal digits of a key (SCBK)")
    if (key := bytes.fromhex(text)) == _DEFAULT_KEY:
        raise DriverError(f"key file {path} has the default key that everybody knows: set another")
    return key


def write_key(path: Path, key: bytes) -> None:
    """Keep a key that the controller set, durably, for this user alone.

    Raises:
        DriverError: it can't be kept.
    """
    if len(key) != KEY_OCTETS or key == _DEFAULT_KEY:
        raise DriverError("the controller set no key of its own")
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as fault:
        raise DriverError(f"key file {path} can't be written ({fault.strerror})") from fault
