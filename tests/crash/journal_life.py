"""A terminal's journal at work between two ends of its power or its process: the product's own code."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from offline_cache.care import Care
from offline_cache.errors import CacheError, CacheFault, ReferenceRefused
from offline_cache.journal import Append, Appended, Journal
from offline_cache.ledger import UseClaim
from offline_cache.replay import DynamicClaim
from offline_cache.schema import make_journal, require_journal
from offline_cache.upkeep import PRESSED_SHARE, Kept, Upkeep
from offline_cache.writer import JournalWriter
from protocol.journal import PresentationRecord
from protocol.keys import SigningKey
from protocol.use import Use
from tests.crash.disk import Disk
from tests.crash.ledger import Acknowledged, Advanced, Made, Promise, Sent, Written
from tests.support.journals import AT, EPOCH, TERMINAL, acknowledgement, dynamic, static
from tests.support.uses import annulled
from verifier.limits import Ceilings
from verifier.model import UnixSeconds, Verdict

JOURNAL = "journal.db"
# So few holders come back often.
HOLDERS = 12
# A log of so few pages is worked off many times in a short life, or hardly ever; the product's own
# measure, a thousand, would make a hundred megabytes of every image.
PAGES_OF_LOG = (10, 80)
_WINDOW_S = 300
# Entries that stay whatever may go.
_BEHIND = 8
_LEAP_S = 2 * 86_400
CARE = Care(key=SigningKey(bytes(32)))
# So often somebody pays; a holder who comes back often meets the limit.
_SELLS = 0.4
_CEILINGS = Ceilings(count_max=3)
# Of tidying up, in a quiet moment.
_STEPS = 3
# A mending that fails is tried again, and then the daemon started anew; more can't fail in a life.
_TRIES = 20


class Stuck(Exception):  # noqa: N818  # the condition is the name
    """The terminal does not go on, and nothing stands in its way any more."""


class TunedJournal(Journal):
    """The product's, on a log that is worked off sooner than after its thousand pages."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        super().__init__(disk.root / JOURNAL, terminal=TERMINAL, epoch=EPOCH, care=CARE)

    def _attach(self) -> None:
        super()._attach()
        pages = PAGES_OF_LOG[len(self.disk.events) % 2]
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")


class BriskUpkeep(Upkeep):
    """The product's, where what may be erased need be no month old, nor 20,000 entries back."""

    def used_octets(self) -> int:
        return int(self._care.octets_max * (1 + PRESSED_SHARE) / 2)

    def _behind(self, _epoch: int, kept: Kept) -> int:
        return kept.seq - _BEHIND


class BriskJournal(TunedJournal):
    """The product's, erasing what it can."""

    def _upkeep_from(self, through: int) -> Upkeep:
        return BriskUpkeep(self._connection, self._entries.read, self._care, through=through)


@dataclass(slots=True)
class City:
    """Who comes by, over all lives of a terminal; every presentation has a number of its own."""

    random: Random
    leaps: float = 0.0  # how often two days pass until the next presentation
    now: int = AT
    submitted: dict[str, Append] = field(default_factory=dict)  # by presentation
    sold: list[tuple[Append, int]] = field(default_factory=list)  # with what number, as was told

    def somebody(self) -> Append:
        """Return the next presentation: a phone, or a printed card, now and then shown again."""
        self.now += self.random.choice((0, 1, 1, 30))
        if self.random.random() < self.leaps:
            self.now += _LEAP_S
        holder = f"{self.random.randrange(HOLDERS):02x}"
        if self.random.random() < 0.25:
            shown = static(holder, at=self.now, window_s=_WINDOW_S)
        else:
            shown = dynamic(holder, iat=self.now - self.random.choice((0, 0, 5)), at=self.now)
        record = shown.draft.record
        if not isinstance(record, PresentationRecord):
            raise TypeError("presentations are what comes by")
        name = f"{len(self.submitted):032x}"
        use = _sale(f"sale-{name}") if self.random.random() < _SELLS else None
        draft = replace(shown.draft, record=replace(record, presentation=name, use=use))
        claim = None if use is None else UseClaim(ceilings=_CEILINGS)
        self.submitted[name] = replace(shown, draft=draft, use=claim)
        return self.submitted[name]

    def annulment(self) -> Append | None:
        """Return what takes a phone's grant back that a lane was told of, or took back before.

        A printed card's would be free again, which its promise must not forget: here nobody knows
        whether an annulment that nobody was told of has reached the disk.
        """
        if not self.sold:
            return None
        request, seq = self.random.choice(self.sold)
        return annulled(request, seq, at=self.now)

    def redraw(self) -> DynamicClaim:
        """Return a later proof of a phone that is still held up."""
        holder = f"{self.random.randrange(HOLDERS):02x}" * 16
        return DynamicClaim(pseudonym=holder, iat=UnixSeconds(self.now + 1))


def _sale(key: str) -> Use:
    return Use(amount_minor=100, currency="CNY", client="till", key=key)


