"""Judging a whole journal: every line, the whole chain, and what was signed for it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from offline_cache.entries import Standing, signed_standing
from offline_cache.errors import CacheError
from protocol.journal import LineMalformed, extend, genesis, read_line
from verifier.errors import TrustError

_CHAIN = re.compile("[0-9a-f]{64}")
# Whoever watches is told so often: ten times a second.
TOLD_EVERY_ENTRIES = 10_000

Read = Callable[..., Iterator[tuple[Any, ...]]]  # SQL and its values in, rows out; CacheError


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
    epoch: int  # newest; 0 where the journal is empty
    acked: int  # last entry of it that the centre acknowledged
    signed: int  # last entry of it that the terminal itself signed for; 0: none, or no key to ask
    erased: int  # last entry of it that was erased; 0: it is there from its beginning

    @property
    def tail_proven_to(self) -> int:
        """Return the entry down to which a cut tail would have been noticed."""
        return max(self.acked, self.signed)


class ChainAudit:
    """One look at a journal; nothing that stands in it makes it raise."""

    def __init__(
        self, read: Read, *, terminal: str, public: bytes | None, tell: Callable[[int], object]
    ) -> None:
        """Prepare to look.

        Args:
            read: runs a query on the journal.
            terminal: whose journal it should be.
            public: the terminal's key, for what it signed itself; None: that is not looked at.
            tell: called with the number of entries looked at, now and then.
        """
        self._read, self._terminal, self._public, self._tell = read, terminal, public, tell
        self._faults, self._entries = list[Fault](), 0
        self._bases: dict[int, Standing] = {}
        self._place, self._chain = (0, 0), b""

    def audit(self) -> Audit:
        """Return what recomputing every line and the whole chain found."""
        has_own = bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'own_checkpoint'"))
        if has_own:
            self._look_at_bases()
        self._walk()
        epoch = max(self._place[0], *self._bases, 0) if self._bases else self._place[0]
        acked = self._look_at_acknowledgements().get(epoch, 0)
        signed = self._look_at_signed(epoch) if has_own and self._public is not None else 0
        return Audit(
            entries=self._entries,
            faults=tuple(sorted(self._faults, key=lambda fault: (fault.epoch, fault.seq))),
            epoch=epoch,
            acked=acked,
            signed=signed,
            erased=self._base(epoch).seq,
        )

    def _look_at_bases(self) -> None:
        """Read what stands for the entries that were erased."""
        newest = self._newest_epoch()
        for epoch, note in self._rows("SELECT epoch, note FROM erased ORDER BY epoch"):
            key = self._public if epoch == newest else None  # a key ends with its epoch
            try:
                self._bases[epoch] = signed_standing(note, self._terminal, epoch, key)
            except TrustError as error:
                self._fault(epoch, 0, f"what stands for its erased entries was changed ({error})")

    def _newest_epoch(self) -> int:
        """Return the epoch whose key the terminal has; an ended one may have had another."""
        rows = self._rows("SELECT max(epoch) FROM journal UNION ALL SELECT max(epoch) FROM erased")
        return max((epoch for (epoch,) in rows if isinstance(epoch, int)), default=0)

    def _walk(self) -> None:
        try:
            for row in self._read(
                "SELECT epoch, seq, line, chain FROM journal ORDER BY epoch, seq"
            ):
                self._take(*row)
                self._entries += 1
                if self._entries % TOLD_EVERY_ENTRIES == 0:
                    self._tell(self._entries)
        except CacheError as error:
            epoch, seq = self._place
            self._fault(epoch, seq + 1, f"from here on the database can't be read: {error}")

    def _take(self, epoch: object, seq: object, line: object, kept: object) -> None:
        if not isinstance(epoch, int) or not isinstance(seq, int):
            self._fault(self._place[0], self._place[1] + 1, "an epoch or number is no number")
            return
        if epoch != self._place[0]:
            base = self._base(epoch)
            self._place, self._chain = (epoch, base.seq), base.chain
        what = _trouble((epoch, self._place[1] + 1), seq, line, _follows(self._chain, line, kept))
        if what is not None:
            self._fault(epoch, seq, what)
        self._place = (epoch, seq)
        self._chain = kept if isinstance(kept, bytes) else b""

    def _look_at_acknowledgements(self) -> dict[int, int]:
        """Hold each epoch against what the centre acknowledged of it; return how far that goes."""
        known = dict[int, int]()
        for epoch, acked, document in self._rows(
            "SELECT epoch, acked, document FROM checkpoint ORDER BY epoch"
        ):
            if isinstance(epoch, int) and isinstance(acked, int):
                known[epoch] = acked
                self._look_at_acknowledgement(epoch, acked, document)
            else:
                self._fault(self._place[0], 0, "its acknowledgement was changed")
        for epoch, base in self._bases.items():
            if base.seq and epoch not in known:
                self._fault(epoch, 0, "entries were erased, and no acknowledgement is kept")
        return known

    def _look_at_acknowledgement(self, epoch: int, acked: int, document: object) -> None:
        head = _acknowledged_head(document, epoch, acked)
        if head is None:
            self._fault(epoch, acked, "its acknowledgement was changed")
        elif acked < self._base(epoch).seq:
            self._fault(epoch, acked, "entries behind it were erased that the centre may not hold")
        elif acked:
            self._compare(Standing(epoch=epoch, seq=acked, chain=head), "the centre acknowledged")

    def _look_at_signed(self, newest: int) -> int:
        """Hold the journal against the terminal's own checkpoints; return how far they go.

        Only those of the newest epoch are known to be its own; others show what was lost, and
        not what somebody took care to hide.
        """
        last = 0
        for epoch, seq, note in self._rows(
            "SELECT epoch, seq, note FROM own_checkpoint ORDER BY epoch, seq"
        ):
            key = self._public if epoch == newest else None
            try:
                signed = signed_standing(note, self._terminal, epoch, key)
            except TrustError as error:
                of = epoch if isinstance(epoch, int) else newest
                self._fault(of, seq, f"the terminal's checkpoint was changed ({error})")
                continue
            if self._compare(signed, "the terminal signed for") and epoch == newest:
                last = signed.seq
        return last

    def _compare(self, told: Standing, who: str) -> bool:
        """Return whether the chain stands where somebody signed that it does."""
        base = self._base(told.epoch)
        held = (
            [(base.chain,)]
            if told.seq == base.seq
            else self._rows(
                "SELECT chain FROM journal WHERE epoch = ? AND seq = ?", told.epoch, told.seq
            )
        )
        if not held:
            self._fault(told.epoch, told.seq, f"{who} it, and it is gone: the tail is cut")
        elif held[0][0] != told.chain:
            self._fault(told.epoch, told.seq, f"{who} another history")
        return bool(held) and held[0][0] == told.chain

    def _base(self, epoch: int) -> Standing:
        beginning = Standing(epoch=epoch, seq=0, chain=genesis(self._terminal, epoch))
        return self._bases.get(epoch, beginning)

    def _rows(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        """Return the rows of a query; where the database can't be read that is a fault found."""
        try:
            return list(self._read(sql, values))
        except CacheError as error:
            self._fault(self._place[0], 0, f"the database can't be read: {error}")
            return []

    def _fault(self, epoch: int, seq: object, what: str) -> None:
        number = seq if isinstance(seq, int) else 0
        self._faults.append(Fault(epoch=epoch, seq=number, what=what))


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


def _trouble(expected: tuple[int, int], seq: int, line: object, chained: bool) -> str | None:  # noqa: FBT001  # a fact, not a switch
    """Return what is wrong with one row; None: nothing."""
    if not isinstance(line, bytes):
        return "its line is no octets"
    if seq != expected[1]:
        is_gap = seq > expected[1]
        return f"entry {expected[1]} is missing before it" if is_gap else "out of order"
    try:
        entry = read_line(line)
    except LineMalformed as error:
        return f"its line is not in form: {error}"
    if (entry.epoch, entry.seq) != (expected[0], seq):
        return f"its line says that it is entry {entry.epoch}/{entry.seq}"
    return None if chained else "its line or chain value was changed"
