"""Entries that speak of an earlier one: what takes back a grant, and what overrides a REFER.

Each entry is answered so once at most; the table `answered` is the quick form of what the journal
says of that. Every change stands within a transaction of the journal's.
"""

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from offline_cache.errors import AnsweredAlready, EntryErased, ReferenceRefused
from offline_cache.replay import Place as At
from protocol.journal import PresentationRecord
from protocol.use import AnnulRecord, Place
from verifier.model import Verdict
from verifier.profile import EntryType

if TYPE_CHECKING:
    from offline_cache.told_uses import ToldUses

_ANSWER = "INSERT INTO answered VALUES (?, ?, ?)"
# What an annulment must say as the entry said it: a sale is not taken back in part.
_CARD = ("sector", "presentation", "pseudonym")
_MONEY = ("amount_minor", "currency", "fund")


class References:
    """Checks and keeps what refers to what, within one epoch."""

    def __init__(self, connection: sqlite3.Connection, *, epoch: int) -> None:
        self._connection, self._epoch = connection, epoch

    def require_refer(self, record: PresentationRecord, place: At) -> None:
        """Check that a grant may override the REFER it names.

        Raises:
            ReferenceRefused: no REFER of this card stands there, or it is overridden already.
        """
        if record.reference is None:
            return
        entry = self._entry(record.reference, place)
        if entry.get("verdict") != Verdict.REFER.value or entry["type"] == EntryType.ANNUL.value:
            raise ReferenceRefused(f"{_named(record.reference)} is no referral")
        if entry.get("pseudonym") != record.pseudonym:
            raise ReferenceRefused(f"{_named(record.reference)} is of another card")

    def require_grant(self, record: AnnulRecord, place: At) -> dict[str, Any]:
        """Return the members of the entry that an annulment takes back, which is a grant.

        Raises:
            ReferenceRefused: no grant like this stands there, or it is taken back already.
        """
        entry = self._entry(record.reference, place)
        if entry.get("verdict") != Verdict.GRANT.value or entry["type"] == EntryType.ANNUL.value:
            raise ReferenceRefused(f"{_named(record.reference)} granted nothing")
        own = record.members()
        if "iat" not in entry or any(entry.get(name) != own.get(name) for name in _CARD):
            raise ReferenceRefused(f"{_named(record.reference)} is of another card")
        if any(entry.get(name) != own.get(name) for name in _MONEY):
            raise ReferenceRefused(f"{_named(record.reference)} moved something else")
        return entry

    def answer(self, reference: Place, place: At) -> None:
        """Note that the entry at `place` took back or overrode another."""
        self._connection.execute(_ANSWER, (reference.epoch, reference.seq, place[1]))

    def merge(self, told: "ToldUses") -> None:
        """Make the table what the journal tells; what it knows of before that stays."""
        untold = [
            (self._epoch, seq)
            for seq, by_seq in self._connection.execute(
                "SELECT seq, by_seq FROM answered WHERE epoch = ? AND by_seq >= ?",
                (self._epoch, told.since),
            ).fetchall()
            if told.answered.get(seq) != by_seq
        ]
        self._connection.executemany("DELETE FROM answered WHERE (epoch, seq) = (?, ?)", untold)
        self._connection.executemany(
            _ANSWER + " ON CONFLICT DO UPDATE SET by_seq = excluded.by_seq"
            " WHERE by_seq != excluded.by_seq",
            [(self._epoch, seq, by_seq) for seq, by_seq in told.answered.items()],
        )

    def _entry(self, reference: Place, place: At) -> dict[str, Any]:
        """Return the members of the entry that is referred to, which nothing has answered yet."""
        if reference.epoch != self._epoch:
            raise EntryErased(f"{_named(reference)} is of another epoch; settle it otherwise")
        if reference.seq >= place[1]:
            raise ReferenceRefused(f"{_named(reference)} is not written yet")
        rows = self._connection.execute(
            "SELECT line, (SELECT by_seq FROM answered WHERE (epoch, seq) = (?, ?)) FROM journal"
            " WHERE (epoch, seq) = (?, ?)",
            (reference.epoch, reference.seq, reference.epoch, reference.seq),
        ).fetchall()
        if not rows:
            raise EntryErased(f"{_named(reference)} is erased here; settle it otherwise")
        line, by_seq = rows[0]
        if by_seq is not None:
            raise AnsweredAlready(
                f"{_named(reference)} was taken back or overridden by {_named_seq(reference, by_seq)}"
            )
        return _members(line, reference)


def _members(line: bytes, reference: Place) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReferenceRefused(
            f"{_named(reference)} can't be read: run `journal verify`"
        ) from error
    if not isinstance(entry, dict) or "type" not in entry:
        raise ReferenceRefused(f"{_named(reference)} is no entry: run `journal verify`")
    return entry


def _named(place: Place) -> str:
    return f"entry {place.epoch}/{place.seq}"


def _named_seq(beside: Place, seq: int) -> str:
    return _named(Place(epoch=beside.epoch, seq=seq))
