"""What all lanes of a terminal share: trust, time, the journal, and the count of refusals."""

import asyncio
import threading
from collections import Counter
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from drivers.clock import monotonic_ms
from offline_cache.errors import JournalBusy
from offline_cache.identity import Identity
from offline_cache.journal import Append, Appended
from offline_cache.trust_store import Trust
from offline_cache.writer import JournalWriter
from protocol.journal import Draft, RefusalsRecord
from terminal.parting import Parting
from terminal.presenting import Outcome, entry_for, outcome_of, proof_claim
from terminal.timekeeping import Timekeeper
from verifier.clock import ClockReading
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.issuer_memory import IssuerMemory
from verifier.model import UnixSeconds, Verdict
from verifier.pipeline import Judgement, judge
from verifier.profile import Profile
from verifier.reasons import Reason
from verifier.verify import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement and the clock reading it was made with."""

    judgement: Judgement
    clock: ClockReading


class Desk:
    """Judges presentations and makes them durable; lives in the daemon's loop."""

    def __init__(
        self,
        identity: Identity,
        writer: JournalWriter,
        timekeeper: Timekeeper,
        *,
        formats: Collection[Format] = BUILT_IN,
    ) -> None:
        self.identity, self.writer, self.timekeeper = identity, writer, timekeeper
        self.formats = formats  # the families known here; which are taken says the profile
        self.trust: Trust | None = None  # swapped whole; None before the first sync
        self.parting: Parting | None = None  # None: nobody looks after a fork here
        self._issuer_parts = IssuerMemory()  # in the loop alone, as all judging
        self._refusals: dict[str, Counter[Reason]] = {}
        self._returned: list[tuple[str, Counter[Reason]]] = []
        self._lock = threading.Lock()  # over what is returned, which another thread does
        self._since = timekeeper.read().now

    @property
    def value_stop(self) -> str:
        """Return why no lane may move money; empty where it may.

        A disk that was copied or put back shows the same money to two machines, or twice to one.
        Passages go on: whoever stands there has shown his code to this one alone.
        """
        return "" if self.parting is None else self.parting.what

    def profile(self, name: str) -> Profile | None:
        """Return the profile `name` as published; None: not (yet) held."""
        return None if self.trust is None else self.trust.profiles.get(name)

    def judge(
        self, payload: bytes, *, lane: str, profile: Profile, challenges: Collection[bytes] = ()
    ) -> Judged:
        """Return what `profile` makes of `payload` at this instant. Needs trust to be held.

        Args:
            payload: octets as a scanner gave them.
            lane: where they were shown.
            profile: the lane's.
            challenges: what the lane has shown to be answered, and nobody has.

        Raises:
            ValueError: no trust is held: our bug.
        """
        if self.trust is None:
            raise ValueError("a lane without trust is out of service")
        clock = self.timekeeper.read()
        known = Circumstances(
            trusted=self.trust.trusted,
            clock=clock,
            status_limits=profile.status_limits,
            memory=self._issuer_parts,
        )
        judgement = judge(
            payload,
            profile=profile,
            lane=lane,
            known=known,
            challenges=challenges,
            formats=self.formats,
        )
        return Judged(judgement=judgement, clock=clock)

    async def settle(self, judged: Judged, *, lane: str, profile: Profile, seen_ms: int) -> Outcome:
        """Return how the presentation ended; an entry, if it makes one, is durable by then.

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
        """
        append = entry_for(
            judged.judgement,
            lane=lane,
            profile=profile,
            sector=self.identity.sector,
            clock=judged.clock,
        )
        if append is None:
            reason = judged.judgement.decision.reason or Reason.FORM_MALFORMED
            return self.refuse(reason, lane=lane, seen_ms=seen_ms)
        appended = await asyncio.wrap_future(self.writer.append(append))
        return outcome_of(appended, epoch=self.identity.epoch, ms=monotonic_ms() - seen_ms)

    async def hold(self, judged: Judged) -> None:
        """Use up the proof of a code redrawn in view: it belongs to a presentation already kept.

        Raises:
            CacheFault: it could not be made durable.
        """
        claim = proof_claim(judged.judgement.verification, self.identity.sector)
        if claim is not None:
            await asyncio.wrap_future(self.writer.call(lambda journal: journal.advance(claim)))

    def refuse(self, reason: Reason, *, lane: str, seen_ms: int) -> Outcome:
        """Count a refusal that names nobody, and return it."""
        self._refusals.setdefault(lane, Counter())[reason] += 1
        return Outcome(verdict=Verdict.DENY, reason=reason, seq=None, ms=monotonic_ms() - seen_ms)

    def flush_refusals(self) -> None:
        """Put one `refusals` entry a lane into the journal, for what was counted since the last.

        Raises:
            CacheFault: the journal takes nothing any more; the counts stay.
        """
        self._take_returned()
        clock = self.timekeeper.read()
        for lane in list(self._refusals):
            counts = self._refusals[lane]
            if counts:
                entry = _refusals(lane, counts, since=self._since, clock=clock)
                written = self.writer.append(entry)
                written.add_done_callback(partial(self._was_written, lane, counts))
            del self._refusals[lane]
        self._since = clock.now

    def _was_written(self, lane: str, counts: Counter[Reason], written: Future[Appended]) -> None:
        """Count again what a busy journal did not take; called in the journal's thread."""
        if isinstance(written.exception(), JournalBusy):
            with self._lock:
                self._returned.append((lane, counts))

    def _take_returned(self) -> None:
        with self._lock:
            returned, self._returned = self._returned, []
        for lane, counts in returned:
            self._refusals.setdefault(lane, Counter()).update(counts)


def _refusals(
    lane: str, counts: Counter[Reason], *, since: UnixSeconds, clock: ClockReading
) -> Append:
    record = RefusalsRecord(since=since, counts=dict(sorted(counts.items(), key=_code)))
    draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=record)
    return Append(draft=draft, claim=None)


def _code(item: tuple[Reason, int]) -> str:
    return item[0].value
