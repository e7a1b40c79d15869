"""Every framing with an encoder of its own, written from the makers' descriptions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor

from drivers.framing.base import Framing
from drivers.framing.delimited import Delimited
from drivers.framing.idle_gap import IdleGap
from drivers.framing.length import Layout, Length
from drivers.framing.ssi import Ssi
from drivers.framing.stx_etx import Cover, StxEtx

MAX = 300  # of most framings made here: small, so that limits are met


@dataclass(frozen=True)
class Kind:
    make: Callable[[], Framing]
    encode: Callable[[bytes], bytes]
    refuses: bytes = b""  # octets that its codes can't hold
    has_mark: bool = False  # so that noise before a frame is told from it


def folded(octets: bytes) -> bytes:
    return bytes((reduce(xor, octets, 0),))


def boxed(payload: bytes) -> bytes:
    body = b"\x55\xaa\x30\x00" + len(payload).to_bytes(2, "little") + payload
    return body + folded(body)


def wrapped(payload: bytes) -> bytes:
    """Return what another maker sends: big-endian, the start not in the check, an end."""
    body = b"\x00" + len(payload).to_bytes(2, "big") + payload
    return b"\x5a" + body + folded(body) + b"\xa5"


def ssi_packet(opcode: int, content: bytes, *, status: int = 0, source: int = 0) -> bytes:
    body = bytes((len(content) + 4, opcode, source, status)) + content
    return body + ((0x10000 - sum(body)) % 0x10000).to_bytes(2, "big")


def ssi_code(payload: bytes, *, kind: int = 0x1C, part_max: int = 250) -> bytes:
    parts = [payload[at : at + part_max] for at in range(0, len(payload), part_max)]
    return b"".join(
        ssi_packet(0xF3, bytes((kind,)) + part, status=0 if number == len(parts) else 2)
        for number, part in enumerate(parts, 1)
    )


def checked(payload: bytes, cover: Cover) -> bytes:
    covered = {
        Cover.NONE: b"",
        Cover.TEXT: payload,
        Cover.TO_END: payload + b"\x03",
        Cover.ALL: b"\x02" + payload + b"\x03",
    }[cover]
    return b"\x02" + payload + b"\x03" + (b"" if cover is Cover.NONE else folded(covered))


def covering(cover: Cover) -> Kind:
    return Kind(
        make=lambda: StxEtx(cover=cover, line_bytes_max=MAX),
        encode=lambda payload: checked(payload, cover),
        refuses=b"\x02\x03",
        has_mark=True,
    )


KINDS = {
    "delimited": Kind(
        make=lambda: Delimited(line_bytes_max=MAX),
        encode=lambda payload: payload + b"\r\n",
        refuses=b"\r\n",
    ),
    "delimited, long endings": Kind(
        make=lambda: Delimited((b"\x03", b"\x03\x04", b"<end>"), MAX),
        encode=lambda payload: payload + b"\x03\x04",
        refuses=b"\x03>",
    ),
    "idle-gap": Kind(make=lambda: IdleGap(50, MAX), encode=lambda payload: payload),
    "stx-etx": covering(Cover.NONE),
    "stx-etx, text": covering(Cover.TEXT),
    "stx-etx, to the end": covering(Cover.TO_END),
    "stx-etx, all": covering(Cover.ALL),
    "stx-etx, with EOT": Kind(
        make=lambda: StxEtx(end=b"\x03\x04", line_bytes_max=MAX),
        encode=lambda payload: b"\x02" + payload + b"\x03\x04",
        refuses=b"\x02\x03\x04",
        has_mark=True,
    ),
    "length": Kind(make=lambda: Length(Layout(), MAX), encode=boxed, has_mark=True),
    "length, wrapped": Kind(
        make=lambda: Length(
            Layout(start=b"\x5a", tag_bytes=1, length_order="big", check="body", end=b"\xa5"),
            MAX,
        ),
        encode=wrapped,
        has_mark=True,
    ),
    "ssi": Kind(make=lambda: Ssi(MAX), encode=ssi_code, has_mark=True),
}
