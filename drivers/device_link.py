"""A thread that keeps one device open: serial ports and HID nodes alike."""

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from drivers.back_off import BackOff
from drivers.base import DriverError, Report
from drivers.condition import ConditionTeller
from drivers.waker import Waker


class OpenDevice(Protocol):
    """A device that is open, can be waited for, and is freed at the end of its `with`."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


Device = TypeVar("Device", bound=OpenDevice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What can be done on a device at once."""

    to_read: bool  # also when it hung up: the read then says so
    to_write: bool


class DeviceLink(Generic[Device]):
    """Opens the device, runs a session on it, and does so again for ever, with back-off.

    Args:
        name: the device as the settings name it.
        open_device: opens it; called in the link's thread.
        session: what is done on an open device; it tells `up`, runs until `is_stopping` or until
            the device fails, waits by `wait` alone, and is called in the link's thread.
        monotonic_ms: the clock of the back-off.
    """

    def __init__(
        self,
        *,
        name: str,
        open_device: Callable[[], Device],
        session: Callable[[Device, ConditionTeller], None],
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._name = name
        self._open_device = open_device
        self._session = session
        self._monotonic_ms = monotonic_ms
        self._waker = Waker()
        self._thread: threading.Thread | None = None
        self.is_stopping = False

    def start(self, report: Report) -> None:
        """Start the thread; a missing device is reported by it."""
        if self._thread is not None:
            raise ValueError(f"{self._name} is started already")
        teller = ConditionTeller(self._name, report)
        self._thread = threading.Thread(
            target=self._run, args=(teller,), name=f"device {self._name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the session and the thread; returns when the device is free. A link starts once."""
        self.is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def wake(self) -> None:
        """End the session's present `wait`; from any thread."""
        self._waker.wake()

    def wait(self, device: Device, *, timeout_ms: int | None, to_write: bool = False) -> Ready:
        """Wait until it can be read (or written, if asked), `wake`, or the time is over."""
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        poller.register(device, select.POLLIN | (select.POLLOUT if to_write else 0))
        events = dict(poller.poll(timeout_ms))
        self._waker.clear()
        seen = events.get(device.fileno(), 0)
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
                with self._open_device() as device:
                    self._session(device, teller)
            except DriverError as fault:
                teller.down(str(fault))
            self.pause(back_off.wait_ms(self._monotonic_ms() - began_ms))

    def pause(self, wait_ms: int) -> None:
        """Wait the whole time unless stopped: `wake` alone must not hurry a missing device.

        Called in the link's thread.
        """
        until_ms = self._monotonic_ms() + wait_ms
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        while not self.is_stopping and (left_ms := until_ms - self._monotonic_ms()) > 0:
            poller.poll(left_ms)
            self._waker.clear()
