"""A keyboard wedge: a scanner that types what it reads, read from its event node."""

from collections.abc import Callable

from drivers.base import Deliver, Report
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.hid import key_events
from drivers.hid.key_events import CapsLit, Happening, KeyEvents, KeyMoved, KeysLost
from drivers.hid.keyboard import Keyboard
from drivers.hid.keymap import LAYOUTS
from drivers.hid.node import KERNEL, Kernel, Node
from drivers.hid.wedge_framing import TypedCode, WedgeFault, WedgeFraming
from drivers.steady import Steady

# Scanners move a key every 1 to 40 ms, more slowly over radio; a person needs 150 to 300 a key.
GAP_MS_MAX = 100


class WedgeScanner:
    """Reads codes from a scanner that poses as a keyboard; a `Scanner`.

    The keyboard is grabbed: nothing that it types reaches a console, a desktop or another
    program while this runs.

    Args:
        device: an event node, best one under /dev/input/by-id.
        layout: a name of `keymap.LAYOUTS`, as the scanner was set to.
        ends: the keys that end a code, of "enter" and "tab"; without any a pause does.
        gap_ms_max: the longest pause within a code; what is typed more slowly is no scan.
        upper: take small letters as capitals; then CapsLock can't spoil Base45.
        hold_off_ms: how long a code must be away before it counts as shown again; 0 = at once.
        monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`: CLOCK_MONOTONIC, by which
            the kernel stamps its events.
        kernel: what opens the node and answers its ioctls.

    Attributes:
        faults: codes dropped since the start, by why.
    """

    def __init__(  # noqa: PLR0913  # a device's settings, each by its name
        self,
        *,
        device: str,
        layout: str = "us",
        ends: frozenset[str] = frozenset({"enter", "tab"}),
        gap_ms_max: int = GAP_MS_MAX,
        upper: bool = False,
        hold_off_ms: int = 1000,
        monotonic_ms: Callable[[], int],
        kernel: Kernel = KERNEL,
    ) -> None:
        self._layout = LAYOUTS[layout]
        self._ends = ends
        self._gap_ms_max = gap_ms_max
        self._upper = upper
        self._steady = Steady(hold_off_ms)
        self._monotonic_ms = monotonic_ms
        self._link = DeviceLink(
            name=device,
            open_device=lambda: open_keyboard(device, kernel),
            session=self._session,
            monotonic_ms=monotonic_ms,
        )
        self._deliver: Deliver | None = None
        self._begin()
        self.faults = dict.fromkeys(WedgeFault, 0)

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing device is reported, never raised."""
        self._deliver = deliver
        self._link.start(report)

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used."""
        self._steady.forget()

    def stop(self) -> None:
        """End the reading and give the keyboard back; returns when the thread is gone."""
        self._link.stop()

    def _begin(self) -> None:
        """Forget what was typed: the rest of a code that was cut off will never come."""
        self._events = KeyEvents()
        self._keyboard = Keyboard(self._layout, self._ends)
        self._framing = WedgeFraming(
            gap_ms_max=self._gap_ms_max,
            is_ended_by_pause=not self._ends,
            now_ms=self._monotonic_ms(),
        )

    def _session(self, node: Node, teller: ConditionTeller) -> None:
        take_keyboard(node)
        self._begin()
        self._resume(node)
        teller.up()
        while not self._link.is_stopping:
            if self._link.wait(node, timeout_ms=self._patience_ms()).to_read:
                for happening in self._events.receive(node.read()):
                    self._receive(happening, node)
            else:
                self._conclude(self._framing.expire(self._monotonic_ms()))

    def _patience_ms(self) -> int | None:
        until_ms = self._framing.until_ms()
        return None if until_ms is None else max(0, until_ms - self._monotonic_ms())

    def _receive(self, happening: Happening, node: Node) -> None:
        match happening:
            case KeysLost():
                self._conclude(self._framing.spoil(WedgeFault.KEYS_LOST))
                self._resume(node)
            case CapsLit(is_on=is_on):
                if is_on != self._keyboard.is_caps:  # by another keyboard's CapsLock
                    self._light_caps(node)
            case KeyMoved(code=code, is_down=is_down, at_ms=at_ms):
                was_caps = self._keyboard.is_caps
                self._type(code, is_down=is_down, at_ms=at_ms)
                if was_caps is not self._keyboard.is_caps:
                    self._light_caps(node)

    def _type(self, code: int, *, is_down: bool, at_ms: int) -> None:
        self._conclude(self._framing.moved(at_ms))
        for stroke in self._keyboard.receive(code, is_down=is_down):
            self._conclude(self._framing.receive(stroke))

    def _resume(self, node: Node) -> None:
        """Learn what is held at this moment, and put CapsLock off."""
        held = bytearray(key_events.KEYS_OCTETS)
        node.ask(key_events.EVIOCGKEY, held)
        self._keyboard.resume(key_events.held_keys(bytes(held)))
        self._light_caps(node)

    def _light_caps(self, node: Node) -> None:
        node.write(key_events.caps_light(is_on=self._keyboard.is_caps))

    def _conclude(self, outcome: TypedCode | WedgeFault | None) -> None:
        match outcome:
            case TypedCode():
                self._hand_over(outcome)
            case WedgeFault():
                self.faults[outcome] += 1
            case None:
                return

    def _hand_over(self, code: TypedCode) -> None:
        if self._deliver is None:
            return
        payload = code.payload.upper() if self._upper else code.payload
        for one in self._steady.receive_one(
            payload, engine="wedge", seen_ms=code.began_ms, read_ms=self._monotonic_ms()
        ):
            self._deliver(one)


def open_keyboard(device: str, kernel: Kernel = KERNEL) -> Node:
    """Return the open node, not yet grabbed.

    Raises:
        DriverError: it can't be opened; the text says why.
    """
    return Node(device, kind="keyboard", read_octets_max=key_events.READ_OCTETS_MAX, kernel=kernel)


def take_keyboard(node: Node) -> None:
    """Have the keys of a keyboard come to us alone, stamped by the monotonic clock.

    Raises:
        DriverError: somebody else has it, or it is none.
    """
    node.ask(key_events.EVIOCGRAB, 1)
    node.ask(key_events.EVIOCSCLOCKID, bytearray(key_events.CLOCK_MONOTONIC.to_bytes(4, "little")))
    node.ask(key_events.EVIOCSMASK, bytearray(key_events.NO_SCAN_CODES))
