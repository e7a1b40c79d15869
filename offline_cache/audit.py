"""Reading a journal that belongs to somebody else: for `journal tail`, `verify` and `export`."""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offline_cache.database import damaged
from offline_cache.schema import open_for_reading
from protocol.journal import LineMalformed, extend, genesis, read_line

_CHAIN = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in the journal is not as it was written."""

    epoch: int
    seq: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a whole journal was found to be."""

    entries: int
    faults: tuple[Fault, ...]
    acked: int  # last acknowledged entry of the newest epoch: a cut below it would be noticed
    epoch: int  # newest; 0 where the journal is empty


class JournalReader:
    """A journal opened beside its writer, or without one; it can't change anything."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            CacheError: there is none, or it is damaged.
        """
        self._path = path
        self._connection = open_for_reading(path)

    def close(self) -> None:
        """Give the database back."""
        self._connection.close()

    def tail(self, count: int) -> list[tuple[int, bytes]]:
        """Return epoch and line of the last `count` entries, oldest first."""
        rows = self._rows(
            "SELECT epoch, CAST(line AS BLOB) FROM journal ORDER BY epoch DESC, seq DESC LIMIT ?",
            (count,),
        )
        return [(epoch, line or b"") for epoch, line in rows][::-1]

    def lines(self) -> Iterator[bytes]:
        """Yield every entry's line, oldest first, as it is: damage is found by `audit`."""
        for (line,) in self._rows("SELECT CAST(line AS BLOB) FROM journal ORDER BY epoch, seq"):
            yield line or b""

    def checkpoint(self) -> tuple[int, int]:
        """Return the newest acknowledged epoch and its last acknowledged entry; (0, 0): none."""
        rows = list(self._rows("SELECT epoch, acked FROM checkpoint ORDER BY epoch DESC LIMIT 1"))
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def last(self) -> tuple[int, int]:
        """Return epoch and number of the last entry; (0, 0) where there is none."""
        rows = list(
            self._rows("SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1")
        )
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def audit(self, terminal: str) -> Audit:
        """Return what recomputing every line and the whole chain found.

        A cut tail can only be noticed down to the last acknowledgement: entries behind it that
        are gone leave no trace in the journal itself.
        """
        faults, entries, place, chain = list[Fault](), 0, (0, 0), b""
        for epoch, seq, line, kept in self._rows(
            "SELECT epoch, seq, line, chain FROM journal ORDER BY epoch, seq"
        ):
            entries += 1
            if epoch != place[0]:
                place, chain = (epoch, 0), genesis(terminal, epoch)
            what = _fault(epoch, place[1] + 1, seq, line, _follows(chain, line, kept))
            if what is not None:
                faults.append(Fault(epoch=epoch, seq=seq, what=what))
            place, chain = (epoch, seq), kept if isinstance(kept, bytes) else b""
        acked_epoch, acked = self.checkpoint()
        if acked:
            faults += self._against_acknowledgement(acked_epoch, acked)
        return Audit(entries=entries, faults=tuple(faults), acked=acked, epoch=place[0])

    def _against_acknowledgement(self, epoch: int, acked: int) -> Iterator[Fault]:
        """Yield what the last signed acknowledgement holds against the journal."""
        ((document,),) = self._rows("SELECT document FROM checkpoint WHERE epoch = ?", (epoch,))
        head = _acknowledged_head(document, epoch, acked)
        held = list(
            self._rows("SELECT chain FROM journal WHERE epoch = ? AND seq = ?", (epoch, acked))
        )
        if head is None:
            yield Fault(epoch=epoch, seq=acked, what="its acknowledgement was changed")
        elif not held:
            yield Fault(epoch=epoch, seq=acked, what="acknowledged, and gone: the tail is cut")
        elif held[0][0] != head:
            yield Fault(epoch=epoch, seq=acked, what="the centre acknowledged another history")

    def _rows(self, sql: str, values: tuple[int, ...] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(sql, values)
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error


def _follows(chain: bytes, line: object, kept: object) -> bool:
    return isinstance(line, bytes) and extend(chain, line) == kept


def _acknowledged_head(document: object, epoch: int, acked: int) -> bytes | None:
    """Return the chain value in a kept acknowledgement; None: it is not of this checkpoint."""
    try:
        members = json.loads(document) if isinstance(document, bytes) else None
    except (ValueError, RecursionError):
        return None
    match members:
        case {"epoch": int() as at, "acked": int() as to, "head": str() as head}:
            is_of_it = (at, to) == (epoch, acked) and _CHAIN.fullmatch(head) is not None
            return bytes.fromhex(head) if is_of_it else None
        case _:
            return None


def _fault(epoch: int, expected: int, seq: int, line: object, chained: bool) -> str | None:  # noqa: FBT001  # a fact, not a switch
    """Return what is wrong with one row; None: nothing."""
    if not isinstance(line, bytes):
        return "its line is no octets"
    if seq != expected:
        return f"entry {expected} is missing before it" if seq > expected else "out of order"
    try:
        entry = read_line(line)
    except LineMalformed as error:
        return f"its line is not in form: {error}"
    if (entry.epoch, entry.seq) != (epoch, seq):
        return "its line says another number"
    return None if chained else "its line or chain value was changed"
