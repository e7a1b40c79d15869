"""A thread that keeps one serial port open, for scanners, relays and answer lines alike."""

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass

from drivers.back_off import BackOff
from drivers.base import DriverError, Report
from drivers.condition import ConditionTeller
from drivers.serial_port import Line, SerialPort
from drivers.waker import Waker


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What can be done on a port at once."""

    to_read: bool  # also when it hung up: the read then says so
    to_write: bool


class SerialLink:
    """Opens the port, runs a session on it, and does so again for ever, with back-off.

    Args:
        session: what is done on an open port; it runs until `is_stopping` or until the port
            fails, waits by `wait` alone, and is called in the link's thread.
    """

    def __init__(
        self,
        *,
        port: str,
        line: Line,
        monotonic_ms: Callable[[], int],
        session: Callable[[SerialPort, ConditionTeller], None],
    ) -> None:
        self._port = port
        self._line = line
        self._monotonic_ms = monotonic_ms
        self._session = session
        self._waker = Waker()
        self._thread: threading.Thread | None = None
        self.is_stopping = False

    def start(self, report: Report) -> None:
        """Start the thread; a missing port is reported by it."""
        if self._thread is not None:
            raise ValueError(f"{self._port} is started already")
        teller = ConditionTeller(self._port, report)
        self._thread = threading.Thread(
            target=self._run, args=(teller,), name=f"serial {self._port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the session and the thread; returns when the port is free. A link starts once."""
        self.is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def wake(self) -> None:
        """End the session's present `wait`; from any thread."""
        self._waker.wake()

    def wait(self, port: SerialPort, *, to_write: bool, timeout_ms: int | None) -> Ready:
        """Wait until the port can be read (or written, if asked), `wake`, or the time is over."""
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        poller.register(port, select.POLLIN | (select.POLLOUT if to_write else 0))
        events = dict(poller.poll(timeout_ms))
        self._waker.clear()
        seen = events.get(port.fileno(), 0)
        return Ready(
            to_read=bool(seen & ~select.POLLOUT),
            to_write=bool(seen & select.POLLOUT),
        )

    def _run(self, teller: ConditionTeller) -> None:
        back_off = BackOff()
        teller.starting()
        while not self.is_stopping:
            began_ms = self._monotonic_ms()
            try:
                with SerialPort(self._port, self._line) as port:
                    teller.up()
                    self._session(port, teller)
            except DriverError as fault:
                teller.down(str(fault))
            self._pause(back_off.wait_ms(self._monotonic_ms() - began_ms))

    def _pause(self, wait_ms: int) -> None:
        """Wait the whole time unless stopped: `wake` alone must not hurry a missing device."""
        until_ms = self._monotonic_ms() + wait_ms
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        while not self.is_stopping and (left_ms := until_ms - self._monotonic_ms()) > 0:
            poller.poll(left_ms)
            self._waker.clear()
