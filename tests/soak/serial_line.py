"""A serial scanner for a long time: lines at full speed, and a plug pulled again and again."""

import os
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.base import Condition, DeviceReport, ScannedCode
from drivers.clock import monotonic_ms
from drivers.serial_line.scanner import SerialScanner
from tests.soak.footprint import Footprint, footprint, growth

LOOKS = 50  # at the footprint, in one run
LINE = "CC1:{:012d}:" + "A1 %$*+-./" * 8 + "\r"  # as long as a code of a few claims
_CHUNK_LINES = 64
_PATIENCE_S = 60.0  # without a single line meanwhile: the run has stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What became of a run."""

    what: str
    seconds: float
    taken: tuple[Footprint, ...]
    wrong: str  # in words; empty when nothing is


class _Expected:
    """Takes codes, and compares each with the one whose turn it is."""

    def __init__(self, lines: int, every: int) -> None:
        self.wrong = ""
        self.taken: list[Footprint] = []
        self.is_done = threading.Event()
        self.came = 0
        self.is_up = threading.Event()
        self._lines, self._every = lines, every

    def deliver(self, code: ScannedCode) -> None:
        if code.payload != LINE.format(self.came).encode().rstrip(b"\r") and not self.wrong:
            self.wrong = f"line {self.came} came as another one"
        self.came += 1
        if self.came % self._every == 0:
            self.taken.append(footprint())
        if self.came == self._lines:
            self.is_done.set()

    def report(self, report: DeviceReport) -> None:
        if report.condition is Condition.UP:
            self.is_up.set()
        if report.condition is Condition.DOWN and not self.wrong:
            self.wrong = report.detail


def soak_lines(lines: int) -> Soaked:
    """Send so many lines as fast as they are taken; each must come once and in order."""
    master, slave = os.openpty()
    tty.setraw(slave)
    began = time.monotonic()
    expected = _Expected(lines, max(1, lines // LOOKS))
    scanner = SerialScanner(port=os.ttyname(slave), hold_off_ms=0, monotonic_ms=monotonic_ms)
    scanner.start(expected.deliver, expected.report)
    try:
        expected.is_up.wait(_PATIENCE_S)
        threading.Thread(target=_send, args=(master, lines), daemon=True).start()
        _wait(expected)
    finally:
        scanner.stop()
        os.close(master)
        os.close(slave)
    wrong = expected.wrong or growth(expected.taken)
    if expected.came != lines:
        wrong = f"{expected.came} of {lines} lines came"
    if scanner.faults.total():
        wrong = f"lines were dropped: {dict(scanner.faults)}"
    return Soaked(
        what=f"{lines} lines",
        seconds=time.monotonic() - began,
        taken=tuple(expected.taken),
        wrong=wrong,
    )


def _send(master: int, lines: int) -> None:
    """Write all lines; a write waits while the line is full."""
    for first in range(0, lines, _CHUNK_LINES):
        numbers = range(first, min(first + _CHUNK_LINES, lines))
        octets = "".join(LINE.format(number) for number in numbers).encode()
        while octets:
            octets = octets[os.write(master, octets) :]


def _wait(expected: _Expected) -> None:
    came = -1
    while not expected.is_done.wait(_PATIENCE_S):
        if expected.came == came:
            return  # nothing moves any more: the count says it
        came = expected.came


def soak_plug(rounds: int) -> Soaked:
    """Pull the plug in the middle of a code, put it back, read a code; again and again."""
    began, taken, wrong = time.monotonic(), list[Footprint](), ""
    reports, codes = threading.Semaphore(0), threading.Semaphore(0)

    def report(report: DeviceReport) -> None:
        if report.condition is Condition.UP:
            reports.release()

    with TemporaryDirectory() as folder:
        path = Path(folder, "port")
        scanner = SerialScanner(port=str(path), hold_off_ms=0, monotonic_ms=_hurried(monotonic_ms))
        plug = _Plug(path)
        scanner.start(lambda _code: codes.release(), report)
        for number in range(rounds):
            if not (reports.acquire(timeout=_PATIENCE_S) and plug.send(b"A CODE\rHALF OF A")):
                wrong = f"round {number}: the port did not come back"
                break
            if not codes.acquire(timeout=_PATIENCE_S):
                wrong = f"round {number}: the code did not come"
                break
            if number % max(1, rounds // LOOKS) == 0:
                taken.append(footprint())
            plug.again()
        scanner.stop()
        plug.out()
    return Soaked(
        what=f"{rounds} plugs",
        seconds=time.monotonic() - began,
        taken=tuple(taken),
        wrong=wrong or growth(taken),
    )


def _hurried(clock: Callable[[], int]) -> Callable[[], int]:
    """Return a clock a thousand times as fast: each life counts as a long one, with no wait."""
    return lambda: clock() * 1_000


class _Plug:
    """A pseudo terminal behind a name that stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._put()

    def send(self, octets: bytes) -> bool:
        return os.write(self._master, octets) == len(octets)

    def again(self) -> None:
        """Pull it out, and put another one in, which is there before anybody looks."""
        old = (self._master, self._slave)
        self._path.unlink()
        self._put()
        for fd in old:
            os.close(fd)

    def out(self) -> None:
        self._path.unlink()
        os.close(self._master)
        os.close(self._slave)

    def _put(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._path.symlink_to(os.ttyname(self._slave))
