"""What a journal's tail says was shown and used, read back at each opening."""

import json

from offline_cache.entries import PAGE_ENTRIES, Entries, Row
from offline_cache.ledger import USE_HORIZON_S
from offline_cache.replay import HORIZON_S, KEPT_ENTRIES, STATIC_HORIZON_S
from offline_cache.replay import Place as At
from offline_cache.told_uses import ToldUses
from protocol.journal import LineMalformed
from protocol.snapshot import Marks
from protocol.snapshot_entry import SnapshotRecord, read_snapshot
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType

# The tail is read at each opening until all is older than any replay is refused for, or a snapshot
# tells it, and at most so far: three days of a busy gate, in 0.8 s (one day: 0.3 s). What is read
# is checked against the chain; `scan-terminal journal verify` checks all of it.
READ_AT_OPENING_MAX = 100_000

_ACCEPTED = frozenset({Verdict.GRANT.value, Verdict.REFER.value})


def recollect(entries: Entries, epoch: int) -> "Recollection":
    """Return what the tail says was shown; every entry read is checked against the chain.

    Raises:
        CacheError: the database can't be read, or is damaged.
    """
    told, read, before, rows = Recollection(epoch), 0, None, list[Row]()
    while not told.is_over and read < READ_AT_OPENING_MAX:
        rows = entries.page(before, PAGE_ENTRIES)
        entries.check_chain(rows, before)
        for seq, line, _ in rows:
            try:
                told.take(seq, line)
            except LineMalformed as error:
                raise entries.broken(f"entry {seq} is not in form: {error}") from error
        if len(rows) < PAGE_ENTRIES:
            break
        read, before = read + len(rows), rows[-1][0]
        told.used.since = before
    if told.through or len(rows) < PAGE_ENTRIES:
        told.used.since = 0  # no entry of this epoch is left that was not read, or told by a mark
    return told


