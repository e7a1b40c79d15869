"""Codes out of the strokes of a keyboard wedge: by the key behind them, or by the pause."""

from dataclasses import dataclass
from enum import Enum

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.hid.keyboard import EndPressed, Stroke, Typed, Unsaid

# What was spoiled ends with its end key; a code whose end key was lost as well must not spoil the
# next one, and nobody shows two within a second.
QUIET_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCode:
    """One whole code."""

    payload: bytes  # ASCII, 1 to PAYLOAD_BYTES_MAX octets
    began_ms: int  # monotonic: its first key went down


class WedgeFault(Enum):
    """Why a code was dropped."""

    TOO_LONG = "too long"
    UNSAID = "a key that the layout has no character for"
    TOO_SLOW = "a pause in its middle: a person types, or the end key is missing"
    KEYS_LOST = "the kernel lost keys"


class WedgeFraming:
    """Gathers characters until a code is whole.

    A new one begins spoiled: when the keyboard was grabbed in the middle of a code, its rest is
    no code.

    Args:
        gap_ms_max: the longest pause between two keys of one code.
        is_ended_by_pause: a longer pause ends a code, for scanners that send no end key;
            otherwise it spoils the code.
        now_ms: the keyboard was grabbed.
    """

    def __init__(self, *, gap_ms_max: int, is_ended_by_pause: bool, now_ms: int) -> None:
        if not 0 < gap_ms_max <= QUIET_MS:
            raise ValueError(f"gap_ms_max is outside 1..{QUIET_MS}: {gap_ms_max}")
        self._gap_ms_max = gap_ms_max
        self._is_ended_by_pause = is_ended_by_pause
        self._typed = bytearray()
        self._is_spoiled = True
        self._began_ms = now_ms
        self._last_ms = now_ms

    def until_ms(self) -> int | None:
        """Return when `expire` is due; None: nothing has come."""
        return self._last_ms + self._gap_ms_max + 1 if self._typed else None

    def moved(self, at_ms: int) -> TypedCode | WedgeFault | None:
        """Note that any key moved, before its strokes; return what the pause before it made."""
        outcome = self.expire(at_ms)
        self._last_ms = at_ms
        return outcome

    def expire(self, now_ms: int) -> TypedCode | WedgeFault | None:
        """Return what became of a code whose next key is overdue."""
        pause_ms = now_ms - self._last_ms
        if self._is_spoiled:
            self._is_spoiled = pause_ms <= self._quiet_ms()
            return None
        if not self._typed or pause_ms <= self._gap_ms_max:
            return None
        return self._ended() if self._is_ended_by_pause else self.spoil(WedgeFault.TOO_SLOW)

    def receive(self, stroke: Stroke) -> TypedCode | WedgeFault | None:
        """Return what a stroke completed."""
        match stroke:
            case EndPressed():
                return self._ended()
            case Unsaid():
                return self.spoil(WedgeFault.UNSAID)
            case Typed(character=character):
                return self._typed_one(character)

    def spoil(self, fault: WedgeFault) -> WedgeFault | None:
        """Drop the code that has begun, with all that follows up to its end; a fault once each."""
        was_spoiled, self._is_spoiled = self._is_spoiled, True
        self._typed.clear()
        return None if was_spoiled else fault

    def _quiet_ms(self) -> int:
        """Return after which pause what comes is a new code, whatever was before.

        Where pauses end codes, that is any pause which does.
        """
        return self._gap_ms_max if self._is_ended_by_pause else QUIET_MS

    def _typed_one(self, character: str) -> WedgeFault | None:
        if self._is_spoiled:
            return None
        if not self._typed:
            self._began_ms = self._last_ms
        if len(self._typed) == PAYLOAD_BYTES_MAX:
            return self.spoil(WedgeFault.TOO_LONG)
        self._typed += character.encode("ascii")
        return None

    def _ended(self) -> TypedCode | None:
        was_spoiled, self._is_spoiled = self._is_spoiled, False
        payload = bytes(self._typed)
        self._typed.clear()
        if was_spoiled or not payload:
            return None
        return TypedCode(payload=payload, began_ms=self._began_ms)
