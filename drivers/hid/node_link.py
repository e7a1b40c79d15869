"""A thread that keeps one device node open, as `SerialLink` does for a serial port."""

import select
import threading
from collections.abc import Callable

from drivers.back_off import BackOff
from drivers.base import DriverError, Report
from drivers.condition import ConditionTeller
from drivers.hid.node import Node
from drivers.waker import Waker


class NodeLink:
    """Opens the node, runs a session on it, and does so again for ever, with back-off.

    Args:
        name: the node as the settings name it.
        open_node: opens it; called in the link's thread.
        session: what is done on an open node; it tells `up`, runs until `is_stopping` or until
            the node fails, waits by `wait` alone, and is called in the link's thread.
        monotonic_ms: the clock of the back-off.
    """

    def __init__(
        self,
        *,
        name: str,
        open_node: Callable[[], Node],
        session: Callable[[Node, ConditionTeller], None],
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._name = name
        self._open_node = open_node
        self._session = session
        self._monotonic_ms = monotonic_ms
        self._waker = Waker()
        self._thread: threading.Thread | None = None
        self.is_stopping = False

    def start(self, report: Report) -> None:
        """Start the thread; a missing node is reported by it."""
        if self._thread is not None:
            raise ValueError(f"{self._name} is started already")
        teller = ConditionTeller(self._name, report)
        self._thread = threading.Thread(
            target=self._run, args=(teller,), name=f"hid {self._name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the session and the thread; returns when the node is free. A link starts once."""
        self.is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def wait(self, node: Node, *, timeout_ms: int | None) -> bool:
        """Return whether the node can be read; False: the time is over, or we are stopping."""
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        poller.register(node, select.POLLIN)
        events = dict(poller.poll(timeout_ms))
        self._waker.clear()
        return bool(events.get(node.fileno(), 0))

    def _run(self, teller: ConditionTeller) -> None:
        back_off = BackOff()
        teller.starting()
        while not self.is_stopping:
            began_ms = self._monotonic_ms()
            try:
                with self._open_node() as node:
                    self._session(node, teller)
            except DriverError as fault:
                teller.down(str(fault))
            self._pause(back_off.wait_ms(self._monotonic_ms() - began_ms))

    def _pause(self, wait_ms: int) -> None:
        """Wait the whole time unless stopped."""
        until_ms = self._monotonic_ms() + wait_ms
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        while not self.is_stopping and (left_ms := until_ms - self._monotonic_ms()) > 0:
            poller.poll(left_ms)
            self._waker.clear()
