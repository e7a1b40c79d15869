"""Listening to a scanner as it is: what it sends between two pauses, with nothing taken off."""

import queue
import select
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from drivers.base import PAYLOAD_BYTES_MAX, DeviceReport, DriverError, ScannedCode
from drivers.framing.base import Frame
from drivers.framing.idle_gap import IdleGap
from drivers.hid import key_events
from drivers.hid.hid_pos import HidPosScanner
from drivers.hid.key_events import KeyEvents, KeyMoved, KeysLost
from drivers.hid.keyboard import Keyboard
from drivers.hid.keymap import LAYOUTS
from drivers.hid.node import KERNEL, Kernel
from drivers.hid.wedge import open_keyboard, take_keyboard
from drivers.serial_port import Line, SerialPort
from terminal.diagnosis.scanner.alterations import UNSAID, said

# Longer than radio links and slow keys pause within a code, shorter than a hand needs to show two.
BURST_GAP_MS = 300

Clock = Callable[[], int]


class Ear(Protocol):
    """Something that hears one scanner."""

    def hear(self, until_ms: int) -> bytes | None:
        """Return the next burst; None: none has ended by then.

        Raises:
            DriverError: the device is gone.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class _Polled(ABC):
    """What is heard by waiting for a descriptor."""

    def __init__(self, fileno: int, monotonic_ms: Clock) -> None:
        self._monotonic_ms = monotonic_ms
        self._framing = IdleGap(BURST_GAP_MS, PAYLOAD_BYTES_MAX)
        self._poller = select.poll()
        self._poller.register(fileno, select.POLLIN)

    def hear(self, until_ms: int) -> bytes | None:
        """Return the next burst; None: none has ended by then."""
        while (now_ms := self._monotonic_ms()) < until_ms:
            due_ms = min(until_ms, self._framing.due_ms or until_ms)
            is_ready = bool(self._poller.poll(max(0, due_ms - now_ms)))
            octets = self._came() if is_ready else b""
            for outcome in self._framing.receive(octets, self._monotonic_ms()):
                if isinstance(outcome, Frame):
                    return outcome.payload
        return None

    @abstractmethod
    def _came(self) -> bytes:
        """Return what lies there to be read."""

    def __enter__(self) -> Self:
        return self


class SerialEar(_Polled):
    """Hears a serial line.

    Args:
        port: its path.
        line: how it is set up.
        monotonic_ms: the clock of `hear`.

    Raises:
        DriverError: it can't be opened.
    """

    def __init__(self, port: str, line: Line, monotonic_ms: Clock) -> None:
        self._port = SerialPort(port, line)
        super().__init__(self._port.fileno(), monotonic_ms)

    def _came(self) -> bytes:
        return self._port.read()

    def __exit__(self, *_: object) -> None:
        self._port.close()


class WedgeEar(_Polled):
    """Hears a scanner that types, by every key; its keyboard is ours alone meanwhile.

    Args:
        device: its event node.
        layout: by which its keys are read, of `keymap.LAYOUTS`.
        monotonic_ms: the clock of `hear`.
        kernel: what opens the node and answers its ioctls.

    Raises:
        DriverError: it can't be opened, or another program has it.
    """

    def __init__(
        self, device: str, layout: str, monotonic_ms: Clock, kernel: Kernel = KERNEL
    ) -> None:
        self._node = open_keyboard(device, kernel)
        try:
            take_keyboard(self._node)
            self._node.write(key_events.caps_light(is_on=False))
        except DriverError:
            self._node.close()
            raise
        self._events = KeyEvents()
        self._keyboard = Keyboard(LAYOUTS[layout], frozenset({"enter", "tab"}))
        super().__init__(self._node.fileno(), monotonic_ms)

    def _came(self) -> bytes:
        told = bytearray()
        for happening in self._events.receive(self._node.read()):
            match happening:
                case KeyMoved(code=code, is_down=is_down):
                    for stroke in self._keyboard.receive(code, is_down=is_down):
                        told += said(stroke)
                case KeysLost():
                    told += UNSAID
                case _:
                    continue  # the light of CapsLock
        return bytes(told)

    def __exit__(self, *_: object) -> None:
        self._node.close()


class HidPosEar:
    """Hears a point-of-sale scanner, whose reports say by themselves where a code ends.

    Args:
        device: its hidraw node.
        monotonic_ms: the clock of `hear`.
        kernel: what opens the node and answers its ioctls.
    """

    def __init__(self, device: str, monotonic_ms: Clock, kernel: Kernel = KERNEL) -> None:
        self._monotonic_ms = monotonic_ms
        self._codes: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._scanner = HidPosScanner(
            device=device, hold_off_ms=0, monotonic_ms=monotonic_ms, kernel=kernel
        )
        self._scanner.start(self._deliver, self._report)

    def hear(self, until_ms: int) -> bytes | None:
        """Return the next code, ended as if it had come over a line."""
        try:
            left_s = max(0, until_ms - self._monotonic_ms()) / 1_000
            return self._codes.get(timeout=left_s) + b"\r"
        except queue.Empty:
            return None

    def _deliver(self, code: ScannedCode) -> None:
        self._codes.put(code.payload)

    def _report(self, report: DeviceReport) -> None:
        """Take that it is away or back; nothing comes then, and that is what is told."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._scanner.stop()
