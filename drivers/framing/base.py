"""What every framing gives, and how it deals with pauses.

A framing takes octets and the time at which they came, and returns what they completed. It
gives the same for any division of the stream into chunks, never holds more than one frame of
the longest kind, and finds the next frame after whatever stood before it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.framing.arrived import Arrived

# Twice the largest code our profile allows for a counter (and what every engine's manual
# promises to send in one line); a line that never ends is cut here and eats no memory.
LINE_BYTES_MAX = 4096
# At 9600 baud an octet takes a millisecond, a USB adapter holds octets back for 16: whoever
# pauses for a second has stopped in the middle.
GAP_MS_MAX = 1_000


class LineFault(Enum):
    """What was dropped, in words that help whoever reads them."""

    # The line itself is at fault.
    ENDLESS = (
        "octets come without an ending within bytes_max: is the scanner's suffix set, or the baud"
        " rate wrong?"
    )
    BROKEN_OFF = (
        "codes break off in the middle: does the scanner send the ending that is set, at this baud"
        " rate?"
    )
    STRAY = (
        "octets come that belong to no code: is the scanner's format the one that is set, and the"
        " baud rate right?"
    )
    BAD_CHECK = "check octets are wrong: look at the cable, its length and its shield"
    TAKEN = "octets are gone before they are read: another program reads the port"
    # The line is well, and the scanner is not set as it should be.
    NO_PREAMBLE = "codes come without the preamble that is set: set it in the scanner too"
    NO_AIM_PREFIX = (
        "codes come without an AIM prefix: switch it on in the scanner, or set aim to none"
    )
    BAD_DUMP = "codes are not in the encoding that `content` names"
    # So it may be, or people show what can't be used.
    TOO_SHORT = "codes are shorter than bytes_min allows"
    NO_QR = "codes are of another kind than QR"
    BAD_ECI = "codes hold escapes that are no ECI: set the scanner to send the octets as they are"

    @property
    def is_of_line(self) -> bool:
        """Whether octets were lost or never made a code."""
        return self in _OF_LINE

    @property
    def may_be_shown(self) -> bool:
        """Whether what people show brings it about, though the scanner is set well."""
        return self in _SHOWN


_OF_LINE = frozenset(
    (
        LineFault.ENDLESS,
        LineFault.BROKEN_OFF,
        LineFault.STRAY,
        LineFault.BAD_CHECK,
        LineFault.TAKEN,
    )
)
_SHOWN = frozenset((LineFault.TOO_SHORT, LineFault.NO_QR, LineFault.BAD_ECI))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One whole code as it was sent, without what marks it off."""

    payload: bytes
    began_ms: int  # its first octet came


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something whole that the scanner said, and no code: an answer, an event."""

    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the scanner waits for: to be sent at once."""

    octets: bytes


Outcome = Frame | LineFault | Message | Reply


class Framing(ABC):
    """One way of marking codes off.

    Args:
        line_bytes_max: the longest code passed on.
        gap_ms_max: half a frame is given up when nothing came for so long.

    Attributes:
        has_messages: it tells what is no code, so that an answer is taken for none.
        acknowledges: it replies to codes by itself.
        is_binary: any of 256 octets may stand around a code, whatever the code is made of.
    """

    has_messages = False
    acknowledges = False
    is_binary = False

    def __init__(self, line_bytes_max: int, gap_ms_max: int) -> None:
        if not 0 < line_bytes_max <= PAYLOAD_BYTES_MAX:
            raise ValueError(f"line_bytes_max is outside 1..{PAYLOAD_BYTES_MAX}")
        if gap_ms_max <= 0:
            raise ValueError(f"gap_ms_max is not above zero: {gap_ms_max}")
        self._line_bytes_max = line_bytes_max
        self._gap_ms_max = gap_ms_max
        self._arrived = Arrived()
        self._last_ms: int | None = None

    @property
    def is_mid_line(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._arrived.octets)

    @property
    def due_ms(self) -> int | None:
        """When `receive` must be called though nothing came; None: not at all."""
        return None if self._last_ms is None else self._last_ms + self._gap_ms_max

    def receive(self, octets: bytes, now_ms: int) -> tuple[Outcome, ...]:
        """Return what these octets, or the pause before them, completed; in order."""
        outcomes: list[Outcome] = []
        if self.due_ms is not None and now_ms >= self.due_ms:
            outcomes += self._pause()
            self._last_ms = None
        if octets:
            self._arrived.add(octets, now_ms)
            outcomes += self._cut()
            self._last_ms = now_ms if self._is_open() else None
        return tuple(outcomes)

    def reset(self) -> None:
        """Drop what has begun: its rest will not come."""
        self._arrived.clear()
        self._last_ms = None

    def _is_open(self) -> bool:
        """Return whether a pause now would mean something."""
        return bool(self._arrived.octets)

    @abstractmethod
    def _cut(self) -> Iterator[Outcome]:
        """Yield what the octets that are there complete."""

    @abstractmethod
    def _pause(self) -> Iterator[Outcome]:
        """Yield what the octets that are there come to, as nothing follows; none are left."""
