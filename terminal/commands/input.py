"""Codes from standard input, one a line, as fast as they come."""

import os
from collections.abc import Iterator

# A line that is longer than any code is judged by its first part: too long.
LINE_BYTES_MAX = 8_192
# What a pipe holds on Linux.
_READ_BYTES = 65_536


def line_batches(descriptor: int) -> Iterator[list[bytes]]:
    """Yield the lines of a descriptor, those together that came together.

    CR and LF are stripped from their ends, and nothing else. A program that writes one code
    and waits for its answer gets it; one that writes thousands is not held up by each.
    """
    begun = b""
    while octets := os.read(descriptor, _READ_BYTES):
        *whole, begun = (begun + octets).split(b"\n")
        begun = begun[:LINE_BYTES_MAX]
        if whole:
            yield [_code(line) for line in whole]
    if begun:
        yield [_code(begun)]


def _code(line: bytes) -> bytes:
    """Return a line without the CR at its end; one that was cut has lost its end."""
    return line[:LINE_BYTES_MAX] if len(line) >= LINE_BYTES_MAX else line.rstrip(b"\r")
