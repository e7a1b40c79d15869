"""What a command and its picture process say to each other, in the octets of camera messages.

One question, one answer. Files and drawings are no octets here: they are open descriptors, handed
over by a socket, the file's first.
"""

import struct
from dataclasses import dataclass

from drivers.camera.messages import Kind, MalformedMessage, Message, Result, parse_result
from drivers.picture_files.flaws import Flaw
from drivers.reading import Look

# A drawing as it lies in memory, without any packing, of the largest picture, and its header.
DRAWING_BYTES_MAX = 152_000_000

# By these endings OpenCV writes pictures whichever way it was built.
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm")

# Of all that a machine lacks, each with its remedy; a few lines.
_TEXT_BYTES_MAX = 2_000

_FILE = struct.Struct("!I")  # what each look may cost in CPU time, in ms
_IS_STILL = struct.Struct("!?")
_DRAW = struct.Struct("!B?")  # which of SUFFIXES, whether with text
_LENGTH = struct.Struct("!I")
_SPENT = struct.Struct("!I")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLook:
    """What was made of one frame of a file."""

    number: int  # from 0
    look: Look
    spent_ms: int  # by the ladder


def ready_message(missing: tuple[str, ...]) -> Message:
    """Return the message that it can work, and what the machine lacks for all of it."""
    return Message(kind=Kind.READY, body="\n".join(missing).encode())


def unable_message(words: str) -> Message:
    """Return the message that it can't work."""
    return Message(kind=Kind.UNABLE, body=" ".join(words.split()).encode())


def parse_lines(body: bytes) -> tuple[str, ...]:
    """Return the lines in a READY or UNABLE message.

    Raises:
        MalformedMessage: it is no text, or too long.
    """
    if len(body) > _TEXT_BYTES_MAX:
        raise MalformedMessage(f"a text of {len(body)} octets")
    try:
        return tuple(body.decode().splitlines())
    except UnicodeDecodeError as fault:
        raise MalformedMessage("a text that is none") from fault


def file_message(cpu_ms_max: int) -> Message:
    """Return the question what a file is; it was handed over."""
    return Message(kind=Kind.FILE, body=_FILE.pack(cpu_ms_max))


def parse_file(body: bytes) -> int:
    """Return what each look at a file may cost in CPU time.

    Raises:
        MalformedMessage: the command is of another version, or has a bug.
    """
    (cpu_ms_max,) = _unpacked(_FILE, body)
    return int(cpu_ms_max)


def file_answer(*, is_still: bool) -> Message:
    """Return the answer what a file is."""
    return Message(kind=Kind.FILE, body=_IS_STILL.pack(is_still))


def parse_file_answer(body: bytes) -> bool:
    """Return whether a file is a still picture, else it's a video.

    Raises:
        MalformedMessage: it says neither.
    """
    if body not in (b"\x00", b"\x01"):
        raise MalformedMessage("a file that is neither")
    return body == b"\x01"


def flaw_message(flaw: Flaw) -> Message:
    """Return the answer that a file gives no picture."""
    return Message(kind=Kind.TROUBLE, body=bytes((flaw.value,)))


def parse_flaw(body: bytes) -> Flaw:
    """Return why a file gives no picture.

    Raises:
        MalformedMessage: it says nothing known.
    """
    try:
        (number,) = body
        return Flaw(number)
    except ValueError as fault:
        raise MalformedMessage("an unknown flaw") from fault


def spent_note(spent_ms: int) -> bytes:
    """Return the note that a look carries."""
    return _SPENT.pack(min(spent_ms, 2**32 - 1))


def parse_frame_look(body: bytes) -> FrameLook:
    """Return what a RESULT message of a picture process says.

    Raises:
        MalformedMessage: out of its limits, or without its note.
    """
    result: Result = parse_result(body)
    (spent_ms,) = _unpacked(_SPENT, result.look.note)
    return FrameLook(number=result.number, look=result.look, spent_ms=int(spent_ms))


def draw_message(suffix: str, *, with_text: bool) -> Message:
    """Return the order to draw the last frame into the memory that was handed over.

    Raises:
        ValueError: no picture has this suffix.
    """
    return Message(kind=Kind.DRAW, body=_DRAW.pack(SUFFIXES.index(suffix), with_text))


def parse_draw(body: bytes) -> tuple[str, bool]:
    """Return the suffix of an order to draw, and whether with text.

    Raises:
        MalformedMessage: the command is of another version, or has a bug.
    """
    number, with_text = _unpacked(_DRAW, body)
    if number >= len(SUFFIXES):
        raise MalformedMessage("a picture of no kind")
    return SUFFIXES[number], bool(with_text)


def drawn_message(length: int) -> Message:
    """Return the answer how many octets a drawing has; 0: it can't be had."""
    return Message(kind=Kind.DRAW, body=_LENGTH.pack(length))


def parse_drawn(body: bytes) -> int:
    """Return how many octets a drawing has, at most DRAWING_BYTES_MAX.

    Raises:
        MalformedMessage: more than there can be.
    """
    (length,) = _unpacked(_LENGTH, body)
    if length > DRAWING_BYTES_MAX:
        raise MalformedMessage(f"a drawing of {length} octets")
    return int(length)


def _unpacked(shape: struct.Struct, body: bytes) -> tuple[int, ...]:
    try:
        return shape.unpack(body)
    except struct.error as fault:
        raise MalformedMessage(f"a body of {len(body)} octets") from fault
