from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import Frame, Framing, FramingFault


def frames(*payloads: bytes) -> tuple[Frame, ...]:
    return tuple(Frame(payload=payload) for payload in payloads)


def test_lines_come_without_their_delimiter_whichever_it_is() -> None:
    assert Framing().receive(b"A\rB\nC\r\nD") == frames(b"A", b"B", b"C")


def test_empty_lines_are_ignored() -> None:
    assert Framing().receive(b"\r\n\r\n\n\nA\r\n") == frames(b"A")


def test_only_the_delimiter_is_taken_off() -> None:
    assert Framing().receive(b" ]Q1\tA \x00\r") == frames(b" ]Q1\tA \x00")


@pytest.mark.parametrize(("length", "fits"), [(7, True), (8, True), (9, False)])
@pytest.mark.parametrize("suffix", [b"\r", b"\x03\x04", b"<end>"])
def test_line_exactly_on_the_limit_passes(length: int, suffix: bytes, *, fits: bool) -> None:
    outcomes = Framing((suffix,), 8).receive(b"x" * length + suffix + b"next" + suffix)
    line = Frame(payload=b"x" * length) if fits else FramingFault.LINE_TOO_LONG
    assert outcomes == (line, Frame(payload=b"next"))


def test_overlong_line_is_told_once_and_the_next_is_read() -> None:
    framing = Framing((b"\r",), 8)
    assert framing.receive(b"x" * 9) == (FramingFault.LINE_TOO_LONG,)
    assert framing.receive(b"x" * 100) == ()
    assert framing.is_mid_line
    assert framing.receive(b"\rA\r") == frames(b"A")


def test_a_line_that_never_ends_holds_no_memory() -> None:
    framing = Framing((b"\r", b"<end>"), 4096)
    for _ in range(100):
        framing.receive(b"x" * 1000)
    assert len(framing._line) <= 4096 + len(b"<end>")


def test_reset_drops_the_line_that_has_begun() -> None:
    framing = Framing()
    framing.receive(b"half")
    framing.reset()
    assert not framing.is_mid_line
    assert framing.receive(b"whole\r") == frames(b"whole")


def test_aim_prefix_is_taken_off_and_asked_for() -> None:
    framing = Framing(aim_prefix=True)
    outcomes = framing.receive(b"]Q1A\r]E05901234123457\r]Q1\rB\r]Q1]Q1C\r")
    fault = FramingFault.NO_AIM_PREFIX
    assert outcomes == (*frames(b"A"), fault, fault, *frames(b"]Q1C"))


@pytest.mark.parametrize("suffixes", [(), (b"",), (b"\r", b"")])
def test_framing_without_a_delimiter_is_a_bug(suffixes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="suffixes"):
        Framing(suffixes)


@pytest.mark.parametrize("line_bytes_max", [0, 7090])
def test_line_limit_outside_what_a_code_holds_is_a_bug(line_bytes_max: int) -> None:
    with pytest.raises(ValueError, match="line_bytes_max"):
        Framing(line_bytes_max=line_bytes_max)


LETTERS = st.text("ab\r\n\x03\x04]Q1", max_size=60).map(str.encode)


@given(
    octets=LETTERS,
    cuts=st.lists(st.integers(0, 60), max_size=8),
    suffixes=st.lists(st.sampled_from([b"\r", b"\n", b"\x03\x04", b"ab"]), min_size=1, unique=True),
    line_bytes_max=st.integers(1, 12),
    aim_prefix=st.booleans(),
)
def test_any_division_of_a_stream_gives_the_same_lines(
    octets: bytes,
    cuts: list[int],
    suffixes: list[bytes],
    line_bytes_max: int,
    *,
    aim_prefix: bool,
) -> None:
    whole = Framing(suffixes, line_bytes_max, aim_prefix=aim_prefix)
    parts = Framing(suffixes, line_bytes_max, aim_prefix=aim_prefix)
    ends = sorted({0, *cuts, len(octets)})
    chunks = [octets[begin:end] for begin, end in pairwise(ends)]
    from_parts = tuple(outcome for chunk in chunks for outcome in parts.receive(chunk))
    assert from_parts == whole.receive(octets)


@given(lines=st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\r" not in line)))
def test_lines_round_trip(lines: list[bytes]) -> None:
    octets = b"".join(line + b"\r" for line in lines)
    assert Framing((b"\r",)).receive(octets) == frames(*lines)
