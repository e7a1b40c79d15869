"""The one door of pyserial: serial ports that fail in our words."""

import errno
import fcntl
import os
import select
import struct
import termios
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import serial

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError

# A read takes what has come, and at 115,200 baud this is a third of a second's worth.
READ_BYTES_MAX = 4096

# Another program may be quicker now and then; what says so often, one time after the other, that
# there is something to read where there is nothing, is broken, and would keep us busy.
EMPTY_READS_MAX = 100

# Asks whether a line is marked as taken (linux/asm-generic/ioctls.h); termios has no name for it.
_TIOCGEXCL = 0x80045440
# Major numbers of the ends of pseudo terminals that programs open (Linux devices.txt).
_PSEUDO_MAJORS = range(136, 144)

_PARITY = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}

_MISSING = {errno.ENOENT, errno.ENXIO, errno.ENODEV}
_BUSY = {errno.EBUSY, errno.EAGAIN}  # TIOCEXCL, and the lock of exclusive=True
_DENIED = {errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a serial line is set up."""

    baud: int = 115_200
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd", "mark", "space"] = "none"
    stop_bits: Literal[1, 2] = 1
    # xon-xoff takes the octets 11 and 13 (hex) out of the stream: not for binary codes.
    flow: Literal["none", "rts-cts", "xon-xoff"] = "none"
    dtr: bool = True  # at the opening; some scanners are powered or woken by it
    rts: bool = True  # the same; without meaning with flow rts-cts


class SerialPort:
    """An open serial port, ours alone; `poll` it, then read or write what goes at once.

    Others are kept away twice: by flock, which stops whoever asks for it, and by TIOCEXCL, which
    stops whoever is not root. pyserial opens and sets up the line. Octets go by the descriptor: pyserial's own write
    spins while a line is full.

    Raises:
        DeviceMissing: there is no such port.
        DeviceBusy: another program holds it.
        DeviceLost: it went away again at once.
        DriverError: it may not be opened, or is no serial port.
    """

    def __init__(self, path: str, line: Line) -> None:
        self._path = path
        try:
            self._serial = _opened(path, line)
        except (OSError, termios.error) as fault:  # SerialException is an OSError
            raise _opening_failed(path, fault) from fault
        except ValueError as fault:
            raise DriverError(
                f"serial port {path} cannot run at {line.baud} baud, {line.data_bits} data bits,"
                f" parity {line.parity}: correct it in the settings"
            ) from fault
        try:
            is_ours = take_alone(self.fileno())
        except OSError as fault:  # unplugged since
            self._serial.close()
            raise self._lost() from fault
        if not is_ours:
            self._serial.close()
            raise _busy(path)
        self._empty_reads = 0  # one after the other

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return int(self._serial.fileno())

    def read(self) -> bytes:
        """Return the octets that have come; call it when `poll` says that there are any.

        None then means a hang-up, or that another program was quicker: the line is set up to
        return at once (VMIN 0).

        Raises:
            DeviceLost: the device is gone.
        """
        try:
            octets = os.read(self.fileno(), READ_BYTES_MAX)
        except OSError as fault:
            raise self._lost() from fault
        self._empty_reads = 0 if octets else self._empty_reads + 1
        if not octets and (self._empty_reads > EMPTY_READS_MAX or self._is_hung_up()):
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
        if self._serial.is_open:
            give_back(self.fileno())
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

    def _is_hung_up(self) -> bool:
        poller = select.poll()
        poller.register(self, 0)  # a hang-up is told whatever is asked for
        return bool(poller.poll(0))

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"serial port {self._path} went away: check the cable")


def _opened(path: str, line: Line) -> serial.Serial:
    """Return the port open; its lines DTR and RTS are set in the opening itself."""
    port = serial.Serial(
        None,
        line.baud,
        bytesize=line.data_bits,
        parity=_PARITY[line.parity],
        stopbits=line.stop_bits,
        timeout=0,
        write_timeout=0,
        rtscts=line.flow == "rts-cts",
        xonxoff=line.flow == "xon-xoff",
        exclusive=True,
    )
    port.port, port.dtr, port.rts = path, line.dtr, line.rts
    port.open()
    return port


def take_alone(fd: int) -> bool:
    """Mark a line as taken; return whether nobody had, which only root gets to see.

    A pseudo terminal is not marked: its other end may hold this one open too, and the mark
    would then outlive us and keep our next start away.
    """
    if _is_marked(fd):
        return False
    if os.major(os.fstat(fd).st_rdev) not in _PSEUDO_MAJORS:
        fcntl.ioctl(fd, termios.TIOCEXCL)
    return True


def give_back(fd: int) -> None:
    """Take the mark off, for whoever still has the line open; a line that is gone has none."""
    try:
        fcntl.ioctl(fd, termios.TIOCNXCL)
    except OSError:
        return


def _is_marked(fd: int) -> bool:
    try:
        answer = fcntl.ioctl(fd, _TIOCGEXCL, bytes(struct.calcsize("i")))
    except OSError:
        return False  # a kernel before 3.8, or no such line: opening it has said more
    return bool(struct.unpack("i", answer)[0])


def _busy(path: str) -> DeviceBusy:
    return DeviceBusy(
        f"serial port {path} is held by another program: `fuser {path}` names it; end it"
    )


def _opening_failed(path: str, fault: OSError | termios.error) -> DriverError:
    number = fault.errno if isinstance(fault, OSError) else None
    if number in _MISSING:
        return DeviceMissing(
            f"serial port {path} is not there: check the cable and the port in the settings"
        )
    if number in _BUSY:
        return _busy(path)
    if number in _DENIED:
        return DriverError(
            f"no permission to open serial port {path}: add the user to group dialout"
        )
    if number is None:  # it was opened, and could not be set up as a line
        return DriverError(f"{path} is no serial port: check the port in the settings")
    return DriverError(f"serial port {path} cannot be opened: {os.strerror(number)}")
