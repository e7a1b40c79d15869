"""A receipt printer; a `Printer`."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.base import DriverError, Receipt, Report
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.escpos.octets import Paper, load_escpos, receipt_octets
from drivers.escpos.ports import PrinterPort
from drivers.escpos.status import ANSWERS, ASK, PrinterState, state_of

# Behind four receipts the fifth is printed when its holder has gone.
RECEIPTS_MAX = 4
# A roll is changed in this time; who waited longer has gone without.
RECEIPT_AGE_MS_MAX = 60_000
# A roll that runs out is told within this; a printer on the network keeps its line open for it.
ASK_MS = 5_000
# Three octets at 9600 baud take 3 ms; a printer that is printing answers all the same.
ANSWER_MS_MAX = 1_000
# The slowest printer takes 4 kB in this; one that takes nothing is off, open or without paper.
STUCK_MS_MAX = 5_000


class EscposPrinter:
    """Prints receipts by ESC/POS; what can't be printed soon is dropped.

    A printer that is out of paper, open or switched off is told DOWN, where its line is two-way;
    a one-way line is found out by a printer that takes nothing. Nobody waits for any of it.

    Args:
        name: the printer as the settings name it.
        open_port: opens its line.
        paper: its width and encoding.
        load: returns python-escpos' printer of octets; called in the driver's thread.
    """

    def __init__(
        self,
        *,
        name: str,
        open_port: Callable[[], PrinterPort],
        paper: Paper,
        load: Callable[[], Any] = load_escpos,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._name, self._paper, self._load = name, paper, load
        self._monotonic_ms = monotonic_ms
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Receipt]] = deque()
        self.dropped = 0  # receipts that were never begun
        self._link = DeviceLink[PrinterPort](
            name=name, open_device=open_port, session=self._session, monotonic_ms=monotonic_ms
        )

    def start(self, report: Report) -> None:
        """Take the printer; returns at once. A missing one is reported, never raised."""
        self._link.start(report)

    def print_lines(self, receipt: Receipt) -> None:
        """Print it; returns at once. Of too many the oldest is dropped."""
        with self._lock:
            self._waiting.append((self._monotonic_ms(), receipt))
            if len(self._waiting) > RECEIPTS_MAX:
                self._waiting.popleft()
                self.dropped += 1
        self._link.wake()

    def stop(self) -> None:
        """Free the printer; what waits is dropped."""
        self._link.stop()

    def _take(self) -> Receipt | None:
        """Return the next receipt that is still wanted."""
        with self._lock:
            while self._waiting:
                put_ms, receipt = self._waiting.popleft()
                if self._monotonic_ms() - put_ms <= RECEIPT_AGE_MS_MAX:
                    return receipt
                self.dropped += 1
        return None

    def _session(self, port: PrinterPort, teller: ConditionTeller) -> None:
        dummy = self._load()
        talk = _Talk(self._link, port, self._name, self._monotonic_ms)
        while not self._link.is_stopping:
            if talk.is_due:
                talk.ask()
            self._tell(teller, talk)
            if not talk.trouble and (receipt := self._take()):
                talk.write(receipt_octets(receipt, self._paper, dummy), teller)
            elif not self._link.is_stopping:
                self._drop_old()
                talk.rest()

    def _drop_old(self) -> None:
        with self._lock:
            while self._waiting:
                if self._monotonic_ms() - self._waiting[0][0] <= RECEIPT_AGE_MS_MAX:
                    return
                self._waiting.popleft()
                self.dropped += 1

    def _tell(self, teller: ConditionTeller, talk: "_Talk") -> None:
        if talk.trouble:
            teller.down(f"printer {self._name} {talk.trouble}")
        else:
            teller.up(talk.remark)


class _Talk:
    """What is said to a printer and heard of it over an open line."""

    def __init__(
        self,
        link: DeviceLink[PrinterPort],
        port: PrinterPort,
        name: str,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._link, self._port, self._name = link, port, name
        self._monotonic_ms = monotonic_ms
        self._state: PrinterState | None = None  # None: it never answered
        self._is_silent = False
        self._asked_ms = monotonic_ms() - ASK_MS

    @property
    def is_due(self) -> bool:
        """Return whether it is time to ask anew."""
        return self._monotonic_ms() - self._asked_ms >= ASK_MS

    @property
    def trouble(self) -> str:
        """Return why it does not print; empty: nothing is known of it."""
        if self._state is None:
            return ""
        if self._is_silent:
            return "does not answer any more: check its power"
        return self._state.trouble

    @property
    def remark(self) -> str:
        """Return what to tell beside UP; a line that is one-way is no fault."""
        return "it tells nothing of its paper" if self._state is None else self._state.remark

    def ask(self) -> None:
        """Ask how it does, and wait for the answer a moment."""
        rest, heard = ASK, b""
        self._asked_ms = self._monotonic_ms()
        until_ms = self._asked_ms + ANSWER_MS_MAX
        while not self._link.is_stopping and len(heard) < ANSWERS:
            left_ms = until_ms - self._monotonic_ms()
            if left_ms <= 0:
                break
            ready = self._link.wait(self._port, to_write=bool(rest), timeout_ms=left_ms)
            if ready.to_write and rest:
                rest = rest[self._port.write_some(rest) :]
            if ready.to_read:
                heard += self._port.read()
        state = state_of(heard)
        self._is_silent = state is None
        if state is not None:
            self._state = state

    def write(self, octets: bytes, teller: ConditionTeller) -> None:
        """Write a receipt, however long it takes; a printer that takes nothing is told."""
        moved_ms = self._monotonic_ms()
        while octets and not self._link.is_stopping:
            ready = self._link.wait(self._port, to_write=True, timeout_ms=STUCK_MS_MAX)
            if ready.to_read:
                self._port.read()  # an answer that came late
            if ready.to_write:
                octets, moved_ms = octets[self._port.write_some(octets) :], self._monotonic_ms()
                continue
            waited_ms = self._monotonic_ms() - moved_ms
            if waited_ms >= RECEIPT_AGE_MS_MAX:
                raise DriverError(f"printer {self._name} takes nothing: check paper and power")
            if waited_ms >= STUCK_MS_MAX:
                teller.down(f"printer {self._name} takes nothing: check paper and power")

    def rest(self) -> None:
        """Wait for a receipt, or until it is time to ask anew."""
        left_ms = max(0, self._asked_ms + ASK_MS - self._monotonic_ms())
        ready = self._link.wait(self._port, timeout_ms=left_ms)
        if ready.to_read:
            self._port.read()
