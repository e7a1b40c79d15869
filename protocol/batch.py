"""A batch: a numbered slice of a journal as NDJSON, one header line and one line an entry."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.journal import (
    CHAIN_BYTES,
    LINE_BYTES_MAX,
    LineMalformed,
    compact,
    extend_all,
    read_line,
)

CONTENT_TYPE = "application/x-ndjson"

# 500 entries are about 200 kB and 14 kB compressed; larger batches gain nothing
# (docs/protocol.md, "Upload"). The octets bound what the centre inflates.
BATCH_ENTRIES_MAX = 500
BATCH_OCTETS_MAX = 1_048_576
_HEADER_BYTES_MAX = 512


class BatchMalformed(ValueError):  # noqa: N818  # the house's word for it
    """A batch is refused whole; `line` is the number of the line at fault, from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Entries `first` to `last` of one epoch, and the chain's value before them."""

    epoch: int
    first: int
    prev: bytes  # 32 octets
    lines: tuple[bytes, ...]  # without line feeds; at least one

    @property
    def last(self) -> int:
        """Return the number of the last entry."""
        return self.first + len(self.lines) - 1

    @property
    def head(self) -> bytes:
        """Return the chain's value behind the last entry."""
        return extend_all(self.prev, self.lines)


def batch_octets(batch: Batch) -> bytes:
    """Return the batch as it is sent, before compression."""
    return b"".join(line + b"\n" for line in (_header(batch), *batch.lines))


def _header(batch: Batch) -> bytes:
    return compact(
        {"epoch": batch.epoch, "first": batch.first, "last": batch.last, "prev": batch.prev.hex()}
    )


def read_batch(octets: bytes) -> Batch:
    """Return the batch in `octets`, every line of it read.

    Raises:
        BatchMalformed: a header or line not in form, out of order, or of another epoch; too
            many, or none.
    """
    if octets.count(b"\n") > BATCH_ENTRIES_MAX + 1:  # before a million parts are made of it
        raise BatchMalformed(1, f"more than {BATCH_ENTRIES_MAX} entries")
    lines = octets.split(b"\n")
    if lines.pop() != b"" or not lines:
        raise BatchMalformed(max(1, len(lines)), "does not end in a line feed")
    header, entries = lines[0], lines[1:]
    batch = _with_header(header, tuple(entries))
    for place, line in enumerate(entries):
        _check_place(batch, place, line)
    return batch


def _with_header(header: bytes, entries: tuple[bytes, ...]) -> Batch:
    try:
        members = json.loads(header) if len(header) <= _HEADER_BYTES_MAX else None
    except (ValueError, RecursionError) as error:
        raise BatchMalformed(1, "the header is no JSON") from error
    match members:
        case {
            "epoch": int() as epoch,
            "first": int() as first,
            "last": int() as last,
            "prev": str() as prev,
            **rest,
        } if not rest:
            pass
        case _:
            raise BatchMalformed(1, "the header is not epoch, first, last and prev")
    if not 0 < len(entries) <= BATCH_ENTRIES_MAX or last - first + 1 != len(entries) or first < 1:
        raise BatchMalformed(1, f"first and last do not number 1 to {BATCH_ENTRIES_MAX} entries")
    batch = Batch(epoch=int(epoch), first=int(first), prev=_chain(prev), lines=entries)
    if _header(batch) != header:  # also where a number was given as true
        raise BatchMalformed(1, "the header is not compact, or not in order")
    return batch


def _chain(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text)
    except ValueError as error:
        raise BatchMalformed(1, "prev is no hex") from error
    if len(octets) != CHAIN_BYTES or octets.hex() != text:
        raise BatchMalformed(1, "prev is not 64 hex digits")
    return octets


def _check_place(batch: Batch, place: int, line: bytes) -> None:
    try:
        entry = read_line(line)
    except LineMalformed as error:
        raise BatchMalformed(place + 2, str(error)) from error
    if (entry.epoch, entry.seq) != (batch.epoch, batch.first + place):
        raise BatchMalformed(place + 2, "its epoch or seq is not the one of its place")


def fits(lines: Sequence[bytes]) -> bool:
    """Return whether `lines` make one batch within the limits."""
    octets = sum(len(line) + 1 for line in lines)
    return len(lines) <= BATCH_ENTRIES_MAX and octets <= BATCH_OCTETS_MAX - LINE_BYTES_MAX
