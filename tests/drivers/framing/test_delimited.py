import pytest

from drivers.framing.base import Frame, LineFault
from drivers.framing.delimited import Delimited


def frames(*payloads: bytes) -> tuple[Frame, ...]:
    return tuple(Frame(payload=payload, began_ms=0) for payload in payloads)


def test_lines_come_without_their_delimiter_whichever_it_is() -> None:
    assert Delimited().receive(b"A\rB\nC\r\nD", 0) == frames(b"A", b"B", b"C")


def test_empty_lines_are_ignored() -> None:
    assert Delimited().receive(b"\r\n\r\n\n\nA\r\n", 0) == frames(b"A")


def test_only_the_delimiter_is_taken_off() -> None:
    assert Delimited().receive(b" ]Q1\tA \x00\r", 0) == frames(b" ]Q1\tA \x00")


@pytest.mark.parametrize(("length", "fits"), [(7, True), (8, True), (9, False)])
@pytest.mark.parametrize("suffix", [b"\r", b"\x03\x04", b"<end>"])
def test_line_exactly_on_the_limit_passes(length: int, suffix: bytes, *, fits: bool) -> None:
    outcomes = Delimited((suffix,), 8).receive(b"x" * length + suffix + b"next" + suffix, 0)
    line = Frame(payload=b"x" * length, began_ms=0) if fits else LineFault.ENDLESS
    assert outcomes == (line, *frames(b"next"))


def test_overlong_line_is_told_as_long_as_it_lasts_and_the_next_is_read() -> None:
    framing = Delimited((b"\r",), 8)
    assert framing.receive(b"x" * 9, 0) == (LineFault.ENDLESS,)
    assert framing.receive(b"x" * 6, 0) == ()
    assert framing.receive(b"x" * 2, 0) == (LineFault.ENDLESS,)
    assert framing.is_mid_line
    assert framing.receive(b"\rA\r", 0) == frames(b"A")


def test_longer_ending_is_taken_off_whole_though_a_shorter_one_ends_the_line() -> None:
    framing = Delimited((b"\x03", b"\x03\x04"))
    assert framing.receive(b"A\x03", 0) == frames(b"A")
    assert not framing.is_mid_line
    assert framing.receive(b"\x04B\x03C\x03\x04", 0) == frames(b"B", b"C")


def test_pause_behind_a_code_is_no_fault_whatever_ending_might_have_gone_on() -> None:
    framing = Delimited((b"\r", b"\r\n\n"), gap_ms_max=100)
    framing.receive(b"A\r", 0)
    assert framing.due_ms == 100
    assert framing.receive(b"\n", 50) == ()
    assert framing.receive(b"", 150) == ()
    assert framing.receive(b"B\r", 200) == (Frame(payload=b"B", began_ms=200),)


def test_half_a_line_is_told_once_after_the_pause() -> None:
    framing = Delimited(gap_ms_max=100)
    framing.receive(b"half", 0)
    assert framing.receive(b"", 99) == ()
    assert framing.receive(b"", 100) == (LineFault.BROKEN_OFF,)
    assert framing.receive(b"", 300) == ()


def test_pause_within_an_endless_line_is_no_second_fault() -> None:
    framing = Delimited(line_bytes_max=8, gap_ms_max=100)
    assert framing.receive(b"x" * 12, 0) == (LineFault.ENDLESS,)
    assert framing.receive(b"A\r", 100) == (Frame(payload=b"A", began_ms=100),)


@pytest.mark.parametrize("suffixes", [(), (b"",), (b"\r", b"")])
def test_framing_without_a_delimiter_is_a_bug(suffixes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="suffixes"):
        Delimited(suffixes)
