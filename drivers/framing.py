"""Lines out of a stream of octets from a serial scanner, whatever their number and size."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from drivers.base import PAYLOAD_BYTES_MAX

# Twice the largest code our profile allows for a counter (and what every engine's manual
# promises to send in one line); a line that never ends is cut here and eats no memory.
LINE_BYTES_MAX = 4096

# ISO/IEC 15424: symbology Q, modifier 1 = QR Code model 2 without ECI.
AIM_QR = b"]Q1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One whole line, without its delimiter."""

    payload: bytes


class FramingFault(Enum):
    """Why a line was dropped."""

    LINE_TOO_LONG = "line too long"  # said once, when the limit is passed
    NO_AIM_PREFIX = "no QR prefix"  # a code of another kind, or a scanner set up otherwise


class Framing:
    """Cuts a stream at delimiters; the same for any division of the stream into chunks.

    Empty lines are ignored, so that CR and LF as two suffixes read CR LF as one.

    Args:
        suffixes: what ends a line, any of them. A line ends as soon as one is complete.
        line_bytes_max: the longest line passed on, without its delimiter.
        aim_prefix: the scanner sends AIM identifiers: lines must begin with `]Q1`, which is
            taken off. Off by default, as a payload may itself begin with `]`.
    """

    def __init__(
        self,
        suffixes: Sequence[bytes] = (b"\r", b"\n"),
        line_bytes_max: int = LINE_BYTES_MAX,
        *,
        aim_prefix: bool = False,
    ) -> None:
        if not suffixes or not all(suffixes):
            raise ValueError("framing needs suffixes of one octet or more")
        if not 0 < line_bytes_max <= PAYLOAD_BYTES_MAX:
            raise ValueError(f"line_bytes_max is outside 1..{PAYLOAD_BYTES_MAX}")
        self._suffixes = sorted(suffixes, key=len, reverse=True)
        self._line_bytes_max = line_bytes_max
        self._aim_prefix = aim_prefix
        self._line = bytearray()
        self._discarding = False

    @property
    def is_mid_line(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._line) or self._discarding

    def receive(self, octets: bytes) -> tuple[Frame | FramingFault, ...]:
        """Return what these octets completed, in order."""
        outcomes = (self._receive_one(octet) for octet in octets)
        return tuple(outcome for outcome in outcomes if outcome is not None)

    def reset(self) -> None:
        """Drop the line that has begun: its rest will not come."""
        self._line.clear()
        self._discarding = False

    def _receive_one(self, octet: int) -> Frame | FramingFault | None:
        self._line.append(octet)
        for suffix in self._suffixes:
            if self._line.endswith(suffix):
                return self._ended(bytes(self._line[: -len(suffix)]))
        # A long suffix may have begun, so its octets are not yet counted as the line's.
        begun = len(self._suffixes[0]) - 1
        if len(self._line) <= self._line_bytes_max + begun:
            return None
        del self._line[: len(self._line) - begun]
        fault = None if self._discarding else FramingFault.LINE_TOO_LONG
        self._discarding = True
        return fault

    def _ended(self, line: bytes) -> Frame | FramingFault | None:
        was_discarding = self._discarding
        self.reset()
        if was_discarding or not line:
            return None
        if len(line) > self._line_bytes_max:
            return FramingFault.LINE_TOO_LONG
        if not self._aim_prefix:
            return Frame(payload=line)
        if not line.startswith(AIM_QR):
            return FramingFault.NO_AIM_PREFIX
        payload = line.removeprefix(AIM_QR)
        return Frame(payload=payload) if payload else None
