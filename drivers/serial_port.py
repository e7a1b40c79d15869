"""The one door of pyserial: serial ports that fail in our words."""

import errno
import os
import termios
from types import TracebackType
from typing import Self

import serial

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError

# A read takes what has come, and at 115,200 baud this is a third of a second's worth.
READ_BYTES_MAX = 4096

_MISSING = {errno.ENOENT, errno.ENXIO, errno.ENODEV}
_BUSY = {errno.EBUSY, errno.EAGAIN}  # TIOCEXCL, and the lock of exclusive=True
_DENIED = {errno.EACCES, errno.EPERM}


class SerialPort:
    """An open serial port, 8N1, ours alone; `poll` it, then read or write what goes at once.

    pyserial opens and sets up the line. Octets go by the descriptor: pyserial's own write
    spins while a line is full.

    Raises:
        DeviceMissing: there is no such port.
        DeviceBusy: another program holds it.
        DriverError: it may not be opened, or is no serial port.
    """

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        try:
            self._serial = serial.Serial(path, baud, timeout=0, write_timeout=0, exclusive=True)
        except (OSError, termios.error) as fault:  # SerialException is an OSError
            raise _opening_failed(path, fault) from fault
        except ValueError as fault:
            raise DriverError(
                f"serial port {path} cannot run at {baud} baud: correct it in the settings"
            ) from fault

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return int(self._serial.fileno())

    def read(self) -> bytes:
        """Return the octets that have come; call it when `poll` says that there are any.

        None then means a hang-up: the line is set up to return at once (VMIN 0).

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            octets = os.read(self.fileno(), READ_BYTES_MAX)
        except OSError as fault:
            raise self._lost() from fault
        if not octets:
            raise self._lost()
        return octets

    def write_some(self, octets: bytes) -> int:
        """Write as much as goes at once and return how much that was, maybe nothing.

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            return os.write(self.fileno(), octets)
        except BlockingIOError:
            return 0
        except OSError as fault:
            raise self._lost() from fault

    def discard_output(self) -> None:
        """Forget what was written and has not left, so that closing does not wait for it.

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
        except termios.error as fault:
            raise self._lost() from fault

    def close(self) -> None:
        """Free the port."""
        self._serial.close()

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
        return DeviceLost(f"serial port {self._path} went away: check the cable")


def _opening_failed(path: str, fault: OSError | termios.error) -> DriverError:
    number = fault.errno if isinstance(fault, OSError) else None
    if number in _MISSING:
        return DeviceMissing(
            f"serial port {path} is not there: check the cable and the port in the settings"
        )
    if number in _BUSY:
        return DeviceBusy(
            f"serial port {path} is held by another program: `fuser {path}` names it; end it"
        )
    if number in _DENIED:
        return DriverError(
            f"no permission to open serial port {path}: add the user to group dialout"
        )
    if number is None:  # it was opened, and could not be set up as a line
        return DriverError(f"{path} is no serial port: check the port in the settings")
    return DriverError(f"serial port {path} cannot be opened: {os.strerror(number)}")
