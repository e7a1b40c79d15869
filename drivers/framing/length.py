"""Frames that tell their length: a start, a tag, the length, the value, a check octet."""

from dataclasses import dataclass
from typing import Literal

from drivers.framing.base import GAP_MS_MAX, LINE_BYTES_MAX, Frame, LineFault, Message
from drivers.framing.checks import xor_of
from drivers.framing.marked import Marked, Parsed
from drivers.framing.stx_etx import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a frame is laid out.

    As it stands it is what Vguang (Vbar) boxes send: `55 AA command status length data check`,
    the length little-endian, the check an exclusive or of all before it (maker's CR08 protocol).
    """

    start: bytes = b"\x55\xaa"
    tag_bytes: int = 2  # between start and length: command and status
    length_bytes: int = 2
    length_order: Literal["little", "big"] = "little"
    check: Literal["none", "all", "body"] = "all"  # the exclusive or; body: without the start
    end: bytes = b""  # behind the check octet
    code_tags: tuple[bytes, ...] = ()  # the beginnings of the tags of codes; empty: all are codes

    def __post_init__(self) -> None:
        if not self.start or not 0 <= self.tag_bytes <= 8 or not 1 <= self.length_bytes <= 4:
            raise ValueError("a start, up to 8 octets of tag and 1 to 4 of length are needed")
        if any(not 0 < len(tag) <= self.tag_bytes for tag in self.code_tags):
            raise ValueError(f"a tag of a code has 1 to {self.tag_bytes} octets")


class Length(Marked):
    """Takes frames of one layout.

    Args:
        layout: what a frame looks like.
        line_bytes_max: the longest value taken; what claims more is no frame.
        gap_ms_max: half a frame is dropped when nothing came for so long.
    """

    is_binary = True

    def __init__(
        self,
        layout: Layout,
        line_bytes_max: int = LINE_BYTES_MAX,
        gap_ms_max: int = GAP_MS_MAX,
    ) -> None:
        super().__init__(line_bytes_max, gap_ms_max)
        self._layout = layout
        self.has_messages = bool(layout.code_tags)

    def _start(self, octets: bytearray) -> int:
        return place_of(octets, self._layout.start)

    def _parse(self, octets: bytearray) -> Parsed | None:
        layout = self._layout
        tag_at = len(layout.start)
        length_at = tag_at + layout.tag_bytes
        value_at = length_at + layout.length_bytes
        if len(octets) < value_at:
            return None
        length = int.from_bytes(octets[length_at:value_at], layout.length_order)
        if length > self._line_bytes_max:
            return Parsed(size=1, outcomes=(), fault=LineFault.STRAY)
        end = value_at + length
        size = end + (layout.check != "none") + len(layout.end)
        if len(octets) < size:
            return None
        if not self._is_whole(octets, end, size):
            return Parsed(size=1, outcomes=(), fault=LineFault.BAD_CHECK)
        tag, value = bytes(octets[tag_at:length_at]), bytes(octets[value_at:end])
        if not layout.code_tags or tag.startswith(layout.code_tags):
            frame = Frame(payload=value, began_ms=self._arrived.began_ms)
            return Parsed(size=size, outcomes=(frame,) if value else ())
        return Parsed(size=size, outcomes=(Message(octets=tag + value),))

    def _is_whole(self, octets: bytearray, end: int, size: int) -> bool:
        layout = self._layout
        if not octets[:size].endswith(layout.end):
            return False
        first = 0 if layout.check == "all" else len(layout.start)
        return layout.check == "none" or octets[end] == xor_of(octets[first:end])
