"""A serial port that is none: answers to a program on this machine that only knows a scanner."""

import errno
import grp
import os
import select
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.answers import STUCK_MS_MAX, AnswerLines
from drivers.base import DeviceBusy, DeviceLost, DriverError, Report
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink

# The kernel tells when the last program closes the port, and not when one opens it: so often it
# is looked at while nobody has it open.
LOOK_MS = 200
# What a program writes to its scanner (a trigger) means nothing here and is read away.
READ_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PortAccess:
    """Who may open the port."""

    mode: int = 0o660
    group: str = ""  # a name; empty: the daemon's own


class VirtualPort:
    """A pseudo-terminal whose other end stands under a name that stays.

    The link is set by a rename, and taken away again at the close; a link that a daemon left
    behind is replaced, anything else under that name is not.

    Raises:
        DeviceBusy: something else stands under that name.
        DriverError: the link can't be made, or the port not be given to the group.
    """

    def __init__(self, link: Path, access: PortAccess) -> None:
        self._link = link
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            self.port = os.ttyname(slave)
            _give(self.port, access)
            _set_link(link, self.port)
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._master

    def is_open(self) -> bool:
        """Return whether a program has the port open."""
        poller = select.poll()
        poller.register(self._master, 0)  # a hang-up is told whatever is asked for
        return not poller.poll(0)

    def read(self) -> None:
        """Take what the program wrote; that it closed the port is no fault."""
        try:
            os.read(self._master, READ_BYTES_MAX)
        except OSError as fault:
            if fault.errno not in (errno.EIO, errno.EAGAIN):
                raise DeviceLost(f"virtual port {self._link} fails: {fault.strerror}") from fault

    def write_some(self, octets: bytes) -> int:
        """Write as much as goes at once and return how much that was, maybe nothing.

        Raises:
            DeviceLost: the kernel does not take it.
        """
        try:
            return os.write(self._master, octets)
        except BlockingIOError:
            return 0
        except OSError as fault:
            raise DeviceLost(f"virtual port {self._link} fails: {fault.strerror}") from fault

    def forget(self) -> None:
        """Throw away what nobody read: it is not for the program that opens the port next."""
        try:
            slave = os.open(self.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as fault:
            raise DeviceLost(f"virtual port {self._link} fails: {fault.strerror}") from fault
        try:
            termios.tcflush(slave, termios.TCIOFLUSH)
            tty.setraw(slave)  # whatever the last program set up
        finally:
            os.close(slave)

    def close(self) -> None:
        """Take the link away, if it is still ours, and the port with it."""
        if _leads_to(self._link) == self.port:
            self._link.unlink(missing_ok=True)
        os.close(self._master)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class VirtualSerialAnswers:
    """Sends answers through a virtual port; an `AnswerLine`.

    It is UP while a program has the port open. Answers while none has are dropped: the program
    that opens it later is not told of somebody who has gone.

    Args:
        link: the name that stays, below a folder that is there.
        access: who may open it.
        ending: what goes behind each line.
    """

    def __init__(
        self,
        *,
        link: str,
        access: PortAccess,
        ending: bytes = b"\n",
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._name, self._monotonic_ms = link, monotonic_ms
        self._lines = AnswerLines(monotonic_ms, ending)
        self._link = DeviceLink[VirtualPort](
            name=link,
            open_device=lambda: VirtualPort(Path(link), access),
            session=self._session,
            monotonic_ms=monotonic_ms,
        )

    @property
    def dropped(self) -> int:
        """Lines that were never sent: nobody read, too many waited, or they waited too long."""
        return self._lines.dropped

    def start(self, report: Report) -> None:
        """Make the port; returns at once. What hinders it is reported, never raised."""
        self._link.start(report)

    def send(self, line: bytes) -> None:
        """Send one line; returns at once.

        Raises:
            ValueError: it has a line feed in it or is over LINE_BYTES_MAX.
        """
        self._lines.put(line)
        self._link.wake()

    def stop(self) -> None:
        """Take the port away; what waits is dropped."""
        self._link.stop()

    def _session(self, port: VirtualPort, teller: ConditionTeller) -> None:
        while not self._link.is_stopping:
            self._await_program(port, teller)
            self._serve(port, teller)

    def _await_program(self, port: VirtualPort, teller: ConditionTeller) -> None:
        port.forget()
        while not self._link.is_stopping and not port.is_open():
            teller.down(f"no program has {self._name} open: start the one that reads it")
            self._lines.clear()
            self._link.pause(LOOK_MS)

    def _serve(self, port: VirtualPort, teller: ConditionTeller) -> None:
        """Send lines until the program closes the port."""
        rest, moved_ms = b"", self._monotonic_ms()
        teller.up()
        while not self._link.is_stopping and port.is_open():
            if not rest:
                rest, moved_ms = self._lines.take(), self._monotonic_ms()
            timeout_ms = STUCK_MS_MAX if rest else None
            ready = self._link.wait(port, to_write=bool(rest), timeout_ms=timeout_ms)
            if ready.to_read:
                port.read()
            if ready.to_write and port.is_open():
                rest, moved_ms = rest[port.write_some(rest) :], self._monotonic_ms()
                teller.up()
            elif rest and self._monotonic_ms() - moved_ms >= STUCK_MS_MAX:
                teller.down(f"the program behind {self._name} does not read: is it running?")


def _give(port: str, access: PortAccess) -> None:
    try:
        gid = -1 if not access.group else grp.getgrnam(access.group).gr_gid
    except KeyError as fault:
        raise DriverError(
            f"there is no group {access.group}: make it, or name another in the settings"
        ) from fault
    try:
        os.chown(port, -1, gid)
        Path(port).chmod(access.mode)
    except OSError as fault:
        raise DriverError(
            f"the port can't be given to group {access.group or 'its own'}"
            f" ({fault.strerror}): the daemon's user must be in it"
        ) from fault


def _set_link(link: Path, port: str) -> None:
    """Have `link` lead to `port`, in one step."""
    lead = _leads_to(link)
    if (lead is None and os.path.lexists(link)) or (lead and not lead.startswith("/dev/pts/")):
        raise DeviceBusy(f"{link} is something else already: name another link in the settings")
    new = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        new.unlink(missing_ok=True)
        new.symlink_to(port)
        new.rename(link)
    except OSError as fault:
        raise DriverError(
            f"the link {link} can't be made ({fault.strerror}): name it in a folder that the"
            " daemon may write, such as /run/scan-terminal"
        ) from fault


def _leads_to(link: Path) -> str | None:
    """Return what a link says; None: it is none."""
    try:
        return str(link.readlink())
    except OSError:
        return None
