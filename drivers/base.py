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
