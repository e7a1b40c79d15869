"""Making presentations, overrides and annulments durable, and moving programs' requests with it."""

import asyncio

from drivers.clock import monotonic_ms
from offline_cache.errors import AnsweredAlready, CacheError, CacheFault, DiskFull, JournalBusy
from offline_cache.journal import Append, Appended
from offline_cache.ledger import KeyUsed
from offline_cache.writer import JournalFull, JournalWriter
from protocol.journal import Draft, PresentationRecord
from protocol.pseudonym import SectorKey
from protocol.use import Place
from terminal.overriding import may_override
from terminal.presenting import Deal, Outcome, entry_for, outcome_of
from terminal.selling.requests import Requests, ScanRequest
from terminal.selling.reversing import Taken, read_found
from terminal.selling.till import Shown, Till
from terminal.selling.totals import Totals
from verifier.model import Verdict
from verifier.profile import Profile
from verifier.reasons import Reason

# Faults by which nothing was written: the card may be shown again.
_UNWRITTEN = (JournalBusy, DiskFull, JournalFull)


class Settling:
    """Lives in the daemon's loop, as the book of requests does."""

    def __init__(  # keyword-only, each names itself
        self,
        writer: JournalWriter,
        requests: Requests,
        till: Till,
        totals: Totals,
        *,
        sector: SectorKey,
        epoch: int,
    ) -> None:
        self._writer, self._requests, self._till = writer, requests, till
        self._totals, self._sector, self._epoch = totals, sector, epoch

    async def settle(self, shown: Shown, *, value_stop: str, seen_ms: int) -> Outcome | None:
        """Return how a presentation ended, durably; None: its request was over before.

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
            CacheError: what the card used can't be read; nothing was written.
            RequestRefused: its details can't be sealed any more, and nothing was written.
        """
        request = shown.request
        try:
            deal = await self._till.deal(shown, value_stop=value_stop)
        except CacheError:
            self._release(request)
            raise
        append = entry_for(
            shown.judgement,
            lane=shown.lane,
            profile=shown.profile,
            sector=self._sector,
            clock=shown.clock,
            names=shown.names,
            deal=deal,
        )
        if append is None:
            raise ValueError("a presentation that names nobody has no entry")
        appended = await self.write(append, request)
        if appended is None:
            return None
        outcome = self.outcome(appended, seen_ms, deal)
        if request is not None:
            self._answer(request, outcome, shown.profile)
        return outcome

    async def override(self, append: Append, *, profile: Profile, seen_ms: int) -> Outcome | None:
        """Return what became of a referral that an attendant answered; None: it was over.

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
        """
        record = append.draft.record
        use = record.use if isinstance(record, PresentationRecord) else None
        request = None if use is None else self._requests.find(use.client, use.key)
        try:
            appended = await self.write(append, request)
        except AnsweredAlready:
            self._release(request)
            return None
        if appended is None:
            return None
        outcome = self.outcome(appended, seen_ms)
        if request is not None and outcome.reason is Reason.REPLAYED:
            self._requests.release(request)  # another code of his may follow
        elif request is not None:
            self._answer(request, outcome, profile)
        return outcome

    async def take_back(self, draft: Draft, taken: Taken) -> Place | None:
        """Return where the entry stands that takes back `taken`; None: another one did before.

        Raises:
            CacheFault: it could not be made durable.
            KeyUsed, EntryErased: as the journal says.
        """
        entry = Append(draft=draft, claim=None)
        try:
            appended = await asyncio.wrap_future(self._writer.append(entry))
        except AnsweredAlready:
            return None
        self._totals.add(appended.draft)
        place = Place(epoch=self._epoch, seq=appended.seq)
        if taken.use is not None:
            self._requests.annul(taken.use.client, taken.use.key, place)
        return place

    def outcome(self, appended: Appended, seen_ms: int, deal: Deal | None = None) -> Outcome:
        """Return how what is in the journal ended."""
        ms = monotonic_ms() - seen_ms
        return outcome_of(appended, epoch=self._epoch, ms=ms, deal=deal)

    async def write(self, append: Append, request: ScanRequest | None) -> Appended | None:
        """Return the entry as it became durable; None: its request was over, nothing was written.

        Raises:
            CacheFault: as `JournalWriter.append` says. Where nobody knows whether it is on the
                disk, the request waits for the journal to be mended.
        """
        if request is not None and not self._requests.commit(request):
            return None
        try:
            return await self._appended(append, request)
        except _UNWRITTEN:
            self._release(request)
            raise
        except KeyUsed as error:
            found = read_found(error.found)
            if request is not None and found.outcome is not None:
                self._requests.complete(request, found.outcome)
            elif request is not None:
                self._requests.fail(request)  # its key is of a reversal that came first
            return None

    async def _appended(self, append: Append, request: ScanRequest | None) -> Appended:
        try:
            written = self._writer.append(append)
        except CacheFault:
            self._release(request)  # it was not even tried
            raise
        try:
            appended = await asyncio.wrap_future(written)
        except _UNWRITTEN:
            raise
        except CacheFault:
            if request is not None:
                self._requests.doubt(request)
            raise
        self._totals.add(appended.draft)
        return appended

    def _answer(self, request: ScanRequest, outcome: Outcome, profile: Profile) -> None:
        is_waiting = (
            outcome.verdict is Verdict.REFER
            and profile.attended
            and bool(profile.attendants)
            and may_override(outcome.reason)
        )
        if is_waiting:
            ends_ms = monotonic_ms() + profile.override_s * 1_000
            self._requests.refer(request, outcome, ends_ms=ends_ms)
        else:
            self._requests.complete(request, outcome)

    def _release(self, request: ScanRequest | None) -> None:
        if request is not None:
            self._requests.release(request)
