"""What a camera process does to itself before it looks at anything: less power, no way back."""

import ctypes
import os
import resource
import signal
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Self

from drivers.camera.messages import Message, MessageReader, encoded

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h, version 3: two sets of 32
# Where memory runs out, the kernel shall end this process before the daemon (proc(5): -1000 to
# 1000): it is back in a moment.
_OOM_SCORE = 500

_READ_BYTES_MAX = 65_536  # a pipe's usual size: one read takes all that waits


class Channel:
    """The process's line to the daemon; `send` may be called from any thread."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._reader = MessageReader()
        self._waiting: deque[Message] = deque()
        self._lock = threading.Lock()

    @classmethod
    def take_standard(cls) -> Self:
        """Take over standard input and output; what libraries print goes to standard error."""
        write_fd = os.dup(1)
        os.dup2(2, 1)
        return cls(0, write_fd)

    @property
    def read_fd(self) -> int:
        """Where messages come."""
        return self._read_fd

    @property
    def write_fd(self) -> int:
        """Where messages go."""
        return self._write_fd

    def receive(self) -> Message | None:
        """Wait for the next message; None when the daemon has gone.

        Raises:
            MalformedMessage: the daemon is of another version, or has a bug.
        """
        while not self._waiting:
            octets = os.read(self._read_fd, _READ_BYTES_MAX)
            if not octets:
                return None
            self._waiting.extend(self._reader.receive(octets))
        return self._waiting.popleft()

    def send(self, message: Message) -> None:
        """Send one message; waits while the daemon is busy.

        Raises:
            BrokenPipeError: the daemon has gone.
        """
        octets = encoded(message)
        with self._lock:
            while octets:
                octets = octets[os.write(self._write_fd, octets) :]


def settle(parent_pid: int) -> None:
    """Tie this process to the daemon's life, and give up what it never needs.

    It dies with the daemon's driver thread, has no capabilities and gains none by any program,
    leaves no core (which would hold pictures of people), writes no files, and can be looked into
    by no process of the same user: not by the other process of its camera either.

    Raises:
        OSError: the kernel refuses.
    """
    _offer_to_oom_killer()
    _drop_capabilities()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    if os.getppid() != parent_pid:
        sys.exit("the daemon ended while this process started")


def forbid_files() -> None:
    """Let no file, socket or pipe be opened from here on; those that are open stay."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def limit_files(descriptors: int) -> None:
    """Let no more descriptors be open than so many, those that are open among them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))


def limit_memory(more_bytes: int) -> None:
    """Let the address space grow by no more than `more_bytes` from here on."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def forbid_children() -> None:
    """Let no process and no thread be started from here on, where the user is not root."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _offer_to_oom_killer() -> None:
    file = Path("/proc/self/oom_score_adj")
    if int(file.read_text(encoding="ascii")) < _OOM_SCORE:  # lowering it is not for everybody
        file.write_text(str(_OOM_SCORE), encoding="ascii")


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked("capset", _libc().capset(header, none))


def _prctl(option: int, argument: int) -> None:
    _checked(f"prctl {option}", _libc().prctl(option, argument, 0, 0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(what: str, answer: int) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
