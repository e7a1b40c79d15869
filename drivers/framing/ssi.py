"""Zebra's and Symbol's Simple Serial Interface, packeted.

A packet is `length opcode source status data... sum sum`; the length counts all but the sum,
which makes the whole zero in 16 bits (Simple Serial Interface Programmer's Guide, 72E-40451).
"""

from collections.abc import Iterator

from drivers.framing.base import LINE_BYTES_MAX, Frame, LineFault, Message, Outcome, Reply
from drivers.framing.checks import two_complement_of
from drivers.framing.marked import Marked, Parsed

ACK, NAK = 0xD0, 0xD1
DECODE_DATA, EVENT = 0xF3, 0xF6
DECODER, HOST = 0x00, 0x04  # who sent it
RESEND = b"\x01"  # a NAK's cause: the sum was wrong
_RETRANSMITTED, _CONTINUED = 0x01, 0x02  # bits of the status

_HEADER_BYTES = 4
_SUM_BYTES = 2
# A decoder waits for its ACK before it goes on, and sends again after a second or two: what is
# not told by then was lost.
_GAP_MS_MAX = 200
# The next part of a code follows its predecessor's ACK at once. One that comes later, and not for
# the second time, belongs to another code: the decoder gave the first one up.
_PART_MS_MAX = 1_000
# It sends a packet again twice, after a second or two each. What is called so and comes later was
# lost the first time, and is the same only because the same code is shown again.
_AGAIN_MS_MAX = 5_000


def packet(opcode: int, content: bytes = b"", *, source: int = HOST, status: int = 0) -> bytes:
    """Return one packet; `content` has at most 251 octets."""
    body = bytes((_HEADER_BYTES + len(content), opcode, source, status)) + content
    return body + two_complement_of(body)


class Ssi(Marked):
    """Takes codes out of packets and acknowledges them.

    A code is one packet or several; each has the kind of code in front, which is dropped (two
    public drivers, tried on devices, read it so). What a decoder sends once more, as our ACK
    was lost, is acknowledged and not taken again.

    Args:
        line_bytes_max: the longest code passed on.
        gap_ms_max: half a packet is dropped when nothing came for so long.
    """

    has_messages = True
    acknowledges = True
    is_binary = True

    def __init__(self, line_bytes_max: int = LINE_BYTES_MAX, gap_ms_max: int = _GAP_MS_MAX) -> None:
        super().__init__(line_bytes_max, gap_ms_max)
        self._forget()

    def reset(self) -> None:
        """Drop what has begun: its rest will not come."""
        super().reset()
        self._forget()

    def _forget(self) -> None:
        self._last = b""  # the packet acknowledged last, its status and sum apart
        self._code = bytearray()  # parts of a code that goes on
        self._is_too_long = False
        self._code_began_ms: int | None = None
        self._part_ms = 0  # the last packet that was acknowledged began
        self._was_again = False  # what was dropped last said that it was sent again

    def _pause(self) -> Iterator[Outcome]:
        """Drop half a packet; the parts of a code wait for theirs, which may be sent again."""
        while self._arrived.octets:
            yield from self._dropped(1, LineFault.BROKEN_OFF)
            yield from self._cut()
        super().reset()

    def _dropped(self, count: int, fault: LineFault) -> Iterator[Outcome]:
        octets = self._arrived.octets
        is_packet = fault is not LineFault.STRAY and len(octets) >= _HEADER_BYTES
        self._was_again = is_packet and bool(octets[3] & _RETRANSMITTED)
        yield from super()._dropped(count, fault)

    def _told(self, fault: LineFault) -> Iterator[Outcome]:
        yield fault
        if not self._was_again:
            self._last = b""  # what now comes once more is what was lost
        if fault in {LineFault.BAD_CHECK, LineFault.BROKEN_OFF}:
            yield Reply(octets=packet(NAK, RESEND))

    def _start(self, octets: bytearray) -> int:
        return next(
            (place for place, octet in enumerate(octets) if octet >= _HEADER_BYTES), len(octets)
        )

    def _parse(self, octets: bytearray) -> Parsed | None:
        if len(octets) > 2 and octets[2] != DECODER:
            return Parsed(size=1, outcomes=(), fault=LineFault.STRAY)
        size = octets[0] + _SUM_BYTES
        if len(octets) < size:
            return None
        body = bytes(octets[: octets[0]])
        if octets[octets[0] : size] != two_complement_of(body):
            return Parsed(size=1, outcomes=(), fault=LineFault.BAD_CHECK)
        return Parsed(size=size, outcomes=tuple(self._packet(body)))

    def _packet(self, body: bytes) -> Iterator[Outcome]:
        opcode, status, content = body[1], body[3], body[_HEADER_BYTES:]
        if opcode not in {DECODE_DATA, EVENT}:
            yield Message(octets=body[1:])
            return
        yield Reply(octets=packet(ACK))
        same = body[:3] + bytes((status & ~_RETRANSMITTED,)) + content
        is_late = self._arrived.began_ms - self._part_ms >= _AGAIN_MS_MAX
        is_again = bool(status & _RETRANSMITTED) and same == self._last and not is_late
        self._last = same
        if opcode == EVENT:
            yield Message(octets=body[1:])
        elif not is_again:
            if not status & _RETRANSMITTED:
                yield from self._drop_stale()
            yield from self._part(content[1:], is_last=not status & _CONTINUED)
        self._part_ms = self._arrived.began_ms

    def _drop_stale(self) -> Iterator[Outcome]:
        """Drop the parts of a code that the decoder gave up."""
        is_stale = self._arrived.began_ms - self._part_ms >= _PART_MS_MAX
        if self._code_began_ms is not None and is_stale:
            yield LineFault.BROKEN_OFF
            self._code.clear()
            self._is_too_long, self._code_began_ms = False, None

    def _part(self, part: bytes, *, is_last: bool) -> Iterator[Outcome]:
        if self._code_began_ms is None:
            self._code_began_ms = self._arrived.began_ms
        self._code += part
        if len(self._code) > self._line_bytes_max:
            if not self._is_too_long:
                yield LineFault.ENDLESS
            self._code.clear()
            self._is_too_long = True
        if not is_last:
            return
        if self._code and not self._is_too_long:
            yield Frame(payload=bytes(self._code), began_ms=self._code_began_ms)
        self._code.clear()
        self._is_too_long, self._code_began_ms = False, None
