"""Reading a journal's entries and its chain on the connection that writes them."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from offline_cache.database import UNREADABLE, damaged
from offline_cache.errors import CacheCorrupt
from protocol.checkpoint import claimed_checkpoint, read_checkpoint
from protocol.journal import extend_all, genesis
from verifier.errors import TrustError

_T = TypeVar("_T")

# Rows held at once while reading back: 2 MB.
PAGE_ENTRIES = 5_000

Row = tuple[int, bytes, bytes]  # seq, line, chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the chain of one epoch stands."""

    epoch: int
    seq: int  # the last entry; 0: none yet
    chain: bytes  # 32 octets: the chain's value behind it


class Entries:
    """One epoch's entries, and what stands for those that were erased."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        terminal: str,
        epoch: int,
        public: bytes | None,
    ) -> None:
        """Look up where the chain begins.

        Args:
            connection: the journal's.
            path: what the journal is called.
            terminal: whose it is.
            epoch: the one to read.
            public: the terminal's key, which must have signed for what was erased; None: nobody
                asks, for nothing can be added to what is read.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        self._connection, self._path = connection, path
        self._terminal, self._epoch, self._public = terminal, epoch, public
        self.base = self._base()

    def batch(self, first: int, limit: int) -> tuple[bytes, ...]:
        """Return the lines of up to `limit` entries from number `first` on, without a gap.

        Raises:
            CacheError: the database can't be read.
        """
        if first <= self.base.seq:
            return ()
        rows = self.read(
            "SELECT line FROM journal WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?",
            (self._epoch, first, limit),
        )
        return tuple(line for (line,) in rows)

    def chain_at(self, seq: int) -> bytes:
        """Return the chain's value behind an entry; the beginning's where there is none.

        Raises:
            CacheError: the database can't be read.
        """
        if seq == self.base.seq:
            return self.base.chain
        rows = self.read(
            "SELECT chain FROM journal WHERE epoch = ? AND seq = ?", (self._epoch, seq)
        )
        return bytes(rows[0][0]) if rows else genesis(self._terminal, self._epoch)

    def acknowledged(self) -> tuple[int, bytes]:
        """Return the last entry that the centre acknowledged, and its document; (0, b""): none.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        rows = self.read("SELECT acked, document FROM checkpoint WHERE epoch = ?", (self._epoch,))
        match rows:
            case []:
                return 0, b""
            case [(int() as acked, bytes() as document)]:
                return acked, document
            case _:
                raise self.broken("the checkpoint is no number")

    def end(self) -> Standing:
        """Return where the chain ends.

        Raises:
            CacheError: the database can't be read, or is damaged, or lacks what was acknowledged.
        """
        rows = self.page(None, 1)
        last, chain = (rows[0][0], rows[0][2]) if rows else (self.base.seq, self.base.chain)
        if (acked := self.acknowledged()[0]) > last:
            raise self.broken(f"the centre acknowledged entry {acked}, the last here is {last}")
        signed = self._signed()
        if signed is not None and signed.seq > last:
            raise self.broken(f"this terminal signed for entry {signed.seq}, the last is {last}")
        if signed is not None and signed.chain != self.chain_at(signed.seq):
            raise self.broken(f"this terminal signed for another entry {signed.seq}")
        return Standing(epoch=self._epoch, seq=last, chain=chain)

    def _signed(self) -> Standing | None:
        """Return the newest standing that the terminal signed for; None: nobody can tell."""
        if self._public is None:
            return None
        rows = self.read(
            "SELECT note FROM own_checkpoint WHERE epoch = ? ORDER BY seq DESC LIMIT 1",
            (self._epoch,),
        )
        try:
            signed = [
                signed_standing(row[0], self._terminal, self._epoch, self._public) for row in rows
            ]
        except TrustError as error:
            raise self.broken(f"the terminal's own checkpoint was changed ({error})") from error
        return signed[0] if signed else None

    def page(self, before: int | None, limit: int) -> list[Row]:
        """Return up to `limit` entries in front of number `before`, or the last; newest first.

        Raises:
            CacheError: the database can't be read, or is damaged.
        """
        bound, values = ("", ()) if before is None else ("AND seq < ?", (before,))
        rows = self.read(
            f"SELECT seq, line, chain FROM journal WHERE epoch = ? {bound}"  # noqa: S608  # our own words
            " ORDER BY seq DESC LIMIT ?",
            (self._epoch, *values, limit),
        )
        if not all(_is_in_form(*row) for row in rows):
            raise self.broken("an entry's number, line or chain value is no such thing")
        return rows

    def check_chain(self, rows: list[Row], before: int | None) -> None:
        """Check that entries, newest first, are whole and end in front of `before`.

        Raises:
            CacheError: they do not, or the database can't be read.
        """
        if not rows:
            return
        first, last = rows[-1][0], rows[0][0]
        is_whole = last - first + 1 == len(rows) and before in (None, last + 1)
        chain = extend_all(self.chain_at(first - 1), (line for _, line, _ in reversed(rows)))
        if not is_whole or chain != rows[0][2]:
            raise self.broken(f"the chain is broken between entries {first} and {last}")

    def broken(self, what: str) -> CacheCorrupt:
        """Return the fault to raise where the journal is not what was written."""
        return CacheCorrupt(
            f"{self._path}: {what}; run `scan-terminal journal verify`, keep the file and enrol"
            " the terminal anew"
        )

    def read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds.

        Raises:
            CacheCorrupt: the database is damaged.
            CacheError: it can't be read.
        """
        return self.looked_up(lambda: self._connection.execute(sql, values).fetchall())

    def looked_up(self, look: Callable[[], _T]) -> _T:
        """Return what `look` reads on the connection.

        Raises:
            CacheCorrupt: the database is damaged.
            CacheError: it can't be read.
        """
        try:
            return look()
        except UNREADABLE as error:
            raise damaged(self._path, error) from error

    def _base(self) -> Standing:
        """Return where the chain begins: behind what was erased, as the terminal signed it."""
        rows = self.read("SELECT note FROM erased WHERE epoch = ?", (self._epoch,))
        if not rows:
            beginning = genesis(self._terminal, self._epoch)
            return Standing(epoch=self._epoch, seq=0, chain=beginning)
        try:
            return signed_standing(rows[0][0], self._terminal, self._epoch, self._public)
        except TrustError as error:
            raise self.broken(f"what stands for erased entries was changed ({error})") from error


def signed_standing(note: object, terminal: str, epoch: int, public: bytes | None) -> Standing:
    """Return the standing in a kept checkpoint of the terminal's.

    Raises:
        TrustError: the note is not the terminal's, or of another epoch.
    """
    octets = note if isinstance(note, bytes) else b""
    if public is None:
        told = claimed_checkpoint(octets)
    else:
        told = read_checkpoint(octets, terminal=terminal, public=public)
    if (told.terminal, told.epoch) != (terminal, epoch):
        raise TrustError("it is of another journal")
    return Standing(epoch=epoch, seq=told.seq, chain=told.head)


def _is_in_form(seq: object, line: object, chain: object) -> bool:
    """Return whether a row holds what was written, for a damaged page can hold anything."""
    return isinstance(seq, int) and isinstance(line, bytes) and isinstance(chain, bytes)