class Recollection:
    """What the journal's tail says was shown, read from the newest entry back.

    For each card the newest accepted entry stands: it won against all that were before it.
    """

    def __init__(self, epoch: int) -> None:
        self.phones: dict[str, tuple[object, ...]] = {}  # rows of the tables, by pseudonym
        self.cards: dict[str, tuple[object, ...]] = {}
        self.used = ToldUses(epoch)
        self.trusted_at: UnixSeconds | None = None  # of the newest entry with a trusted clock
        self.last_at = UnixSeconds(0)  # of the newest entry
        self.is_over = False  # what is older is beyond every horizon, or a snapshot tells it
        self.through: int | None = None  # of the newest whole snapshot set; None: none was met
        self._set: SnapshotSet | None = None  # the newest whose last part was met
        self._epoch, self._entries = epoch, 0

    def take(self, seq: int, line: bytes) -> None:
        """Take the next older entry.

        Raises:
            LineMalformed: it is none.
        """
        entry = _members(line)
        at, is_timed = _moment(entry)
        if self._entries == 0:
            self.last_at = at
        if is_timed and self.trusted_at is None:
            self.trusted_at = at
        self._entries += 1
        if (is_timed and self._is_before_all(at)) or self._is_told(seq):
            self.is_over = True
        if entry.get("type") == EntryType.SNAPSHOT.value:
            self._take_part(entry)
        self.used.take(seq, entry, is_within=self._is_within(at, USE_HORIZON_S))
        if entry.get("verdict") in _ACCEPTED:
            self._take_shown(seq, at, entry)

    def _take_shown(self, seq: int, at: UnixSeconds, entry: dict[str, object]) -> None:
        """Take what an accepted presentation showed; an override shows the attendant alone.

        The holder showed his card for the referral, and may have shown it elsewhere since.

        Raises:
            LineMalformed: it names no card.
        """
        is_own = "reference" not in entry
        if isinstance(attendant := entry.get("attendant"), str):  # what he drew until then is used
            self.phones.setdefault(attendant, (attendant, at, at, self._epoch, seq))
        match entry:
            case {"pseudonym": str() as card, "iat": None, "lane": str() as lane}:
                is_freed = self.used.is_freed(seq, lane)
                if is_own and not is_freed and self._is_within(at, STATIC_HORIZON_S):
                    self.cards.setdefault(card, (card, at, lane, self._epoch, seq))
            case {"pseudonym": str() as card, "iat": int() as iat}:
                if is_own and self._is_within(at, HORIZON_S):
                    self.phones.setdefault(card, (card, iat, at, self._epoch, seq))
            case _:
                raise LineMalformed("an accepted presentation names no card or no iat")

    def _take_part(self, entry: dict[str, object]) -> None:
        """Take a part of a snapshot set; the newest whole one stands for all that was before it.

        Raises:
            LineMalformed: it is none.
        """
        try:
            part = read_snapshot(entry)
        except ValueError as error:
            raise LineMalformed(str(error)) from error
        if self._set is None and part.is_last:
            self._set = SnapshotSet(part)
        if self.through is None and self._set is not None and self._set.take(part):
            self.through = part.through
            self._take_marks(part.through, self._set.marks)

    def _take_marks(self, through: int, whole: Marks) -> None:
        place = (self._epoch, through)
        self.used.take_marks(whole)
        for phone in whole.phones:
            self.phones.setdefault(phone.pseudonym, (phone.pseudonym, phone.iat, phone.at, *place))
        for card in whole.cards:
            self.cards.setdefault(card.pseudonym, (card.pseudonym, card.at, card.lane, *place))

    @property
    def freed(self) -> list[tuple[str, At, str]]:
        """Return of what was annulled the cards, places and lanes, the oldest first."""
        freed = sorted(self.used.freed.items())
        return [(card, (self._epoch, seq), lane) for seq, (card, lane) in freed]

    def _is_told(self, seq: int) -> bool:
        """Return whether a snapshot tells of all that is before entry `seq`."""
        return self.through is not None and seq <= self.through + 1

    def _is_before_all(self, at: UnixSeconds) -> bool:
        has_enough = self._entries > KEPT_ENTRIES and self.trusted_at is not None
        return has_enough and at < (self.trusted_at or 0) - STATIC_HORIZON_S

    def _is_within(self, at: UnixSeconds, horizon_s: int) -> bool:
        """Return whether `prune` would keep what was shown at `at`, by the entry just taken."""
        if self._entries <= KEPT_ENTRIES or self.trusted_at is None:
            return True
        return abs(at - self.trusted_at) <= horizon_s


class SnapshotSet:
    """The parts of one set, taken from the last back to the first."""

    def __init__(self, last: SnapshotRecord) -> None:
        self._parts: list[Marks] = []
        self._through, self._awaited = last.through, last.part

    @property
    def marks(self) -> Marks:
        """Return all marks of the parts that were taken."""
        return Marks(
            phones=tuple(mark for part in self._parts for mark in part.phones),
            cards=tuple(mark for part in self._parts for mark in part.cards),
            uses=tuple(mark for part in self._parts for mark in part.uses),
            keys=tuple(mark for part in self._parts for mark in part.keys),
            answered=tuple(mark for part in self._parts for mark in part.answered),
        )

    def take(self, part: SnapshotRecord) -> bool:
        """Take a part if it is the next one of this set; return whether that makes it whole."""
        if (part.through, part.part) != (self._through, self._awaited):
            return False
        self._parts.append(part.marks)
        self._awaited -= 1
        return self._awaited < 0


def _members(line: bytes) -> dict[str, object]:
    """Return an entry's members; its chain was checked, so its form is not looked at again."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineMalformed("no JSON") from error
    if not isinstance(entry, dict):
        raise LineMalformed("no JSON object")
    return entry


def _moment(entry: dict[str, object]) -> tuple[UnixSeconds, bool]:
    """Return when an entry was written, and whether its clock was trusted."""
    match entry:
        case {"at": int() as at, "clock": str() as clock}:
            return UnixSeconds(at), clock == ClockQuality.TRUSTED.value
        case _:
            raise LineMalformed("at or clock is missing or mistyped")
