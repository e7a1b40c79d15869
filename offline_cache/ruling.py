"""What becomes of an entry when it is written: replay, uses, keys and references in one place.

Whoever asked has judged already, by what was known a moment ago; here, in the transaction of the
entry, is the last look, so that of two lanes one loses.
"""

import sqlite3
from dataclasses import replace

from offline_cache.ledger import Free, Ledger, UseClaim
from offline_cache.recollection import Recollection
from offline_cache.references import References
from offline_cache.replay import Claim, Place, ReplayMemory
from protocol.journal import Draft, PresentationRecord
from protocol.use import AnnulRecord
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason


class Ruling:
    """The memory of what was shown and used; every call stands within a transaction."""

    def __init__(self, connection: sqlite3.Connection, *, epoch: int) -> None:
        self._connection = connection
        self.memory = ReplayMemory(connection)
        self.ledger = Ledger(connection, epoch=epoch)
        self._references = References(connection, epoch=epoch)

    def written(
        self, draft: Draft, claim: Claim | None, use: UseClaim | None, place: Place
    ) -> Draft:
        """Return the entry as it is to be written at `place`; what it changes is noted.

        Raises:
            KeyUsed, ReferenceRefused: it is not to be written, and nothing is noted.
        """
        record = draft.record
        match record:
            case PresentationRecord(use=None, reference=None):
                return draft if claim is None else self._claimed(draft, claim, place)
            case PresentationRecord():
                return self._used(draft, record, claim, use, place)
            case AnnulRecord():
                self._take_back(draft, record, place)
                return draft
            case _:
                return draft

    def merge(self, told: Recollection, last: Place) -> None:
        """Bring the memory up to what the journal says, and no further back than needed."""
        self.memory.merge(told, last)
        self.ledger.merge(told.used)
        self._references.merge(told.used)
        self.prune(last, told.trusted_at)

    def prune(self, last: Place, trusted_at: UnixSeconds | None, *, part: str = "") -> None:
        """Let go of what no lane will ask for any more (replay.py)."""
        self.memory.prune(last, trusted_at, part=part)
        self.ledger.prune(last, trusted_at, part=part)

    def _claimed(self, draft: Draft, claim: Claim, place: Place) -> Draft:
        """Return the draft if its replay claim is won, else the refusal that it becomes."""
        reason = self.memory.claim(claim, draft, place)
        if reason is None or not isinstance(draft.record, PresentationRecord):
            return draft
        return _ruled(draft, draft.record, Verdict.DENY, reason)

    def _used(
        self,
        draft: Draft,
        record: PresentationRecord,
        claim: Claim | None,
        use: UseClaim | None,
        place: Place,
    ) -> Draft:
        if record.use is not None:
            self.ledger.require_key(record.use)
        if record.verdict is Verdict.GRANT:
            self._references.require_refer(record, place)
        draft = self._held(draft, record, claim, use, place)
        written = draft.record
        assert isinstance(written, PresentationRecord)  # noqa: S101  # a ruling makes no other
        if written.use is not None:
            self.ledger.keep(written.use, written, draft.at, place)
        if written.reference is not None and written.verdict is Verdict.GRANT:
            self._references.answer(written.reference, place)
        return draft

    def _held(
        self,
        draft: Draft,
        record: PresentationRecord,
        claim: Claim | None,
        use: UseClaim | None,
        place: Place,
    ) -> Draft:
        """Return the draft as both claims leave it; a use that is denied leaves no showing."""
        ruling = None
        if use is not None and record.verdict is not Verdict.DENY:
            ruling = self.ledger.rule(use, record, draft.at)
        match ruling:
            case (Verdict.DENY, reason):
                return self._denied(draft, record, claim, reason, place)
            case _ if record.verdict is Verdict.REFER:
                pass  # nothing else is stricter
            case (verdict, reason):
                draft = _ruled(draft, record, verdict, reason)
            case Free():
                free = None if record.use is None else replace(record.use, amount_minor=0)
                draft = replace(draft, record=replace(record, use=free))
            case None:
                pass
        return draft if claim is None else self._claimed(draft, claim, place)

    def _denied(
        self,
        draft: Draft,
        record: PresentationRecord,
        claim: Claim | None,
        reason: Reason,
        place: Place,
    ) -> Draft:
        """Return a use as its refusal: a replay is told as one, and nothing is noted as shown."""
        self._connection.execute("SAVEPOINT shown")
        replayed = None if claim is None else self.memory.claim(claim, draft, place)
        self._connection.execute("ROLLBACK TO shown")
        self._connection.execute("RELEASE shown")
        return _ruled(draft, record, Verdict.DENY, replayed or reason)

    def _take_back(self, draft: Draft, record: AnnulRecord, place: Place) -> None:
        if record.use is not None:
            self.ledger.require_key(record.use)
        is_static = self._references.require_grant(record, place)["iat"] is None
        taken = (record.reference.epoch, record.reference.seq)
        self._references.answer(record.reference, place)
        self.ledger.take_back(record.pseudonym, taken)
        if is_static:
            self.memory.free(record.pseudonym, taken, draft.lane)
        if record.use is not None:
            self.ledger.keep_key(record.use, draft.at, place, is_final=True)


def _ruled(draft: Draft, record: PresentationRecord, verdict: Verdict, reason: Reason) -> Draft:
    return replace(draft, record=replace(record, verdict=verdict, reason=reason))
