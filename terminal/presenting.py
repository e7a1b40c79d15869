"""From a judgement to what the journal is asked to keep and what the counter is told. Pure."""

from dataclasses import dataclass, field

from offline_cache.journal import Append, Appended
from offline_cache.ledger import UseClaim
from offline_cache.replay import Claim, DynamicClaim, StaticClaim
from protocol.journal import Draft, PresentationRecord, compact
from protocol.pseudonym import SectorKey
from protocol.sealed import Sealed
from protocol.use import Place, Use
from verifier.clock import ClockReading
from verifier.model import (
    Credential,
    Freshness,
    HolderProof,
    UnixSeconds,
    Verdict,
    Verification,
)
from verifier.pipeline import Judgement
from verifier.policy import standing
from verifier.profile import Profile
from verifier.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one presentation ended, for gate, counter and view."""

    verdict: Verdict
    reason: Reason | None
    seq: int | None  # its journal entry; None: refused before anything was proven
    ms: int  # from the first sight of the code to here
    epoch: int = 0  # of the entry; 0: there is none
    amount_minor: int | None = None  # None: no money was to move
    currency: str = ""  # ISO 4217
    fund: str = ""  # out of what it was paid; empty: nothing was
    at: UnixSeconds | None = None  # of its entry; None: there is none, or it is erased
    key: str = ""  # of the program's request that it answers; empty: nobody asked
    is_online: bool = False  # the centre approved it
    declined: str = ""  # why the centre said no, in its own word
    remaining_minor: int | None = None  # what the card may still spend without the centre
    annulled: Place | None = None  # the entry by which it was taken back
    written: Draft | None = field(default=None, repr=False)  # as it stands in the journal

    @property
    def place(self) -> Place | None:
        """Return where its entry stands; None: there is none."""
        return None if self.seq is None else Place(epoch=self.epoch, seq=self.seq)

    @property
    def record(self) -> PresentationRecord | None:
        """Return what its entry says, the card's pseudonym too; None: it names nobody."""
        record = None if self.written is None else self.written.record
        return record if isinstance(record, PresentationRecord) else None

    def answer(self, *, lane: str, epoch: int) -> bytes:
        """Return the line that the counter's program gets."""
        return compact(
            {
                "lane": lane,
                "verdict": self.verdict.value,
                "reason": None if self.reason is None else self.reason.value,
                "entry": None if self.seq is None else {"epoch": epoch, "seq": self.seq},
                "ms": self.ms,
                **self._money(),
            }
        )

    def _money(self) -> dict[str, object]:
        """Return what only an answer to a request, or about money, has."""
        told: dict[str, object] = {}
        if self.amount_minor is not None:
            told = {"amount_minor": self.amount_minor, "currency": self.currency}
        if self.is_online:
            told["online"] = True
        if self.remaining_minor is not None:
            told["remaining_minor"] = self.remaining_minor
        named = {"declined": self.declined, "key": self.key}
        return told | {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What is to become of a proven presentation, and what it moves and claims."""

    verdict: Verdict
    reason: Reason | None
    use: Use | None = None
    claim: UseClaim | None = None  # of what it moves
    sealed: Sealed | None = None
    declined: str = ""  # as `Outcome` has it, and so the next
    remaining_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What card and presentation are called in a sector's journals."""

    pseudonym: str
    presentation: str


def names_of(facts: Verification, sector: SectorKey, clock: ClockReading) -> Names | None:
    """Return the names of a proven card and its presentation; None: nothing is proven."""
    if facts.credential is None or facts.issuer is None:
        return None
    subject, proof = facts.credential.subject, facts.credential.proof
    shown_at = clock.now if proof is None else proof.drawn_at
    return Names(
        pseudonym=sector.pseudonym(facts.issuer, subject),
        presentation=sector.presentation(facts.issuer, subject, shown_at),
    )


def entry_for(  # noqa: PLR0913  # keyword-only, each names itself
    judgement: Judgement,
    *,
    lane: str,
    profile: Profile,
    sector: SectorKey,
    clock: ClockReading,
    names: Names | None = None,
    deal: Deal | None = None,
) -> Append | None:
    """Return the entry and the claims that `judgement` calls for; None: it names nobody.

    Args:
        judgement: of a presentation.
        lane: where it was shown.
        profile: the lane's.
        sector: whose names the entry gives to card and presentation.
        clock: the reading that it was judged by.
        names: those, where they are known by now.
        deal: what became of it beyond that; None: nothing moves.
    """
    facts, decision = judgement.verification, judgement.decision
    names = names or names_of(facts, sector, clock)
    if names is None or facts.credential is None:
        return None
    proof = facts.credential.proof
    deal = deal or Deal(verdict=decision.verdict, reason=decision.reason)
    record = PresentationRecord(
        entry_type=profile.entry_type,
        profile=profile.name,
        sector=sector.id,
        pseudonym=names.pseudonym,
        presentation=names.presentation,
        iat=None if proof is None else proof.drawn_at,
        verdict=deal.verdict,
        reason=deal.reason,
        ages=facts.ages,
        stale=_stale(facts, profile),
        use=deal.use,
        sealed=deal.sealed,
    )
    draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=record)
    if deal.verdict is Verdict.DENY:
        return Append(draft=draft, claim=None)
    return Append(draft=draft, claim=_claim(draft, profile, record), use=deal.claim)


