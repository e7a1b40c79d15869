import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.commands.input import LINE_BYTES_MAX, line_batches


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)


def lines_of(octets: bytes) -> list[bytes]:
    """Return what a reader makes of octets that all came before it looked."""
    with pipe() as (reading, writing):
        writer = threading.Thread(target=_write, args=(writing, octets))
        writer.start()
        found = [line for batch in line_batches(reading) for line in batch]
        writer.join()
    return found


def _write(descriptor: int, octets: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)


@pytest.mark.parametrize(
    ("octets", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"A", [b"A"]),
        (b"A\n", [b"A"]),
        (b"A\r\nB\r\n", [b"A", b"B"]),
        (b"A\r\nB\r", [b"A", b"B"]),
        (b" A \t\n\n\x00B\n", [b" A \t", b"", b"\x00B"]),
        (b"A\rB\n", [b"A\rB"]),
    ],
)
def test_cr_and_lf_are_stripped_and_nothing_else(octets: bytes, lines: list[bytes]) -> None:
    assert lines_of(octets) == lines


def test_each_line_is_there_before_the_next_is_written() -> None:
    """A program that writes one code and waits for its answer must get it."""
    with pipe() as (reading, writing):
        batches = line_batches(reading)
        for number in range(3):
            os.write(writing, b"%d\n" % number)
            assert next(batches) == [b"%d" % number]
        os.close(writing)
        assert list(batches) == []


def test_line_that_comes_in_pieces_is_one() -> None:
    with pipe() as (reading, writing):
        for piece in (b"CC", b"1:", b"A\nC"):
            os.write(writing, piece)
        batches = line_batches(reading)
        assert next(batches) == [b"CC1:A"]
        os.close(writing)
        assert next(batches) == [b"C"]


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_endless_line_is_cut_and_the_next_is_whole(ending: bytes) -> None:
    octets = b"x" * 1_000_000 + ending
    assert lines_of(octets + b"A\n" * bool(ending)) == [b"x" * LINE_BYTES_MAX] + [b"A"] * len(
        ending
    )


@given(st.lists(st.binary(max_size=50).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r"))))
def test_any_lines_come_back_in_their_order(lines: list[bytes]) -> None:
    assert lines_of(b"".join(line + b"\r\n" for line in lines)) == lines


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_what_was_cut_off_does_not_turn_a_line_into_a_code(ending: bytes) -> None:
    """All that was left of such a line was a code and CRs, so the code was granted."""
    (line,) = lines_of(b"A" + b"\r" * 100_000 + b"junk" + ending)
    assert line == b"A" + b"\r" * (LINE_BYTES_MAX - 1)
