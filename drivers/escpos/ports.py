"""How a printer is reached: a serial line, a node such as /dev/usb/lp0, or TCP port 9100."""

import errno
import os
import socket
import stat
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError
from drivers.serial_port import Line, SerialPort

# A printer on the same network answers in milliseconds; the daemon's end waits for this once.
CONNECT_S_MAX = 2.0
# Answers have a few octets.
READ_BYTES_MAX = 256


class PrinterPort(Protocol):
    """A printer's line, open; what is said of `SerialPort` holds of each."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        ...

    def read(self) -> bytes:
        """Return what the printer said; call it when `poll` says that there is something."""
        ...

    def write_some(self, octets: bytes) -> int:
        """Write as much as goes at once and return how much that was, maybe nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class _Descriptor:
    """A printer behind a descriptor that never blocks, which is closed at the end."""

    def __init__(self, name: str, fd: int) -> None:
        self._name, self._fd = name, fd

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._fd

    def read(self) -> bytes:
        """Return what the printer said.

        Raises:
            DeviceLost: it is gone.
        """
        try:
            octets = os.read(self._fd, READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        except OSError as fault:
            raise self._lost() from fault
        if not octets:
            raise self._lost()
        return octets

    def write_some(self, octets: bytes) -> int:
        """Write as much as goes at once.

        Raises:
            DeviceLost: the printer is gone.
        """
        try:
            return os.write(self._fd, octets)
        except BlockingIOError:
            return 0
        except OSError as fault:
            raise self._lost() from fault

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"printer {self._name} went away: check cable and power")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)


def serial_printer(path: str, baud: int, *, is_rts_cts: bool) -> Callable[[], PrinterPort]:
    """Return what opens a printer on a serial line."""
    line = Line(baud=baud, flow="rts-cts" if is_rts_cts else "none")
    return lambda: SerialPort(path, line)


def node_printer(path: str) -> Callable[[], PrinterPort]:
    """Return what opens a printer by its node, which takes octets as they are."""
    return lambda: _Descriptor(path, _opened_node(path))


def network_printer(host: str, port: int) -> Callable[[], PrinterPort]:
    """Return what connects to a printer on the network."""
    return lambda: _Descriptor(f"{host}:{port}", _connected(host, port))


def _opened_node(path: str) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        raise _opening_failed(path, fault) from fault
    if not stat.S_ISCHR(os.fstat(fd).st_mode):
        os.close(fd)
        raise DriverError(f"{path} is no printer's node: name one such as /dev/usb/lp0")
    return fd


def _opening_failed(path: str, fault: OSError) -> DriverError:
    match fault.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return DeviceMissing(f"printer {path} is not there: check cable and power")
        case errno.EBUSY:
            return DeviceBusy(f"printer {path} is held by another program: is it CUPS?")
        case errno.EACCES | errno.EPERM:
            return DriverError(f"no permission to open printer {path}: add the user to group lp")
    return DriverError(f"printer {path} can't be opened: {fault.strerror}")


def _connected(host: str, port: int) -> int:
    try:
        line = socket.create_connection((host, port), CONNECT_S_MAX)
    except OSError as fault:
        raise DeviceMissing(
            f"printer {host}:{port} does not answer: check its power, cable and address"
        ) from fault
    line.setblocking(False)
    return line.detach()
