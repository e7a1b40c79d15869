"""The Protocols behind which every device stands, and the values that cross them.

A driver may own threads and processes. What it hands over is untrusted octets and plain words
about the device's condition; it has no opinion about either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

# The largest QR symbol, 40-L, holds 7,089 digits (ISO/IEC 18004, table 7); bytes hold fewer.
PAYLOAD_BYTES_MAX = 7_089


class DriverError(Exception):
    """A device failed; the text says what, where and what to do."""


class DeviceMissing(DriverError):  # noqa: N818  # the house's word for it
    """The device named in the settings is not there."""


class DeviceBusy(DriverError):  # noqa: N818  # the house's word for it
    """Another program holds the device."""


class DeviceLost(DriverError):  # noqa: N818  # the house's word for it
    """The device was there and went away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedCode:
    """One presentation as a scanner saw it: octets, and when they were first seen."""

    payload: bytes  # untrusted, at most PAYLOAD_BYTES_MAX octets
    engine: str  # what read it: "zxing", "zbar", "serial", "wedge", "hid-pos" or a driver's own
    seen_ms: int  # monotonic: the frame was captured, or the first octet came
    read_ms: int  # monotonic: the whole code was there
    # The same number for as long as something is held before the scanner, redrawn or not;
    # None: the scanner can't tell.
    showing: int | None = None
    # Octets of the other codes that were in view at that moment, at most 7, each once.
    companions: tuple[bytes, ...] = ()


class Condition(Enum):
    """Whether a device can do its work."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """One change of a device's condition, in words for a technician."""

    device: str  # as named in the settings: a path or an address
    condition: Condition
    # What is wrong, where, what to do; when UP: in which respect it is not as set, mostly empty.
    detail: str


Deliver = Callable[[ScannedCode], None]
Report = Callable[[DeviceReport], None]


class Scanner(Protocol):
    """A source of scanned codes. `deliver` and `report` are called from the driver's thread."""

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing device is reported, never raised."""
        ...

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used.

        Called from any thread, within `deliver` too; a code that is still read comes once more.
        """
        ...

    def stop(self) -> None:
        """End the reading and free the device; returns when its threads and processes are gone."""
        ...


class Signal(Enum):
    """What a holder is told by sound and light where he shows his code."""

    OK = "ok"
    DENY = "deny"  # he is not let through now, for whatever reason


@runtime_checkable
class Signalling(Protocol):
    """A scanner that can also beep or light up."""

    def signal(self, signal: Signal) -> None:
        """Show it, as far as the device can; returns at once. What comes too late is dropped."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A scanner that counts what befell it."""

    def counts(self) -> Mapping[str, int]:
        """Return every count by its name, from the start on; called from any thread."""
        ...


class Gate(Protocol):
    """Something that opens for a moment."""

    def start(self, report: Report) -> None:
        """Take the device, closed; returns at once. A missing device is reported, never raised."""
        ...

    def open(self, pulse_ms: int) -> None:
        """Open for `pulse_ms` milliseconds; returns at once."""
        ...

    def stop(self) -> None:
        """Close it and free the device."""
        ...


@runtime_checkable
class Holding(Protocol):
    """A gate that can stand open until told otherwise: in an emergency, not for a person."""

    def hold(self, *, is_open: bool) -> None:
        """Hold it open from now on, or close it, whatever pulse is running; returns at once.

        While it is held, pulses change nothing. A board that was away is held again when it
        comes back; the daemon's end lets it close. In an emergency it is said every 2 s: a board
        that lost its supply unnoticed is told again.
        """
        ...


class Contact(Enum):
    """What a lane is told by a switch, a light barrier or another program's relay."""

    PASSAGE = "passage"  # somebody went through, in the lane's direction
    PASSAGE_BACK = "passage-back"  # somebody went through against it
    RELEASE = "release"  # a button or a fire alarm wants it open
    OBSTRUCTED = "obstructed"  # something stands in it: it must not close


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """One change of one contact that lasted longer than its bouncing (30 ms)."""

    contact: Contact
    is_active: bool  # as the settings turn it: True where the contact says what its name says
    at_ms: int  # monotonic: the first edge of the change, as well as the driver can tell


DeliverContact = Callable[[ContactEvent], None]


class Contacts(Protocol):
    """The contacts of a lane. `deliver` and `report` are called from the driver's thread."""

    def start(self, deliver: DeliverContact, report: Report) -> None:
        """Begin to watch; returns at once. A missing device is reported, never raised.

        A contact that is active when the device is found is delivered, an inactive one is not.
        One that was active when the device went away and is not when it comes back is delivered
        as inactive.
        """
        ...

    def stop(self) -> None:
        """End the watching and free the device; returns when its threads are gone."""
        ...


class Shown(Enum):
    """What a lane's lights, sound or display say to whoever stands before it."""

    READY = "ready"
    BUSY = "busy"  # the code was seen; look no further for it
    OK = "ok"
    DENY = "deny"
    REFER = "refer"  # somebody comes to help
    OUT_OF_SERVICE = "out-of-service"
    HELD_OPEN = "held-open"  # go through: there is an emergency


class Indicator(Protocol):
    """Something that is seen or heard at a lane; a lane may have several."""

    def start(self, report: Report) -> None:
        """Take the device, dark and silent; returns at once. A missing one is reported."""
        ...

    def show(self, shown: Shown, words: str = "") -> None:
        """Show it in place of what was shown, until the next; returns at once.

        Args:
            shown: what is to be said.
            words: the same in words, for what can write or speak them; empty: its own.
        """
        ...

    def stop(self) -> None:
        """Make it dark and silent and free the device; returns when its threads are gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One line of print; the printer wraps what is too long."""

    text: str  # without control characters
    is_large: bool = False
    is_centred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCode:
    """A QR code, drawn by the printer."""

    text: str  # at most PAYLOAD_BYTES_MAX octets in UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is printed at once, from the top."""

    parts: tuple[ReceiptLine | ReceiptCode, ...]
    is_cut: bool = True  # where the printer has a knife; else paper is fed to its edge


class Printer(Protocol):
    """A receipt printer."""

    def start(self, report: Report) -> None:
        """Take the device; returns at once. A missing one is reported, never raised."""
        ...

    def print_lines(self, receipt: Receipt) -> None:
        """Print it; returns at once. One that can't be printed soon is dropped, and reported."""
        ...

    def stop(self) -> None:
        """Free the device; returns when its threads are gone."""
        ...


class AnswerLine(Protocol):
    """A line to a counter's or kiosk's own program: one text line an answer."""

    def start(self, report: Report) -> None:
        """Open the line; returns at once. A missing device is reported, never raised."""
        ...

    def send(self, line: bytes) -> None:
        """Send one line (no line feed in it); returns at once."""
        ...

    def stop(self) -> None:
        """Free the device."""
        ...


@runtime_checkable
class Replying(Protocol):
    """An answer line at whose other end somebody decides too, and says so by the reader's light."""

    def follow(self, show: Callable[[Shown], None]) -> None:
        """Have `show` called, from the driver's thread, with what is said; call before `start`."""
        ...