def _stale(facts: Verification, profile: Profile) -> tuple[str, ...]:
    """Return which classes of lists were not fresh, by the names that `ages` has for them."""
    states = zip(("keys", "status"), standing(facts, profile), strict=True)
    return tuple(name for name, state in states if state not in (None, Freshness.FRESH))


def _claim(draft: Draft, profile: Profile, record: PresentationRecord) -> Claim:
    """Return the replay claim of a presentation that is to be accepted."""
    if record.iat is None:
        return StaticClaim(
            pseudonym=record.pseudonym, at=draft.at, window_s=profile.static_window_s
        )
    return DynamicClaim(pseudonym=record.pseudonym, iat=record.iat)


def proof_claim(facts: Verification, sector: SectorKey) -> DynamicClaim | None:
    """Return the claim of a phone's proven code, whatever was decided; None: it is none."""
    credential = facts.credential
    if credential is None or facts.issuer is None or credential.proof is None:
        return None
    pseudonym = sector.pseudonym(facts.issuer, credential.subject)
    return DynamicClaim(pseudonym=pseudonym, iat=credential.proof.drawn_at)


_NOTHING = Use()


def outcome_of(appended: Appended, *, epoch: int, ms: int, deal: Deal | None = None) -> Outcome:
    """Return how a presentation ended that is in the journal."""
    record = appended.draft.record
    assert isinstance(record, PresentationRecord)  # noqa: S101  # only presentations are waited for
    use, is_granted = record.use or _NOTHING, record.verdict is Verdict.GRANT
    return Outcome(
        verdict=record.verdict,
        reason=record.reason,
        seq=appended.seq,
        ms=ms,
        epoch=epoch,
        amount_minor=use.amount_minor,
        currency="" if use.amount_minor is None else use.currency,
        fund=use.fund,
        at=appended.draft.at,
        key=use.key,
        is_online=is_granted and use.approval != "",
        declined="" if deal is None else deal.declined,
        remaining_minor=deal.remaining_minor if deal is not None and is_granted else None,
        written=appended.draft,
    )


def is_another_holder(facts: Verification, than: Verification) -> bool:
    """Return whether `facts` are of a proven card that is not of the same holder as `than`."""
    if facts.credential is None or facts.issuer is None or than.credential is None:
        return False
    return (facts.issuer, facts.credential.subject) != (than.issuer, than.credential.subject)


class Held:
    """Remembers the last holder of a lane: what stays in view is one presentation.

    A phone redraws; a hand shakes, and the same code is seen anew; a printed card is put down
    twice. None of that is asked again for a moment, and none of it grants anything.
    """

    def __init__(self) -> None:
        self._last: tuple[str, bytes] | None = None
        self._proof: HolderProof | None = None  # None: a printed card
        self._until_ms = 0
        self._showing: int | None = None

    def covers(self, facts: Verification, showing: int | None, now_ms: int) -> bool:
        """Return whether `facts` are of the holder just accepted, by the same drawing or a newer.

        That is so for a while, and for as long as the card has not left the scanner's view.
        """
        credential = facts.credential
        is_over = now_ms >= self._until_ms and (showing is None or showing != self._showing)
        if credential is None or facts.issuer is None or is_over:
            return False
        if (facts.issuer, credential.subject) != self._last:
            return False
        if credential.proof is None or self._proof is None:
            return credential.proof is None and self._proof is None
        return credential.proof.drawn_at >= self._proof.drawn_at

    def answers_as(self, facts: Verification) -> bool:
        """Return whether `facts` answer the challenge that the holder just accepted answered."""
        proof = None if facts.credential is None else facts.credential.proof
        if proof is None or self._proof is None or proof.challenge is None:
            return False
        return proof.challenge == self._proof.challenge

    def remember(
        self, issuer: str, credential: Credential, showing: int | None, until_ms: int
    ) -> None:
        """Note who was accepted in which showing, and until when at least he is not asked again."""
        self._last, self._until_ms = (issuer, credential.subject), until_ms
        self._proof = credential.proof
        self._showing = showing

    def prolong(self, until_ms: int) -> None:
        """Take the last holder for still there until then: he was on his way, or was helped."""
        self._until_ms = max(self._until_ms, until_ms)
