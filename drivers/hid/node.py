"""Device nodes of the kernel: opened for us alone, and failing in our words."""

import errno
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError

_MISSING = {errno.ENOENT, errno.ENXIO, errno.ENODEV}
_DENIED = {errno.EACCES, errno.EPERM}
_BUSY = {errno.EBUSY, errno.EAGAIN}
_OTHER_KIND = {errno.ENOTTY, errno.EINVAL, errno.ENOSYS}


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)


def _ioctl(fd: int, request: int, argument: int | bytearray) -> int:
    return fcntl.ioctl(fd, request, argument)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """What a driver asks of the kernel; a test brings its own answers."""

    open: Callable[[str], int] = _open
    ioctl: Callable[[int, int, int | bytearray], int] = _ioctl


KERNEL = Kernel()


class Node:
    """An open device node; `poll` it, then read.

    Args:
        path: best a name that stays when devices are renumbered.
        kind: what it should be, for the technician: "keyboard" or "hidraw device".
        read_octets_max: no read gives more; at least the largest message of the device.
        kernel: what opens it and answers its ioctls.

    Raises:
        DeviceMissing: there is no such node.
        DriverError: it may not be opened.
    """

    def __init__(
        self, path: str, *, kind: str, read_octets_max: int, kernel: Kernel = KERNEL
    ) -> None:
        self._path = path
        self._kind = kind
        self._read_octets_max = read_octets_max
        self._kernel = kernel
        try:
            self._fd = kernel.open(path)
        except OSError as fault:
            raise self._opening_failed(fault) from fault

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._fd

    def ask(self, request: int, argument: int | bytearray) -> int:
        """Return what an ioctl gives; a bytearray takes the kernel's answer.

        Raises:
            DeviceBusy: another program has what was asked for.
            DeviceLost: the device is gone.
            DriverError: this kind of node knows no such request.
        """
        try:
            return self._kernel.ioctl(self._fd, request, argument)
        except OSError as fault:
            if fault.errno in _BUSY:
                raise self._busy() from fault
            if fault.errno in _OTHER_KIND:
                raise DriverError(
                    f"{self._path} is no {self._kind}: check the device in the settings"
                ) from fault
            raise self._lost() from fault

    def lock(self) -> None:
        """Keep out whoever locks as well: another lane or another terminal's daemon.

        Raises:
            DeviceBusy: somebody else was first.
        """
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise self._busy() from fault

    def read(self) -> bytes:
        """Return what has come, maybe nothing; call it when `poll` says that there is something.

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            octets = os.read(self._fd, self._read_octets_max)
        except BlockingIOError:
            return b""
        except OSError as fault:
            raise self._lost() from fault
        if not octets:
            raise self._lost()
        return octets

    def write(self, octets: bytes) -> None:
        """Write one small message whole.

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            os.write(self._fd, octets)
        except OSError as fault:
            raise self._lost() from fault

    def close(self) -> None:
        """Free the node, and what was grabbed or locked by it."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"{self._kind} {self._path} went away: check the cable")

    def _busy(self) -> DeviceBusy:
        return DeviceBusy(
            f"{self._kind} {self._path} is held by another program: `fuser {self._path}` names it;"
            " end it"
        )

    def _opening_failed(self, fault: OSError) -> DriverError:
        if fault.errno in _MISSING:
            return DeviceMissing(
                f"{self._kind} {self._path} is not there: check the cable and the device in the"
                " settings"
            )
        if fault.errno in _DENIED:
            return DriverError(
                f"no permission to open {self._kind} {self._path}: let udev give it to group"
                " scan-terminal (docs/drivers.md, udev rules)"
            )
        why = os.strerror(fault.errno or 0)
        return DriverError(f"{self._kind} {self._path} cannot be opened: {why}")
