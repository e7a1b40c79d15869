"""A receipt printer: it reads ESC/POS back into what stands on the paper, and says how it does."""

import os
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread

from simulator.serial_peers import PtyLine

READ_OCTETS = 4_096
WAIT_S = 0.02
OUT_OF_PAPER, COVER_OPEN, ERROR = 0x20, 0x04, 0x40

# Commands of two octets and what follows them: how many octets, all told.
_FIXED = {
    b"\x1b@": 2,
    b"\x1b!": 3,
    b"\x1ba": 3,
    b"\x1bt": 3,
    b"\x1bd": 3,
    b"\x1bE": 3,
    b"\x1bM": 3,
    b"\x1c&": 2,
    b"\x1c.": 2,
    b"\x1dV": 3,
    b"\x10\x04": 3,
}
# Those that say themselves how long they are.
_COUNTED = frozenset({b"\x1d(k", b"\x1c(C"})
_LARGE = 0x30  # of ESC !: twice as wide, twice as high


@dataclass(slots=True)
class Printed:
    """One receipt, from the top."""

    lines: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    centred: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)  # QR


class PaperReader:
    """Reads what a printer is sent. A receipt is whole when it is cut.

    Args:
        answer: called with each question (the `n` of DLE EOT).
    """

    def __init__(self, answer: Callable[[int], None]) -> None:
        self.receipts: list[Printed] = []
        self.unknown: list[bytes] = []  # commands that this printer does not have
        self._answer = answer
        self._octets, self._text = bytearray(), bytearray()
        self._paper = Printed()
        self._code = b""
        self._reset()

    def receive(self, octets: bytes) -> None:
        """Take octets, cut anywhere."""
        self._octets += octets
        while (taken := self._step()) > 0:
            del self._octets[:taken]

    def _reset(self) -> None:
        self._codec, self._is_large, self._is_centred = "cp437", False, False

    def _step(self) -> int:
        """Do what stands first; return how many octets it had, 0 where it is not whole yet."""
        if not self._octets:
            return 0
        first = self._octets[0]
        if first == 0x0A:
            self._end_line()
            return 1
        if first not in (0x10, 0x1B, 0x1C, 0x1D):
            self._text.append(first)
            return 1
        return self._command()

    def _command(self) -> int:
        head = bytes(self._octets[:2])
        counted = bytes(self._octets[:3])
        if counted in _COUNTED:
            size = 5 + int.from_bytes(self._octets[3:5], "little")
            if len(self._octets) < max(5, size):
                return 0
            self._long(counted, bytes(self._octets[5:size]))
            return size
        size = _FIXED.get(head, 0)
        if len(self._octets) < (size or 3):
            return 0
        if not size:
            self.unknown.append(head)
            return 2
        self._do(head, self._octets[2] if size == 3 else 0)
        return size

    def _do(self, head: bytes, value: int) -> None:
        match head:
            case b"\x1b@":
                self._reset()
            case b"\x1b!":
                self._is_large = value & _LARGE == _LARGE
            case b"\x1ba":
                self._is_centred = value == 1
            case b"\x1c&":
                self._codec = "gb18030"
            case b"\x1c.":
                self._codec = "cp437"
            case b"\x1dV":
                self.receipts.append(self._paper)
                self._paper = Printed()
            case b"\x10\x04":
                self._answer(value)

    def _long(self, head: bytes, body: bytes) -> None:
        if head == b"\x1c(C":
            self._codec = "utf-8" if body in (b"02", b"0\x02") else self._codec
        elif body[:2] == b"1P":
            self._code = body[3:]
        elif body[:2] == b"1Q":
            self._paper.codes.append(self._code.decode())

    def _end_line(self) -> None:
        text = self._text.decode(self._codec, "replace")
        self._text.clear()
        self._paper.lines.append(text)
        if self._is_large:
            self._paper.large.append(text)
        if self._is_centred:
            self._paper.centred.append(text)


class _Printer:
    """What the printer is, whatever its line: paper, cover, and what was printed."""

    def __init__(self, *, is_two_way: bool) -> None:
        self.trouble = 0  # OUT_OF_PAPER, COVER_OPEN, ERROR
        self.is_paper_low = False
        self.is_blocked = False  # takes nothing
        self._is_two_way = is_two_way
        self._lock = Lock()
        self.reader = PaperReader(self._answer)
        self._said = bytearray()

    @property
    def receipts(self) -> list[Printed]:
        """Return what was printed and cut so far."""
        with self._lock:
            return list(self.reader.receipts)

    @property
    def unknown(self) -> list[bytes]:
        """Return the commands that no printer has."""
        return self.reader.unknown

    def _answer(self, question: int) -> None:
        if not self._is_two_way:
            return
        answers = {
            1: 0x12 | (0x08 if self.trouble else 0),
            2: 0x12 | self.trouble,
            4: 0x12
            | (0x60 if self.trouble & OUT_OF_PAPER else 0)
            | (0x0C if self.is_paper_low else 0),
        }
        self._said.append(answers[question])

    def _take(self, octets: bytes) -> bytes:
        """Take what came; return what the printer says to it."""
        with self._lock:
            self.reader.receive(octets)
            said, self._said = bytes(self._said), bytearray()
            return said


class SerialPrinter(PtyLine, _Printer):
    """A printer on a serial line, or behind a node that takes octets as they are."""

    def __init__(self, *, is_two_way: bool = True) -> None:
        PtyLine.__init__(self)
        _Printer.__init__(self, is_two_way=is_two_way)
        self._thread = Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            if self.is_blocked:
                self._stopped.wait(WAIT_S)
            elif select.select([self._master], [], [], WAIT_S)[0]:
                said = self._take(os.read(self._master, READ_OCTETS))
                os.write(self._master, said)

    def _free(self) -> None:
        self._thread.join()
        super()._free()


class NetworkPrinter(_Printer):
    """A printer on port 9100, of one connection at a time."""

    def __init__(self) -> None:
        super().__init__(is_two_way=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_stopping = False
        self._line: socket.socket | None = None
        self._thread = Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._listener.getsockname()[1])

    def hang_up(self) -> None:
        """End the connection, as printers do that were idle."""
        if self._line is not None:
            self._line.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Switch it off."""
        self._is_stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._line = line
            with line:
                self._serve(line)
            self._line = None

    def _serve(self, line: socket.socket) -> None:
        try:
            while octets := line.recv(READ_OCTETS):
                line.sendall(self._take(octets))
        except OSError:
            return  # the terminal hung up
