"""What a decoder gives: apart from the decoder, so that the daemon need not load NumPy."""

from dataclasses import dataclass
from enum import Enum

# One holder shows one code. A sheet of codes held up to a lane gives this many presentations
# and no more, so that it cannot flood the daemon; a poster beside the code does no harm.
READINGS_MAX = 8

# Enough for the figures of one code and of the frame, and the places of READINGS_MAX others.
NOTE_BYTES_MAX = 512

# Every rung of the ladder; which is tried when: docs/drivers.md.
RUNGS = (
    "plain",
    "place",
    "enlarged",
    "thresholded",
    "global",
    "combined",
    "evened",
    "sharpened",
    "evened-thresholded",
    "magnified",
    "zbar",
    "magnified-global",
    "evened-global",
    "tripled",
    "thinned",
    "thickened",
    "softened",
    "halved",
    "whole-softened",
    "doubled",
    "whole-zbar",
)

Point = tuple[int, int]
# The corners of a code, in pixels of the frame: the one between the upper two finder patterns'
# outer edges first, then clockwise as the code is printed. They may lie outside the frame.
Corners = tuple[Point, Point, Point, Point]


class Sign(Enum):
    """Whether a frame is worth more work."""

    NOTHING = 0  # nothing that looks like a code
    UNREAD = 1  # something does, and could not be read
    READ = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One code as an engine read it."""

    payload: bytes  # untrusted, 1 to PAYLOAD_BYTES_MAX octets
    engine: str  # "zxing" or "zbar"
    rung: str  # one of RUNGS: what had to be done to the frame
    corners: Corners


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a decoder made of one frame."""

    readings: tuple[Reading, ...]  # at most READINGS_MAX; no octets twice at one place
    sign: Sign
    # Where codes were seen that could not be read, at most READINGS_MAX; for people's eyes, so
    # the messages between processes leave it out.
    unread: tuple[Corners, ...] = ()
    # What a process of another kind adds to each look, at most NOTE_BYTES_MAX octets: aiming a
    # camera sends its measures so. A lane's has none.
    note: bytes = b""
