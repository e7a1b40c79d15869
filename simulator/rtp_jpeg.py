"""A JPEG as RTP packets (RFC 2435), as network cameras send it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# A JPEG that says 4:2:0 and brings its own quantisation tables (sections 3.1.3, 3.1.4, 4.2).
_TYPE_420 = 1
_Q_IN_BAND = 255
_PAYLOAD_TYPE = 26  # RFC 3551, table 5
_VERSION = 0x80
_MARKER = 0x80
# A line of Ethernet; over TCP no packet must be so small, but cameras send them so.
PAYLOAD_BYTES = 1_400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    width: int
    height: int
    tables: bytes  # quantisation: luma, then colour, as they stand in the JPEG
    scan: bytes  # entropy-coded pixels, without EOI


def packets(jpeg: bytes, *, number: int, timestamp: int, ssrc: int) -> Iterator[bytes]:
    """Yield the RTP packets of a picture.

    Args:
        jpeg: baseline, colour at 4:2:0, the standard's Huffman tables, sides of a multiple of 8 up
            to 2040: what `cv2.imencode` makes of a BGR picture.
        number: of the first packet; 16 bits, more wrap around.
        timestamp: of the picture, in 1/90000 s.
        ssrc: of the camera.

    Raises:
        ValueError: RFC 2435 cannot carry this picture.
    """
    picture = _parsed(jpeg)
    for offset in range(0, len(picture.scan), PAYLOAD_BYTES):
        payload = picture.scan[offset : offset + PAYLOAD_BYTES]
        is_last = offset + PAYLOAD_BYTES >= len(picture.scan)
        mark = _PAYLOAD_TYPE | (_MARKER if is_last else 0)
        place = (number + offset // PAYLOAD_BYTES) & 0xFFFF
        head = struct.pack("!BBHII", _VERSION, mark, place, timestamp & 0xFFFF_FFFF, ssrc)
        yield head + _jpeg_header(picture, offset) + payload


def _jpeg_header(picture: _Picture, offset: int) -> bytes:
    sides = bytes((picture.width // 8, picture.height // 8))
    head = offset.to_bytes(4) + bytes((_TYPE_420, _Q_IN_BAND)) + sides
    if offset:
        return head
    return head + struct.pack("!BBH", 0, 0, len(picture.tables)) + picture.tables


def _parsed(jpeg: bytes) -> _Picture:
    at, tables, width, height = 2, b"", 0, 0
    while True:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        body = jpeg[at + 4 : at + 2 + length]
        at += 2 + length
        match marker:
            case 0xDB:
                tables += b"".join(
                    body[start + 1 : start + 65] for start in range(0, len(body), 65)
                )
            case 0xC0:
                height, width = struct.unpack("!HH", body[1:5])
                if body[5] != 3 or body[7] != 0x22:
                    raise ValueError("only colour at 4:2:0 is carried")
            case 0xDA:
                break
    if width % 8 or height % 8 or max(width, height) > 2040:
        raise ValueError(f"a picture of {width} x {height} is not carried")
    return _Picture(width=width, height=height, tables=tables, scan=jpeg[at:-2])
