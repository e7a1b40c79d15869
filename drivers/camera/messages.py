"""What the daemon and its camera processes say to each other: small octets of fixed shape.

Nothing here can carry code, and each side checks all it reads: the processes handle strangers'
pictures and may have been taken over by one.
"""

import struct
from dataclasses import dataclass
from enum import Enum

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.reading import NOTE_BYTES_MAX, READINGS_MAX, RUNGS, Corners, Look, Reading, Sign

# One frame as 8-bit luma: 1920 x 1200, the largest common sensor of a camera for codes.
SLOT_BYTES = 1920 * 1200

_HEADER = struct.Struct("!BI")  # kind, length of the body
_NOTE = struct.Struct("!QHHQ")  # number, width, height, seen_ms
_RESULT = struct.Struct("!QBBH")  # frame's number, sign, how many readings, length of the note
_READING = struct.Struct("!BB8hH")  # engine, rung, corners, length of the payload
_ENGINES = ("zxing", "zbar")
# No camera has more columns; a corner further out is told as this far.
_CORNER_MAX = 32_767

# The longest message is a frame's worth of the longest readings, of 57 kB.
BODY_BYTES_MAX = _RESULT.size + READINGS_MAX * (_READING.size + PAYLOAD_BYTES_MAX) + NOTE_BYTES_MAX


class MalformedMessage(Exception):  # noqa: N818  # the house's word for it
    """A process said what it cannot mean."""


class Kind(Enum):
    """What a message is about, and who says it to whom."""

    SOURCE = 1  # daemon to capture, first of all: a CaptureOrder
    FILL = 2  # daemon to capture: put your next frame into the slot
    FRAME = 3  # capture to daemon and daemon to decode: a frame is in the slot
    TROUBLE = 4  # capture to daemon: one octet, a Trouble
    READY = 5  # decode to daemon, first of all
    RESULT = 6  # decode to daemon: what was on the frame; ready for the next
    DEVIATION = 7  # capture to daemon: how the camera differs from what was ordered
    # A command and its picture process say these beside FILL, TROUBLE, READY and RESULT; their
    # bodies: drivers/picture_files/messages.py.
    FILE = 8  # command: a file was handed over; picture process: what it is
    END = 9  # picture process: the file has no more frames
    DRAW = 10  # command: draw the frame into what was handed over; picture process: it is there
    UNABLE = 11  # picture process, first of all: why it can't work


class Trouble(Enum):
    """Why capture has no pictures; the daemon has the words for it."""

    MISSING = 1
    DENIED = 2
    UNOPENED = 3
    SILENT = 4  # it was open, and gave no more
    COVERED = 5  # what it gives is dark or flat all over
    FROZEN = 6  # the same picture, also after it was opened again
    FLOODING = 7  # more frames than any camera gives
    GARBLED = 8  # what it gives is no picture
    TOO_LARGE = 9  # pictures that are not worth the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, its body not yet looked into."""

    kind: Kind
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameNote:
    """The frame that is in the slot: rows of `width` octets, from the slot's beginning."""

    number: int  # grows within one capture process
    width: int
    height: int
    seen_ms: int  # monotonic: it was captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What decode made of one frame."""

    number: int  # the frame's
    look: Look


class MessageReader:
    """Cuts a stream of octets into messages; holds less than one message."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def receive(self, octets: bytes) -> tuple[Message, ...]:
        """Return the messages that are now whole.

        Raises:
            MalformedMessage: the stream makes no sense, and will not again.
        """
        self._octets += octets
        messages = []
        while (message := self._take()) is not None:
            messages.append(message)
        return tuple(messages)

    def _take(self) -> Message | None:
        if len(self._octets) < _HEADER.size:
            return None
        number, length = _HEADER.unpack_from(self._octets)
        if length > BODY_BYTES_MAX:
            raise MalformedMessage(f"a body of {length} octets")
        end = _HEADER.size + length
        if len(self._octets) < end:
            return None
        body = bytes(self._octets[_HEADER.size : end])
        del self._octets[:end]
        return Message(kind=_kind(number), body=body)


def encoded(message: Message) -> bytes:
    """Return the octets of a message."""
    return _HEADER.pack(message.kind.value, len(message.body)) + message.body


def frame_message(note: FrameNote) -> Message:
    """Return the message that a frame is in the slot."""
    body = _NOTE.pack(note.number, note.width, note.height, note.seen_ms)
    return Message(kind=Kind.FRAME, body=body)


def parse_frame(body: bytes) -> FrameNote:
    """Return the note in a FRAME message; its picture fits into the slot.

    Raises:
        MalformedMessage: it does not, or this is no note.
    """
    if len(body) != _NOTE.size:
        raise MalformedMessage(f"a note of {len(body)} octets")
    number, width, height, seen_ms = _NOTE.unpack(body)
    if not 0 < width * height <= SLOT_BYTES:
        raise MalformedMessage(f"a frame of {width} x {height}")
    return FrameNote(number=number, width=width, height=height, seen_ms=seen_ms)


def trouble_message(trouble: Trouble) -> Message:
    """Return the message that there are no pictures."""
    return Message(kind=Kind.TROUBLE, body=bytes((trouble.value,)))


def parse_trouble(body: bytes) -> Trouble:
    """Return what a TROUBLE message says.

    Raises:
        MalformedMessage: it says nothing known.
    """
    try:
        (number,) = body
        return Trouble(number)
    except ValueError as fault:
        raise MalformedMessage("an unknown trouble") from fault


def result_message(result: Result) -> Message:
    """Return the message of what was made of a frame."""
    look = result.look
    counts = len(look.readings), len(look.note)
    body = bytearray(_RESULT.pack(result.number, look.sign.value, *counts))
    for reading in look.readings:
        kinds = _ENGINES.index(reading.engine), RUNGS.index(reading.rung)
        body += _READING.pack(*kinds, *_flat(reading.corners), len(reading.payload))
        body += reading.payload
    return Message(kind=Kind.RESULT, body=bytes(body) + look.note)


def parse_result(body: bytes) -> Result:
    """Return what a RESULT message says: at most READINGS_MAX readings, each within limits.

    Raises:
        MalformedMessage: too many, too long, or not what the length says.
    """
    try:
        number, sign, count, rest = _RESULT.unpack_from(body)
        readings, offset = [], _RESULT.size
        for _ in range(count):
            engine, rung, *flat, length = _READING.unpack_from(body, offset)
            offset += _READING.size + length
            reading = Reading(
                payload=body[offset - length : offset],
                engine=_ENGINES[engine],
                rung=RUNGS[rung],
                corners=_corners(flat),
            )
            readings.append(reading)
        look = Look(readings=tuple(readings), sign=Sign(sign), note=body[offset:])
    except (struct.error, IndexError, ValueError) as fault:
        raise MalformedMessage("a result cut short") from fault
    are_payloads = all(0 < len(reading.payload) <= PAYLOAD_BYTES_MAX for reading in readings)
    is_whole = offset + rest == len(body) and rest <= NOTE_BYTES_MAX
    if not is_whole or count > READINGS_MAX or not are_payloads:
        raise MalformedMessage("a result out of its limits")
    return Result(number=number, look=look)


def _flat(corners: Corners) -> list[int]:
    return [max(-_CORNER_MAX, min(at, _CORNER_MAX)) for point in corners for at in point]


def _corners(flat: list[int]) -> Corners:
    x0, y0, x1, y1, x2, y2, x3, y3 = flat
    return (x0, y0), (x1, y1), (x2, y2), (x3, y3)


def _kind(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError as fault:
        raise MalformedMessage(f"a message of kind {number}") from fault
