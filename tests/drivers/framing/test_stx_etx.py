import pytest

from drivers.framing.base import Frame, LineFault
from drivers.framing.stx_etx import Cover, StxEtx


def frame(payload: bytes) -> Frame:
    return Frame(payload=payload, began_ms=0)


@pytest.mark.parametrize(
    ("cover", "octets"),
    [
        (Cover.NONE, "02 41 42 03"),
        (Cover.TEXT, "02 41 42 03 03"),  # 41 ^ 42: looks like another end
        (Cover.TO_END, "02 41 42 03 00"),
        (Cover.ALL, "02 41 42 03 02"),  # looks like another start
    ],
)
def test_check_octet_may_be_any_octet(cover: Cover, octets: str) -> None:
    stream = bytes.fromhex(octets) * 2
    assert StxEtx(cover=cover).receive(stream, 0) == (frame(b"AB"), frame(b"AB"))


def test_wrong_check_is_told_and_the_frame_that_began_in_its_place_is_read() -> None:
    framing = StxEtx(cover=Cover.TO_END)
    assert framing.receive(bytes.fromhex("02 41 42 03 02 41 42 03 00"), 0) == (
        LineFault.BAD_CHECK,
        frame(b"AB"),
    )


def test_start_within_a_code_drops_the_half_before_it() -> None:
    assert StxEtx().receive(b"\x02half\x02whole\x03", 0) == (LineFault.BROKEN_OFF, frame(b"whole"))


def test_line_endings_between_frames_are_no_fault_and_anything_else_is_one() -> None:
    framing = StxEtx()
    assert framing.receive(b"\r\n\x02A\x03\r\n\x02B\x03\r\n", 0) == (frame(b"A"), frame(b"B"))
    assert framing.receive(b"junk\r\njunk\x02C\x03", 0) == (LineFault.STRAY, frame(b"C"))


def test_run_of_stray_octets_is_told_again_when_a_pause_parts_it() -> None:
    framing = StxEtx(gap_ms_max=100)
    assert framing.receive(b"junk", 0) == (LineFault.STRAY,)
    assert framing.receive(b"junk", 99) == ()
    assert framing.receive(b"junk", 199) == (LineFault.STRAY,)


@pytest.mark.parametrize(("length", "fits"), [(8, True), (9, False)])
def test_code_exactly_on_the_limit_passes(length: int, *, fits: bool) -> None:
    framing = StxEtx(end=b"\x03\x04", line_bytes_max=8)
    outcomes = framing.receive(b"\x02" + b"x" * length + b"\x03\x04\x02A\x03\x04", 0)
    assert outcomes[0] == (frame(b"x" * length) if fits else LineFault.ENDLESS)
    assert outcomes[-1] == frame(b"A")


def test_empty_frame_is_no_code() -> None:
    assert StxEtx().receive(b"\x02\x03", 0) == ()


@pytest.mark.parametrize(("start", "end"), [(b"", b"\x03"), (b"\x02", b""), (b"\x02", b"\x03\x02")])
def test_marks_that_can_not_be_told_apart_are_a_bug(start: bytes, end: bytes) -> None:
    with pytest.raises(ValueError, match="share none"):
        StxEtx(start=start, end=end)
