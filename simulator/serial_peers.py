"""What stands at the far end of a serial line: a scanner, a relay board, a counter's program.

Each is a pseudo terminal. The slave side stays open here as well, so that a terminal which closes
its port does not hang up the line, as with a real cable.
"""

import contextlib
import os
import pty
import queue
import select
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from types import TracebackType
from typing import Self

BAUD = 115_200
BITS_A_CHARACTER = 10  # 8N1: start, eight, stop
CHUNK_OCTETS = 16  # the FIFO of a 16550 UART: what arrives at once on a real port
READ_OCTETS = 4_096  # the kernel's own buffer of a pseudo terminal
LINES_MAX = 1_024  # answers nobody has asked for yet; older ones fall out
LINE_OCTETS_MAX = 65_536  # an answer is far below; more without a line feed is thrown away
RELAY_START = 0xA0
RELAY_FRAME_OCTETS = 4  # start, channel, state, sum
RELAY_CHANNELS = 8  # LCUS-8 is the largest board


class PtyLine:
    """A pseudo terminal in raw mode."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._stopped = Event()
        self.path = os.ttyname(self._slave)  # what a terminal opens

    def stop(self) -> None:
        """Take the device away; a terminal that holds it sees a hang-up."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._free()

    def _free(self) -> None:
        os.close(self._slave)
        os.close(self._master)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class ScannerPeer(PtyLine):
    """A scanner that sends each code with a carriage return, at the pace of the line."""

    def __init__(self) -> None:
        super().__init__()
        self._sending = Lock()  # also held while the line is freed

    def scan(self, text: str) -> None:
        """Send `text`; returns when its last octet is out, or at once after `stop`.

        The line has no flow control: what finds the receiver's buffer full is lost.
        """
        octets = text.encode() + b"\r"
        with self._sending:
            for start in range(0, len(octets), CHUNK_OCTETS):
                chunk = octets[start : start + CHUNK_OCTETS]
                if self._stopped.wait(len(chunk) * BITS_A_CHARACTER / BAUD):
                    return
                with contextlib.suppress(BlockingIOError):
                    os.write(self._master, chunk)

    def _free(self) -> None:
        with self._sending:
            super()._free()


class Listener(PtyLine, ABC):
    """A line whose octets are taken up by a thread."""

    def __init__(self) -> None:
        super().__init__()
        self._wake = os.eventfd(0)
        self._changed = Condition()
        self._thread = Thread(target=self._listen, name=f"peer {self.path}", daemon=True)
        self._thread.start()

    def wait_until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait for `condition`, asked again after every arrival; return whether it holds."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    @abstractmethod
    def _receive(self, octets: bytes) -> None:
        """Take what has arrived."""

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                return
            octets = os.read(self._master, READ_OCTETS)
            with self._changed:
                self._receive(octets)
                self._changed.notify_all()

    def send(self, octets: bytes) -> None:
        """Send octets; what finds the receiver's buffer full is lost, as on a real line."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, octets)

    def _free(self) -> None:
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        super()._free()


class RelayPeer(Listener):
    """An LCUS relay board: `A0 channel state sum`, the sum of the first three octets modulo 256."""

    def __init__(self) -> None:
        self.openings = 0  # times that a gate went from closed to open
        self.bad_frames = 0  # wrong sums, channels and states, and runs of anything else
        self._open: set[int] = set()  # channels
        self._pending = bytearray()
        self._astray = False  # within octets that belong to no frame
        super().__init__()

    @property
    def is_open(self) -> bool:
        """Whether a gate is held open now, on any channel."""
        return bool(self._open)

    def _receive(self, octets: bytes) -> None:
        self._pending += octets
        while self._pending:
            starts = self._pending[0] == RELAY_START
            if starts and len(self._pending) < RELAY_FRAME_OCTETS:
                return
            if starts and _is_relay_frame(frame := self._pending[:RELAY_FRAME_OCTETS]):
                self._switch(channel=frame[1], state=frame[2])
                del self._pending[:RELAY_FRAME_OCTETS]
                self._astray = False
                continue
            self.bad_frames += starts or not self._astray
            self._astray = True
            del self._pending[0]

    def _switch(self, *, channel: int, state: int) -> None:
        if state == 0:
            self._open.discard(channel)
        elif channel not in self._open:
            self._open.add(channel)
            self.openings += 1


class AnswerPeer(Listener):
    """A counter's own program, which takes one line an answer."""

    def __init__(self) -> None:
        self._lines: queue.Queue[bytes] = queue.Queue(LINES_MAX)
        self._pending = bytearray()
        super().__init__()

    @property
    def waiting(self) -> int:
        """How many answers have come and were not taken."""
        return self._lines.qsize()

    def next(self, timeout_s: float) -> bytes:
        """Return the oldest answer not yet taken, without its line feed.

        Raises:
            queue.Empty: none came within `timeout_s`.
        """
        return self._lines.get(timeout=timeout_s)

    def _receive(self, octets: bytes) -> None:
        self._pending += octets
        *lines, rest = self._pending.split(b"\n")
        for line in lines:
            if len(line) <= LINE_OCTETS_MAX:
                self._keep(bytes(line))
        self._pending = rest[: LINE_OCTETS_MAX + 1]  # one more shows that it is too long

    def _keep(self, line: bytes) -> None:
        if self._lines.full():
            self._lines.get()
        self._lines.put(line)


def _is_relay_frame(frame: bytes | bytearray) -> bool:
    start, channel, state, total = frame
    return (
        1 <= channel <= RELAY_CHANNELS
        and state in {0, 1}
        and total == (start + channel + state) % 256
    )
