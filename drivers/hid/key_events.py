"""Key presses out of the octets of an input node (Linux, include/uapi/linux/input.h)."""

import struct
from dataclasses import dataclass

from drivers.base import DriverError

# struct input_event: seconds, microseconds, type, code, value; 24 octets on a 64-bit machine.
_EVENT = struct.Struct("@llHHi")
EVENT_OCTETS = _EVENT.size
# The kernel's own buffer holds 64 for a keyboard: 16 characters of a scanner, and the fastest send
# one every two milliseconds.
READ_OCTETS_MAX = 64 * EVENT_OCTETS

_EV_SYN, _EV_KEY, _EV_LED = 0x00, 0x01, 0x11
_SYN_REPORT, _SYN_DROPPED = 0, 3
_LED_CAPSL = 1
_UP, _DOWN = 0, 1  # 2 is the kernel's key repeat

# include/uapi/linux/input.h, as the macros of ioctl.h make them.
EVIOCGRAB = 0x40044590
EVIOCSCLOCKID = 0x400445A0
CLOCK_MONOTONIC = 1
EVIOCSMASK = 0x40104593
# struct input_mask: of EV_MSC no codes at all. The kernel's buffer holds 64 events, and the scan
# code that it puts before each key is a third of what has to fit.
NO_SCAN_CODES = struct.pack("=IIQ", 0x04, 0, 0)
KEYS_OCTETS = 0x300 // 8  # KEY_MAX is 0x2ff, a bit each
EVIOCGKEY = 0x80000000 | KEYS_OCTETS << 16 | 0x4518
LEDS_OCTETS = 2  # LED_MAX is 0x0f
EVIOCGLED = 0x80000000 | LEDS_OCTETS << 16 | 0x4519


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMoved:
    """A key went down or up."""

    code: int  # KEY_* of include/uapi/linux/input-event-codes.h
    is_down: bool
    at_ms: int  # monotonic, by the kernel's own watch


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsLit:
    """Somebody switched the light of CapsLock."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysLost:
    """The kernel dropped events: what is held must be asked for (EVIOCGKEY)."""

    at_ms: int


Happening = KeyMoved | CapsLit | KeysLost


class KeyEvents:
    """Reads events; what the kernel repeats or has spoiled is left out."""

    def __init__(self) -> None:
        self._is_dropping = False

    def receive(self, octets: bytes) -> tuple[Happening, ...]:
        """Return what happened, in order.

        Raises:
            DriverError: these are no events; the kernel gives whole ones.
        """
        if len(octets) % EVENT_OCTETS:
            raise DriverError("what came is no key press: name the scanner's event node")
        happenings = (self._receive_one(*fields) for fields in _EVENT.iter_unpack(octets))
        return tuple(happening for happening in happenings if happening is not None)

    def _receive_one(
        self, seconds: int, microseconds: int, kind: int, code: int, value: int
    ) -> Happening | None:
        at_ms = seconds * 1000 + microseconds // 1000
        if self._is_dropping:
            # All up to the next report belongs to what was lost (Documentation/input/event-codes).
            if (kind, code) != (_EV_SYN, _SYN_REPORT):
                return None
            self._is_dropping = False
            return KeysLost(at_ms=at_ms)
        if (kind, code) == (_EV_SYN, _SYN_DROPPED):
            self._is_dropping = True
        if kind == _EV_KEY and value in {_UP, _DOWN}:
            return KeyMoved(code=code, is_down=value == _DOWN, at_ms=at_ms)
        if (kind, code) == (_EV_LED, _LED_CAPSL):
            return CapsLit(is_on=bool(value))
        return None


def held_keys(bitmap: bytes) -> frozenset[int]:
    """Return the keys that EVIOCGKEY says are down."""
    return frozenset(
        octet * 8 + bit for octet, bits in enumerate(bitmap) for bit in range(8) if bits >> bit & 1
    )


def is_caps_lit(bitmap: bytes) -> bool:
    """Return whether EVIOCGLED says that CapsLock is lit."""
    return bool(bitmap[0] >> _LED_CAPSL & 1)


def caps_light(*, is_on: bool) -> bytes:
    """Return the events that switch the light of CapsLock."""
    return _EVENT.pack(0, 0, _EV_LED, _LED_CAPSL, int(is_on)) + _EVENT.pack(
        0, 0, _EV_SYN, _SYN_REPORT, 0
    )
