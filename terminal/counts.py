"""What lanes count and write once a minute: refusals that name nobody, and what else they saw."""

import logging
import threading
from collections import Counter
from concurrent.futures import Future
from functools import partial

from offline_cache.errors import CacheFault, JournalBusy
from offline_cache.journal import Append, Appended
from offline_cache.writer import JournalWriter
from protocol.journal import Draft, RefusalsRecord
from protocol.use import NoteKind, NoteRecord
from verifier.clock import ClockReading
from verifier.model import UnixSeconds
from verifier.reasons import Reason

log = logging.getLogger(__name__)

# An emergency is rare, and an auditor asks when exactly the gates stood open.
_AT_ONCE = frozenset({NoteKind.EMERGENCY_BEGAN, NoteKind.EMERGENCY_ENDED})

_Told = Counter[Reason] | Counter[NoteKind]


class Counts:
    """What was counted since the last flush; a junk flood becomes an entry a lane and kind."""

    def __init__(self, writer: JournalWriter, since: UnixSeconds) -> None:
        self.refusals: dict[str, Counter[Reason]] = {}
        self.notes: dict[str, Counter[NoteKind]] = {}
        self._writer, self._since = writer, since
        self._returned: list[tuple[str, _Told]] = []
        self._lock = threading.Lock()  # over what is returned, which another thread does

    def refuse(self, lane: str, reason: Reason) -> None:
        """Count a refusal."""
        self.refusals.setdefault(lane, Counter())[reason] += 1

    def note(self, lane: str, what: NoteKind, clock: ClockReading) -> None:
        """Count what a lane saw; an emergency goes to the journal at once, and nobody waits."""
        counter = Counter({what: 1})
        if what not in _AT_ONCE:
            self.notes.setdefault(lane, Counter()).update(counter)
            return
        try:
            self._write(lane, counter, _note(lane, what, 1, clock))
        except CacheFault as error:
            log.critical("lane %s: %s could not be written: %s", lane, what.value, error)

    def flush(self, clock: ClockReading) -> None:
        """Put what was counted into the journal.

        Raises:
            CacheFault: the journal takes nothing any more; the counts stay.
        """
        self._take_returned()
        for lane in list(self.refusals):
            refused = self.refusals[lane]
            if refused:
                self._write(lane, refused, _refused(lane, refused, self._since, clock))
            del self.refusals[lane]
        for lane in list(self.notes):
            for what, count in list(self.notes[lane].items()):
                self._write(lane, Counter({what: count}), _note(lane, what, count, clock))
                del self.notes[lane][what]
            del self.notes[lane]
        self._since = clock.now

    def _write(self, lane: str, told: _Told, entry: Append) -> None:
        written = self._writer.append(entry)
        written.add_done_callback(partial(self._was_written, lane, told))

    def _was_written(self, lane: str, told: _Told, written: Future[Appended]) -> None:
        """Count again what a busy journal did not take; called in the journal's thread."""
        if isinstance(written.exception(), JournalBusy):
            with self._lock:
                self._returned.append((lane, told))

    def _take_returned(self) -> None:
        with self._lock:
            returned, self._returned = self._returned, []
        for lane, told in returned:
            for each, count in told.items():
                match each:
                    case Reason():
                        self.refusals.setdefault(lane, Counter())[each] += count
                    case NoteKind():
                        self.notes.setdefault(lane, Counter())[each] += count


def _refused(lane: str, counts: Counter[Reason], since: UnixSeconds, clock: ClockReading) -> Append:
    ordered = dict(sorted(counts.items(), key=lambda item: item[0].value))
    record = RefusalsRecord(since=since, counts=ordered)
    draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=record)
    return Append(draft=draft, claim=None)


def _note(lane: str, what: NoteKind, count: int, clock: ClockReading) -> Append:
    record = NoteRecord(what=what, count=count)
    draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=record)
    return Append(draft=draft, claim=None)