class QuietWriter(JournalWriter):
    """The product's, tidying up and mending when it is told to: a run must not hang on time."""

    def _next(self, _journal: Journal) -> Any:
        return self._queue.get()

    def rest(self) -> None:
        """Do what it does while nobody comes."""
        self.call(self._rest).result()


class JournalLife:
    """One life: from the start of the daemon to whatever ends it."""

    def __init__(
        self,
        disk: Disk,
        city: City,
        *,
        is_enrolled: bool,
        open_journal: Callable[[Disk], Journal] = TunedJournal,
    ) -> None:
        self._disk, self._city, self._random = disk, city, city.random
        self._path = disk.root / JOURNAL
        self._is_enrolled, self._open_journal = is_enrolled, open_journal
        self._writer: QuietWriter | None = None

    def live(self, acts: int) -> None:
        """Start, do so many things, and end as `systemctl stop` does."""
        if self._is_enrolled:
            require_journal(self._path)
        else:
            _insisted(lambda: make_journal(self._path))
            self._disk.promise(Made())
        _insisted(self._start)
        try:
            self._act(acts)
        finally:
            self._stop()

    def _act(self, acts: int) -> None:
        if (
            self._random.random() < 0.5
        ):  # as soon as it has started: the centre asks for what it lacks
            self._send()
        for _ in range(acts):
            self._random.choices(
                (
                    self._burst,
                    self._one,
                    self._take_back,
                    self._redraw,
                    self._send,
                    self._hear,
                    self._rest,
                    self._restart,
                ),
                weights=(6, 6, 2, 2, 3, 2, 1, 1),
            )[0]()
            self._mend()

    def _start(self) -> None:
        self._writer = QuietWriter(lambda: self._open_journal(self._disk))
        self._writer.start()

    def _rest(self) -> None:
        for _ in range(_STEPS):
            self._now().rest()

    def _mend(self) -> None:
        """Have the writer mend itself, as it does by itself."""
        for _ in range(_TRIES):
            if self._now().fault is None:
                return
            self._rest()
        raise Stuck("the journal is not mended, on a disk that fails no more")

    def _stop(self) -> None:
        self._now().stop()

    def _restart(self) -> None:
        self._stop()
        _insisted(self._start)

    def _one(self) -> None:
        self._heard(self._append(self._city.somebody()))

    def _take_back(self) -> None:
        request = self._city.annulment()
        if request is not None:
            with contextlib.suppress(ReferenceRefused):  # taken back before, or erased since
                self._heard(self._append(request))

    def _burst(self) -> None:
        """Have several lanes wait at once, so that the writer makes one group of them."""
        is_full = threading.Event()
        held = self._now().call(lambda _: is_full.wait())
        waiting = [self._append(self._city.somebody()) for _ in range(self._random.randint(2, 8))]
        is_full.set()
        held.result()
        for future in waiting:
            self._heard(future)

    def _append(self, request: Append) -> Any:
        def promised(entry: Appended) -> Promise:
            record = entry.draft.record
            is_granted = isinstance(record, PresentationRecord) and record.verdict is Verdict.GRANT
            if is_granted and isinstance(request.claim, DynamicClaim):
                self._city.sold.append((request, entry.seq))
            return Written(request, entry, EPOCH)

        return self._told(self._now().append(request), promised)

    def _redraw(self) -> None:
        claim = self._city.redraw()
        self._heard(
            self._told(self._now().call(lambda j: j.advance(claim)), lambda _: Advanced(claim))
        )

    def _send(self) -> None:
        """Read entries for the centre: it holds them from here on, whatever it answers."""
        count = self._random.choice((5, 100))
        batch = self._now().call(lambda j: j.unacknowledged(count)).result()
        if batch is not None:
            self._disk.promise(Sent(batch.first, batch.lines))

    def _hear(self) -> None:
        """Take the centre's signed acknowledgement of what it was sent."""
        random = self._random

        def hear(journal: Journal) -> Promise | None:
            last = journal.seq
            if last == journal.acked():
                return None
            ack, document = acknowledgement(
                journal, acked=random.randint(journal.acked() + 1, last)
            )
            journal.acknowledge(ack, document)
            return Acknowledged(ack.acked, document)

        self._heard(self._told(self._now().call(hear), lambda promise: promise))

    def _told(self, future: Any, promised: Callable[[Any], Promise | None]) -> Any:
        """Note a promise in the very moment in which it is made, in the writer's thread."""

        def note(done: Any) -> None:
            promise = None if done.exception() else promised(done.result())
            if promise is not None:
                self._disk.promise(promise)

        future.add_done_callback(note)
        return future

    def _heard(self, future: Any) -> None:
        """Wait for what a lane waits for; a fault is told to its citizen, who tries again later."""
        with contextlib.suppress(CacheFault):
            future.result()

    def _now(self) -> QuietWriter:
        if self._writer is None:
            raise ValueError("the life has not begun")
        return self._writer


def _insisted(act: Callable[[], object]) -> None:
    """Do what fails on a failing disk again, as systemd and technicians do."""
    for _ in range(_TRIES):
        try:
            act()
        except CacheError:
            continue
        return
    raise Stuck("the journal does not open, on a disk that fails no more")
