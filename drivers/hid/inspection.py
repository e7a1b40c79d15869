"""A look at a HID scanner from outside, for the doctor: whether the daemon could use it."""

from dataclasses import dataclass

from drivers.base import DeviceBusy
from drivers.hid import key_events
from drivers.hid.hid_pos import layout_of, open_hidraw
from drivers.hid.node import KERNEL, Kernel
from drivers.hid.scanned_data import ScannerLayout
from drivers.hid.wedge import open_keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class WedgeState:
    """What a keyboard says of itself."""

    is_taken: bool  # somebody has grabbed it: our daemon, when it runs
    is_caps_lit: bool


def inspect_wedge(device: str, kernel: Kernel = KERNEL) -> WedgeState:
    """Return the state of a keyboard; it is grabbed for a moment, when nobody else has it.

    Raises:
        DriverError: the daemon could not use it; the text says why.
    """
    with open_keyboard(device, kernel) as node:
        lights = bytearray(key_events.LEDS_OCTETS)
        node.ask(key_events.EVIOCGLED, lights)
        try:
            node.ask(key_events.EVIOCGRAB, 1)
            is_taken = False
        except DeviceBusy:
            is_taken = True
        return WedgeState(is_taken=is_taken, is_caps_lit=key_events.is_caps_lit(bytes(lights)))


def inspect_hid_pos(device: str, kernel: Kernel = KERNEL) -> ScannerLayout:
    """Return what a point-of-sale scanner sends, by its own description.

    Raises:
        DriverError: the daemon could not use it; the text says why.
    """
    with open_hidraw(device, kernel) as node:
        return layout_of(node, device)
