"""From what a camera sends to luma, by the shortest way, and only for the frame that is asked for.

Draining a camera then costs next to nothing: its JPEGs are passed over unopened. A JPEG is looked
into by its header first, so that no stranger decides how much memory and time it takes.
"""

from enum import Enum
from typing import Any

import numpy as np

from drivers.camera.messages import Trouble
from drivers.luma import Luma

# A 16-megapixel sensor is the largest that cameras for this work have; codes need 1. More is made
# to fill the memory.
FRAME_PIXELS_MAX = 16_000_000

# The best JPEG of such a picture takes half an octet a pixel.
PACKET_BYTES_MAX = 8_000_000

# A camera's JPEG has one scan, a progressive one of libjpeg's making 10, and a preview in its
# header one more. Each costs a pass over the whole picture: thousands would take minutes.
SCANS_MAX = 16

_SOI = b"\xff\xd8"
_SOS = b"\xff\xda"
_SOS_MARKER, _EOI_MARKER = 0xDA, 0xD9
# ITU-T T.81, table B.1: frames, but not DHT (C4), JPG (C8) and DAC (CC) among them.
_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone: fill octets are taken for one too. Table B.1: TEM, RST, SOI.
_BARE_MARKERS = frozenset((0x01, 0xD8, 0xFF)) | frozenset(range(0xD0, 0xD8))


class Form(Enum):
    """How a picture lies in what the capture object hands over."""

    JPEG = "jpeg"  # one row of octets: the packet as it came
    PLANAR = "planar"  # luma first, colour in rows below it
    YUYV = "yuyv"  # luma is the first of two channels
    UYVY = "uyvy"  # luma is the second of two channels
    DECODED = "decoded"  # a picture: colour as BGR, or luma alone


def luma_of_frame(cv2: Any, frame: Any, form: Form, height: int) -> Luma | Trouble:
    """Return the luma of a frame, or why there is none.

    Args:
        cv2: OpenCV.
        frame: what `VideoCapture.retrieve` gave: 8-bit, of the shape that `form` tells.
        form: how the picture lies in it.
        height: of the picture in a PLANAR frame.
    """
    match form:
        case Form.JPEG:
            return _luma_of_jpeg(cv2, frame)
        case Form.PLANAR if frame.ndim == 2 and 0 < height <= frame.shape[0]:
            return _checked(frame[:height])
        case Form.YUYV | Form.UYVY if frame.ndim == 3 and frame.shape[2] == 2:
            return _checked(frame[:, :, int(form is Form.UYVY)])
        case Form.DECODED if frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 3):
            return _checked(frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        case _:
            return Trouble.GARBLED


def jpeg_size(octets: bytes) -> tuple[int, int] | None:
    """Return width and height by the header of a JPEG; None: it has none that makes sense."""
    if not octets.startswith(_SOI):
        return None
    at = len(_SOI)
    while at + 4 <= len(octets) and octets[at] == 0xFF:
        marker = octets[at + 1]
        if marker in _BARE_MARKERS:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (_SOS_MARKER, _EOI_MARKER):
            return None  # pixels before their frame's header
        if marker in _SOF_MARKERS:
            return _frame_size(octets[at + 4 : at + 9])
        at += 2 + int.from_bytes(octets[at + 2 : at + 4])
    return None


def _frame_size(octets: bytes) -> tuple[int, int] | None:
    """Return width and height by T.81, B.2.2: precision, lines, samples a line."""
    if len(octets) < 5:
        return None
    height, width = int.from_bytes(octets[1:3]), int.from_bytes(octets[3:5])
    # A height of 0 is told after the first scan (DNL); no camera does so, and no decoder here.
    return (width, height) if width and height else None


def _luma_of_jpeg(cv2: Any, packet: Any) -> Luma | Trouble:
    if packet.size > PACKET_BYTES_MAX:
        return Trouble.TOO_LARGE
    octets = packet.tobytes()
    size = jpeg_size(octets)
    if size is None or octets.count(_SOS) > SCANS_MAX:
        return Trouble.GARBLED
    if size[0] * size[1] > FRAME_PIXELS_MAX:
        return Trouble.TOO_LARGE
    try:
        luma = cv2.imdecode(np.frombuffer(octets, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # it can also raise where it mostly returns None
        luma = None
    return Trouble.GARBLED if luma is None else _checked(luma)


def _checked(picture: Any) -> Luma | Trouble:
    if picture.dtype != np.uint8 or 0 in picture.shape:
        return Trouble.GARBLED
    if picture.size > FRAME_PIXELS_MAX:
        return Trouble.TOO_LARGE
    return np.asarray(picture)
