"""A gate behind a serial relay board."""

import threading
from collections.abc import Callable

from drivers.base import DeviceLost, Report
from drivers.condition import ConditionTeller
from drivers.serial_link import SerialLink
from drivers.serial_port import Line, SerialPort

# A gate that stands open longer lets a second person through: what asks for more is a bug, and
# must not hold the gate open all day.
PULSE_MS_MAX = 10_000

# Four octets at 9600 baud leave in 4 ms. A board that takes none for this long hangs.
WRITE_MS_MAX = 1_000


class SerialRelay:
    """Drives one channel of an LCUS relay board (CH340 adapter, 9600 8N1); a `Gate`.

    The relay is off at the start, after each reconnection and at the stop. There is no queue:
    what counts is until when the gate shall be open, so a board that comes back late does not
    open for somebody who has gone.

    Args:
        channel: 1 to 8, as printed on the board.
        monotonic_ms: the clock of the pulses.
        open_port: opens the port; the bench brings one that notes when octets are written.
    """

    def __init__(
        self,
        *,
        port: str,
        channel: int = 1,
        baud: int = 9600,
        monotonic_ms: Callable[[], int],
        open_port: Callable[[str, Line], SerialPort] = SerialPort,
    ) -> None:
        if not 1 <= channel <= 8:
            raise ValueError(f"channel is outside 1..8: {channel}")
        self._name = port
        self._channel = channel
        self._monotonic_ms = monotonic_ms
        self._link = SerialLink(
            port=port,
            line=Line(baud=baud),
            monotonic_ms=monotonic_ms,
            session=self._session,
            open_port=open_port,
        )
        self._lock = threading.Lock()
        self._open_until_ms: int | None = None

    def start(self, report: Report) -> None:
        """Take the relay, off; returns at once. A missing board is reported, never raised."""
        self._link.start(report)

    def open(self, pulse_ms: int) -> None:
        """Open for `pulse_ms`, at most PULSE_MS_MAX; returns at once.

        During a pulse this prolongs it and never cuts it: the second person has the full time,
        and the first is not shut in.

        Raises:
            ValueError: the pulse is not above zero.
        """
        if pulse_ms <= 0:
            raise ValueError(f"pulse_ms is not above zero: {pulse_ms}")
        until_ms = self._monotonic_ms() + min(pulse_ms, PULSE_MS_MAX)
        with self._lock:
            self._open_until_ms = max(self._open_until_ms or until_ms, until_ms)
        self._link.wake()

    def stop(self) -> None:
        """Close the gate and free the board; returns when the thread is gone."""
        self._link.stop()

    def _session(self, port: SerialPort, _teller: ConditionTeller) -> None:
        self._write(port, is_on=False)
        is_on = False
        while not self._link.is_stopping:
            left_ms = self._left_ms()
            if is_on != (left_ms > 0):
                is_on = left_ms > 0
                self._write(port, is_on=is_on)
            timeout_ms = left_ms if is_on else None
            if self._link.wait(port, to_write=False, timeout_ms=timeout_ms).to_read:
                port.read()  # some boards echo; a board that is gone says so here
        self._write(port, is_on=False)

    def _left_ms(self) -> int:
        with self._lock:
            if self._open_until_ms is None:
                return 0
            return max(0, self._open_until_ms - self._monotonic_ms())

    def _write(self, port: SerialPort, *, is_on: bool) -> None:
        octets = command(self._channel, is_on=is_on)
        until_ms = self._monotonic_ms() + WRITE_MS_MAX
        while octets:
            left_ms = until_ms - self._monotonic_ms()
            if left_ms <= 0:
                raise DeviceLost(f"relay {self._name} takes no commands: check board and cable")
            ready = self._link.wait(port, to_write=True, timeout_ms=left_ms)
            if ready.to_write:
                octets = octets[port.write_some(octets) :]
            if ready.to_read:
                port.read()


def command(channel: int, *, is_on: bool) -> bytes:
    """Return the board's command: A0, channel, state, and the sum of the three, modulo 256."""
    octets = bytes((0xA0, channel, int(is_on)))
    return octets + bytes((sum(octets) & 0xFF,))
