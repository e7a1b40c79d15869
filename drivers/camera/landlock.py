"""The one door to Landlock: which files and ports a process may reach, by path and for good.

A seccomp filter sees numbers, not names: it can let a process open files or not. The capture
process must open some, and runs as the user who owns the terminal's keys. Numbers and layouts
are those of linux/landlock.h; kernels before 5.13 lack it, and rules that one does not know yet
are left out.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# The same on every architecture (asm-generic/unistd.h).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2

_WRITE_FILE, _READ_FILE, _READ_DIR, _IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_CONNECT_TCP = 1 << 1
# How many of the rights over files each version knows: it refuses those it does not.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW = 16
_NET_SINCE = 4
_NET_RIGHTS = 0b11  # bind, connect
_SCOPES_SINCE = 6
_SCOPES = 0b11  # abstract sockets, signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a process may still reach by name; what is open already stays open."""

    read: tuple[Path, ...]  # files, and folders with all that is in them; what is missing is left
    use: tuple[Path, ...] = ()  # the same, to write and for ioctl as well: devices
    ports: tuple[int, ...] = ()  # TCP ports to connect to, on whatever host


def landlock_version() -> int:
    """Return the version that the kernel speaks; 0: it has none, or it is switched off."""
    version = _syscall(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)
    return max(version, 0)


def restrict(reach: Reach) -> bool:
    """Hold this thread, and those it starts from here on, to `reach`; return whether it could be.

    The process must have given up new privileges first (PR_SET_NO_NEW_PRIVS).

    Raises:
        OSError: the kernel has Landlock and refuses.
    """
    version = landlock_version()
    if not version:
        return False
    files = (1 << _FILE_RIGHTS.get(version, _FILE_RIGHTS_NOW)) - 1
    handled = struct.pack(
        "=QQQ",
        files,
        _NET_RIGHTS if version >= _NET_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )
    rules = _checked(_syscall(_CREATE_RULESET, handled, len(handled), 0))
    try:
        _add_paths(rules, reach.read, (_READ_FILE | _READ_DIR) & files)
        _add_paths(rules, reach.use, (_READ_FILE | _READ_DIR | _WRITE_FILE | _IOCTL_DEV) & files)
        for port in reach.ports if version >= _NET_SINCE else ():
            rule = struct.pack("=QQ", _CONNECT_TCP, port)
            _checked(_syscall(_ADD_RULE, rules, _RULE_NET_PORT, rule, 0))
        _checked(_syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return True


def _add_paths(rules: int, paths: Iterable[Path], rights: int) -> None:
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            _add_path(rules, path, rights)


def _add_path(rules: int, path: Path, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        own = rights if path.is_dir() else rights & ~_READ_DIR  # a file has no entries to list
        _checked(_syscall(_ADD_RULE, rules, _RULE_PATH_BENEATH, struct.pack("=Qi", own, fd), 0))
    finally:
        os.close(fd)


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(libc.syscall(ctypes.c_long(number), *given))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number or errno.EINVAL, f"Landlock: {os.strerror(number)}")
    return answer
