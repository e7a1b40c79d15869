"""Codes between a start and an end: STX ... ETX, with or without a check octet."""

from enum import Enum

from drivers.framing.base import GAP_MS_MAX, LINE_BYTES_MAX, Frame, LineFault
from drivers.framing.checks import xor_of
from drivers.framing.marked import Marked, Parsed

STX, ETX = b"\x02", b"\x03"
# Scanners with their suffix still on send it behind the frame; it does no harm there.
_BETWEEN = b"\r\n"


class Cover(Enum):
    """What the check octet, an exclusive or, is made of; makers differ."""

    NONE = "none"  # there is no check octet
    TEXT = "text"  # what stands between start and end
    TO_END = "to-end"  # the same and the end
    ALL = "all"  # the start as well


class StxEtx(Marked):
    """Takes what stands between start and end; a start within drops what stood before it.

    Args:
        start: what begins a code.
        end: what ends it, e.g. ETX, or ETX EOT.
        cover: what the check octet behind the end covers.
        line_bytes_max: the longest code passed on.
        gap_ms_max: half a code is dropped when nothing came for so long.
    """

    def __init__(
        self,
        *,
        start: bytes = STX,
        end: bytes = ETX,
        cover: Cover = Cover.NONE,
        line_bytes_max: int = LINE_BYTES_MAX,
        gap_ms_max: int = GAP_MS_MAX,
    ) -> None:
        if not start or not end or set(start) & set(end):
            raise ValueError("start and end are one octet or more each, and share none")
        super().__init__(line_bytes_max, gap_ms_max)
        self._begin, self._end, self._cover = start, end, cover

    def _start(self, octets: bytearray) -> int:
        return place_of(octets, self._begin)

    def _stray(self, octets: bytearray) -> int:
        return sum(octet not in _BETWEEN for octet in octets)

    def _parse(self, octets: bytearray) -> Parsed | None:
        begun = len(self._begin)
        size_max = begun + self._line_bytes_max + len(self._end)
        end = octets.find(self._end, begun, size_max)
        again = octets.find(self._begin, begun, size_max if end < 0 else end)
        if again >= 0:
            return Parsed(size=again, outcomes=(), fault=LineFault.BROKEN_OFF)
        if end < 0:
            is_endless = len(octets) >= size_max
            return Parsed(size=1, outcomes=(), fault=LineFault.ENDLESS) if is_endless else None
        size = end + len(self._end)
        if self._cover is not Cover.NONE:
            if len(octets) == size:
                return None
            if octets[size] != self._check(octets, end):
                return Parsed(size=1, outcomes=(), fault=LineFault.BAD_CHECK)
            size += 1
        payload = bytes(octets[begun:end])
        frame = Frame(payload=payload, began_ms=self._arrived.began_ms)
        return Parsed(size=size, outcomes=(frame,) if payload else ())

    def _check(self, octets: bytearray, end: int) -> int:
        first = 0 if self._cover is Cover.ALL else len(self._begin)
        last = end if self._cover is Cover.TEXT else end + len(self._end)
        return xor_of(octets[first:last])


def place_of(octets: bytearray, mark: bytes) -> int:
    """Return where `mark` begins first, or where it may have begun at the very end."""
    place = octets.find(mark)
    if place >= 0:
        return place
    tails = range(min(len(mark) - 1, len(octets)), 0, -1)
    return len(octets) - next((tail for tail in tails if octets.endswith(mark[:tail])), 0)
