"""Answer lines: one line of text an answer, to a counter's or kiosk's own program."""

import threading
from collections import deque
from collections.abc import Callable

from drivers.base import DeviceLost, Report
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.serial_link import SerialLink
from drivers.serial_port import Line, SerialPort

# An answer is a verdict and a few words; a line longer than this is a bug.
LINE_BYTES_MAX = 4096
# A lane gives an answer every two seconds at most, and after LINE_AGE_MS_MAX nobody wants it.
LINES_MAX = 16
# By then the person the answer was about has walked on: shown now, it would be taken for the
# next one's.
LINE_AGE_MS_MAX = 5_000
# A peer that reads nothing for this long is reported: its program hangs or is not running.
STUCK_MS_MAX = 2_000


class AnswerLines:
    """Lines that wait, the oldest dropped when there are too many or they are too old."""

    def __init__(
        self,
        monotonic_ms: Callable[[], int],
        ending: bytes = b"\n",
        age_ms_max: int = LINE_AGE_MS_MAX,
    ) -> None:
        self._monotonic_ms, self._ending, self._age_ms_max = monotonic_ms, ending, age_ms_max
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self.dropped = 0

    def put(self, line: bytes) -> None:
        """Have a line wait.

        Raises:
            ValueError: it has a line feed in it or is over LINE_BYTES_MAX.
        """
        if b"\n" in line or len(line) > LINE_BYTES_MAX:
            raise ValueError(f"not one line of at most {LINE_BYTES_MAX} octets")
        with self._lock:
            self._waiting.append((self._monotonic_ms(), line + self._ending))
            if len(self._waiting) > LINES_MAX:
                self._waiting.popleft()
                self.dropped += 1

    def clear(self) -> None:
        """Drop what waits."""
        with self._lock:
            self.dropped += len(self._waiting)
            self._waiting.clear()

    def take(self) -> bytes:
        """Return the next line that is still wanted, or nothing."""
        with self._lock:
            while self._waiting:
                put_ms, line = self._waiting.popleft()
                if self._monotonic_ms() - put_ms <= self._age_ms_max:
                    return line
                self.dropped += 1
        return b""


class SerialAnswers:
    """Sends answers over a serial port or pseudo-terminal; an `AnswerLine`.

    A peer that does not read holds up nobody: lines wait, and the oldest are dropped. A line
    is sent whole or, when the port goes away in its middle, not sent again.

    Args:
        ending: what goes behind each line: a line feed, a carriage return, or both.
    """

    def __init__(
        self,
        *,
        port: str,
        baud: int = 115200,
        ending: bytes = b"\n",
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._name = port
        self._monotonic_ms = monotonic_ms
        self._lines = AnswerLines(monotonic_ms, ending)
        self._link = SerialLink(
            port=port, line=Line(baud=baud), monotonic_ms=monotonic_ms, session=self._session
        )

    @property
    def dropped(self) -> int:
        """Lines that were never sent: too many waited, or they waited too long."""
        return self._lines.dropped

    def start(self, report: Report) -> None:
        """Open the line; returns at once. A missing port is reported, never raised."""
        self._link.start(report)

    def send(self, line: bytes) -> None:
        """Send one line; returns at once.

        Raises:
            ValueError: it has a line feed in it or is over LINE_BYTES_MAX.
        """
        self._lines.put(line)
        self._link.wake()

    def stop(self) -> None:
        """Free the port; what waits is dropped."""
        self._link.stop()

    def _session(self, port: SerialPort, teller: ConditionTeller) -> None:
        rest = b""
        moved_ms = self._monotonic_ms()
        while not self._link.is_stopping:
            if not rest:
                rest, moved_ms = self._lines.take(), self._monotonic_ms()
            timeout_ms = STUCK_MS_MAX if rest else None
            ready = self._link.wait(port, to_write=bool(rest), timeout_ms=timeout_ms)
            if ready.to_read:
                port.read()  # answers go one way; a peer that is gone says so here
            if ready.to_write:
                rest, moved_ms = rest[port.write_some(rest) :], self._monotonic_ms()
                teller.up()
            elif rest and self._monotonic_ms() - moved_ms >= STUCK_MS_MAX:
                teller.down(f"the program behind {self._name} does not read: is it running?")
        self._let_go(port)

    def _let_go(self, port: SerialPort) -> None:
        try:
            port.discard_output()
        except DeviceLost:
            return  # it is gone already, and nothing can hold up the closing
