"""A serial scanner: an engine that decodes by itself and sends lines."""

from collections.abc import Callable, Sequence

from drivers.base import Deliver, Report, ScannedCode
from drivers.condition import ConditionTeller
from drivers.framing import LINE_BYTES_MAX, Frame, Framing
from drivers.serial_link import SerialLink
from drivers.serial_port import SerialPort
from drivers.steady import Sighting, Steady


class SerialScanner:
    """Reads lines from a scanner on a serial port; a `Scanner`.

    Engines repeat a code as long as it is held before them, hence the hold-off.

    Args:
        port: a path, best one under /dev/serial/by-id, which stays when ports are renumbered.
        hold_off_ms: how long a code must be away before it counts as shown again; 0 = at once.
        monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`.

    Attributes:
        faults: lines dropped since the start, too long or without the prefix asked for.
    """

    def __init__(  # noqa: PLR0913  # a device's settings, each by its name
        self,
        *,
        port: str,
        baud: int = 115200,
        suffixes: Sequence[bytes] = (b"\r", b"\n"),
        line_bytes_max: int = LINE_BYTES_MAX,
        aim_prefix: bool = False,
        hold_off_ms: int = 1000,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._framing = Framing(suffixes, line_bytes_max, aim_prefix=aim_prefix)
        self._steady = Steady(hold_off_ms)
        self._monotonic_ms = monotonic_ms
        self._link = SerialLink(
            port=port, baud=baud, monotonic_ms=monotonic_ms, session=self._session
        )
        self._deliver: Deliver | None = None
        self._began_ms = 0
        self.faults = 0

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing device is reported, never raised."""
        self._deliver = deliver
        self._link.start(report)

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used."""
        self._steady.forget()

    def stop(self) -> None:
        """End the reading and free the port; returns when the thread is gone."""
        self._link.stop()

    def _session(self, port: SerialPort, _teller: ConditionTeller) -> None:
        # The end of a line that was cut off by the last hang-up will never come.
        self._framing.reset()
        while not self._link.is_stopping:
            if self._link.wait(port, to_write=False, timeout_ms=None).to_read:
                self._receive(port.read(), self._monotonic_ms())

    def _receive(self, octets: bytes, now_ms: int) -> None:
        began_ms = self._began_ms if self._framing.is_mid_line else now_ms
        for outcome in self._framing.receive(octets):
            if isinstance(outcome, Frame):
                self._hand_over(outcome.payload, began_ms, now_ms)
            else:
                self.faults += 1
            began_ms = now_ms  # the next line began in these octets
        self._began_ms = began_ms

    def _hand_over(self, payload: bytes, seen_ms: int, now_ms: int) -> None:
        if self._deliver is None:
            return
        for presented in self._steady.receive([Sighting(payload=payload)], now_ms):
            self._deliver(
                ScannedCode(
                    payload=presented.payload,
                    engine="serial",
                    seen_ms=seen_ms,
                    read_ms=now_ms,
                    showing=presented.showing,
                )
            )
