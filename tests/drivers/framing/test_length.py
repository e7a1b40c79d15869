import pytest

from drivers.framing.base import Frame, LineFault, Message
from drivers.framing.length import Layout, Length
from tests.support.framings import boxed

# Written out by hand from the maker's description: 30 is the command, 00 its status.
BOX = bytes.fromhex("55 AA 30 00 05 00 48 45 4C 4C 4F 88")


def frame(payload: bytes) -> Frame:
    return Frame(payload=payload, began_ms=0)


def test_box_frame_is_read() -> None:
    assert Length(Layout()).receive(BOX, 0) == (frame(b"HELLO"),)


def test_tag_tells_codes_from_answers() -> None:
    framing = Length(Layout(code_tags=(b"\x30",)))
    version = bytes.fromhex("55 AA 02 00 01 00 37 CB")
    assert framing.receive(BOX + version, 0) == (
        frame(b"HELLO"),
        Message(octets=b"\x02\x00\x37"),
    )


def test_wrong_check_is_told_once_and_what_stands_within_is_read() -> None:
    """A cut frame whose length reaches into the next one, which is whole."""
    cut = bytes.fromhex("55 AA 30 00 04 00")
    assert Length(Layout()).receive(cut + BOX, 0) == (LineFault.BAD_CHECK, frame(b"HELLO"))


def test_length_that_no_code_has_is_no_frame() -> None:
    framing = Length(Layout(), 8)
    assert framing.receive(bytes.fromhex("55 AA 30 00 09 00") + boxed(b"x" * 8), 0) == (
        LineFault.STRAY,
        frame(b"x" * 8),
    )


def test_frame_behind_a_false_start_is_read_after_the_pause_at_the_latest() -> None:
    framing = Length(Layout(), gap_ms_max=100)
    false = bytes.fromhex("55 AA 30 00 FF 0F")
    assert framing.receive(false + BOX, 0) == ()
    assert framing.receive(b"", 100) == (LineFault.BROKEN_OFF, frame(b"HELLO"))
    assert not framing.is_mid_line


def test_start_may_come_in_two_parts() -> None:
    framing = Length(Layout())
    assert framing.receive(b"junk\x55", 0) == (LineFault.STRAY,)
    assert framing.receive(BOX[1:], 0) == (frame(b"HELLO"),)


def test_tag_length_value_without_a_check_is_read() -> None:
    framing = Length(Layout(start=b"\x0f", tag_bytes=0, length_bytes=1, check="none", end=b"\xf0"))
    assert framing.receive(b"\x0f\x02AB\xf0\x0f\x02AB\xf1", 0) == (
        frame(b"AB"),
        LineFault.BAD_CHECK,
    )


@pytest.mark.parametrize(
    "layout", [{"start": b""}, {"tag_bytes": 9}, {"length_bytes": 0}, {"code_tags": (b"123",)}]
)
def test_layout_that_can_not_be_is_a_bug(layout: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="tag"):
        Layout(**layout)  # type: ignore[arg-type]  # by name, from the table above
