"""What all lanes of a terminal share: trust, time, the journal, and the count of refusals."""

import asyncio
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass

from drivers.clock import monotonic_ms
from offline_cache.identity import Identity
from offline_cache.trust_store import Trust
from offline_cache.writer import JournalWriter
from protocol.journal import Draft
from protocol.use import Cause, NoteKind, Place
from terminal.counts import Counts
from terminal.local.problems import RequestRefused
from terminal.metrics import names
from terminal.metrics.figures import Figures
from terminal.overriding import may_attend, may_override, override_of
from terminal.presenting import Outcome, names_of, proof_claim
from terminal.selling.requests import Requests, ScanRequest
from terminal.selling.reversing import Taken, annulment, taken_of
from terminal.selling.settling import Settling
from terminal.selling.till import Shown, Till
from terminal.selling.totals import Totals
from terminal.sync.parting import Parting
from terminal.timekeeping import Timekeeper
from verifier.clock import ClockReading
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.issuer_memory import IssuerMemory
from verifier.model import Verdict
from verifier.pipeline import Judgement, judge
from verifier.profile import Profile
from verifier.reasons import Reason
from verifier.verify import Circumstances

log = logging.getLogger(__name__)


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
        self.figures = Figures()
        writer.on_commit = self._committed
        self._issuer_parts = IssuerMemory()  # in the loop alone, as all judging
        self.requests, self.till = Requests(), Till(writer)
        self.counts = Counts(writer, timekeeper.read().now)
        self.totals = Totals(
            through=writer.call(lambda journal: journal.seq).result(), offset_of=self._offset_of
        )
        self._settling = Settling(
            writer,
            self.requests,
            self.till,
            self.totals,
            sector=identity.sector,
            epoch=identity.epoch,
        )

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

    def _offset_of(self, name: str) -> int:
        """Return how many minutes the local time of a profile is ahead of UTC; 0: it has none."""
        profile = self.profile(name)
        return 0 if profile is None else profile.utc_offset_min or 0

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
        begun_ns, clock = time.perf_counter_ns(), self.timekeeper.read()
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
        self.figures.observe(names.DECIDE, (time.perf_counter_ns() - begun_ns) / 1e9, lane)
        return Judged(judgement=judgement, clock=clock)

    def _committed(self, seconds: float) -> None:
        self.figures.observe(names.COMMIT, seconds)

    async def settle(
        self,
        judged: Judged,
        *,
        lane: str,
        profile: Profile,
        seen_ms: int,
        request: ScanRequest | None = None,
    ) -> Outcome:
        """Return how the presentation ended; an entry, if it makes one, is durable by then.

        A request goes with it from here on: to its end, or back to wait for another card where
        this one is nobody's. A lane that wants the centre's word waits for 800 ms at most.

        Args:
            judged: by `judge`, with the lane's profile.
            lane: where it was shown.
            profile: the lane's.
            seen_ms: monotonic: when it was first seen.
            request: what a program asks of the lane at this moment (`requests.open_for`).

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
        """
        names = names_of(judged.judgement.verification, self.identity.sector, judged.clock)
        if names is None:
            reason = judged.judgement.decision.reason or Reason.FORM_MALFORMED
            return self.refuse(reason, lane=lane, seen_ms=seen_ms)
        if request is not None and not self.requests.begin(request):
            request = None  # it was aborted, or has ended, since the lane looked
        if profile.is_asked and request is None:
            return self.refuse(Reason.NOTHING_ASKED, lane=lane, seen_ms=seen_ms)
        shown = Shown(
            judgement=judged.judgement,
            clock=judged.clock,
            lane=lane,
            profile=profile,
            request=request,
            sector=self.identity.sector.id,
            names=names,
            keys={} if self.trust is None else self.trust.trusted.keys,
        )
        return await self._settled(shown, seen_ms)

    async def _settled(self, shown: Shown, seen_ms: int) -> Outcome:
        try:
            outcome = await self._settling.settle(
                shown, value_stop=self.value_stop, seen_ms=seen_ms
            )
        except RequestRefused as error:
            log.warning("lane %s: a request was given up: %s", shown.lane, error)
            if shown.request is not None:
                self.requests.fail(shown.request)
            outcome = None
        if outcome is None:  # nothing is asked any more, and nothing was written
            return self.refuse(Reason.NOTHING_ASKED, lane=shown.lane, seen_ms=seen_ms)
        return outcome

    async def override(
        self, attendant: Judged, *, referred: Outcome, lane: str, profile: Profile, seen_ms: int
    ) -> Outcome:
        """Return what became of a referral that an attendant answers with his own code.

        A code that is not a listed attendant's, or the holder's own, changes nothing and names
        nobody; one that was used before is refused with an entry, and the referral stays.

        Args:
            attendant: his code, judged by `attending(profile)`.
            referred: what `settle` returned: a REFER that `may_override`.
            lane: where it was referred.
            profile: the lane's.
            seen_ms: monotonic: when his code was first seen.

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
            ValueError: nothing was referred that may be overridden: our bug.
        """
        record, place = referred.record, referred.place
        if record is None or place is None or not may_override(record.reason):
            raise ValueError("this is no referral that an attendant may answer")
        claim = proof_claim(attendant.judgement.verification, self.identity.sector)
        verdict = attendant.judgement.decision.verdict
        if claim is None or not may_attend(
            claim.pseudonym, verdict, holder=record.pseudonym, attendants=profile.attendants
        ):
            return self.refuse(Reason.ATTENDANT_UNKNOWN, lane=lane, seen_ms=seen_ms)
        append = override_of(
            record,
            place=place,
            lane=lane,
            profile=profile,
            attendant=claim,
            clock=attendant.clock,
            value_stop=self.value_stop,
        )
        outcome = await self._settling.override(append, profile=profile, seen_ms=seen_ms)
        if outcome is None:  # it was aborted, or answered before
            return self.refuse(Reason.NOTHING_ASKED, lane=lane, seen_ms=seen_ms)
        return outcome

    async def annul(self, outcome: Outcome, cause: Cause, *, lane: str) -> Place | None:
        """Take back what was granted at `lane`; None: it was taken back before.

        Raises:
            CacheFault: it could not be made durable, and stays granted.
            ValueError: nothing was granted: our bug.
        """
        return await self.take_back(taken_of(outcome, lane), cause)

    async def take_back(
        self, taken: Taken, cause: Cause, *, client: str = "", key: str = ""
    ) -> Place | None:
        """Return where the entry stands that takes `taken` back; None: another one did before.

        Args:
            taken: what was granted.
            cause: why it is taken back.
            client: whose word it is; empty: the lane's own.
            key: by which he may ask whether it was done.

        Raises:
            CacheFault: it could not be made durable, and stays granted.
            KeyUsed: he has used the key before.
            EntryErased: it is too old for this terminal.
        """
        clock = self.timekeeper.read()
        record = annulment(taken, cause, client=client, key=key)
        draft = Draft(at=clock.now, clock=clock.quality, lane=taken.lane, record=record)
        return await self._settling.take_back(draft, taken)

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
        self.counts.refuse(lane, reason)
        self.figures.count(names.UNPROVEN, lane, reason.value)
        return Outcome(verdict=Verdict.DENY, reason=reason, seq=None, ms=monotonic_ms() - seen_ms)

    def note(self, lane: str, what: NoteKind) -> None:
        """Note what a lane saw that is no presentation; it is counted, an emergency written."""
        self.counts.note(lane, what, self.timekeeper.read())

    def flush_refusals(self) -> None:
        """Put into the journal what was counted since the last time, an entry a lane and kind.

        Raises:
            CacheFault: the journal takes nothing any more; the counts stay.
        """
        self.counts.flush(self.timekeeper.read())
