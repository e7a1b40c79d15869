"""What becomes of one code at a lane: looked at, then decided, and told to the lane's machine."""

import logging
from dataclasses import dataclass
from enum import Enum

from drivers.base import ScannedCode
from drivers.clock import monotonic_ms
from terminal.challenge import Challenges
from terminal.desk import Desk, Judged
from terminal.lanes.attending import Onlookers, Overrides, is_attendant, is_for_attendant
from terminal.lanes.events import (
    Ending,
    Granted,
    GrantedLate,
    GrantedToPass,
    OverrideRefused,
    Referred,
    Refused,
    RefusedLate,
    StillReferred,
)
from terminal.lanes.intake import CODE_AGE_MS_MAX
from terminal.lanes.machine import Pending
from terminal.overriding import attending
from terminal.presenting import Held, Outcome, is_another_holder, proof_claim
from verifier.model import Verdict, Verification
from verifier.profile import CardsInView, ConsumeOn, Profile
from verifier.reasons import Reason

log = logging.getLogger(__name__)


class Kind(Enum):
    """What a code before a lane is taken for."""

    STILL_IN_VIEW = "still-in-view"  # of who was served just now, perhaps redrawn
    CROWDED = "crowded"  # another holder's card is in view where only one may be
    OVERRIDE = "override"  # of an attendant, while one is awaited
    LEFT_THERE = "left-there"  # of an attendant whose phone was in view before
    NOT_SERVED = "not-served"  # of an attendant, whom a lane that moves money takes for no holder
    HOLDER = "holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One code, judged."""

    code: ScannedCode
    judged: Judged
    profile: Profile
    kind: Kind
    referral: Pending | None  # what an attendant is awaited for

    @property
    def facts(self) -> Verification:
        """Return what was found out of it."""
        return self.judged.judgement.verification


class Serving:
    """One lane's, in the daemon's loop; remembers whom it served last.

    Args:
        lane: its name.
        desk: judges and keeps.
        challenges: what the lane has shown to be answered.
    """

    def __init__(self, lane: str, desk: Desk, challenges: Challenges) -> None:
        self._lane, self._desk, self._challenges = lane, desk, challenges
        self._held, self._helper = Held(), Held()  # who was served last, and who overrode
        self._same_holder_ms = 0  # of him who was served last
        self._referred = Held()  # his phone redraws while he waits for the attendant
        self._overrides, self._onlookers = Overrides(), Onlookers()
        self.is_early = False  # who came last was there before any program asked for him

    def look(self, code: ScannedCode, profile: Profile, referral: Pending | None) -> Shown:
        """Return what `code` is taken for; nothing is decided by that.

        Args:
            code: of the scanner.
            profile: the lane's.
            referral: the REFER for which an attendant is awaited; None: no one is.
        """
        judged = self._desk.judge(
            code.payload,
            lane=self._lane,
            profile=profile,
            challenges=self._challenges.open_at(monotonic_ms()),
        )
        kind = self._kind(code, judged, profile, is_awaited=referral is not None)
        return Shown(code=code, judged=judged, profile=profile, kind=kind, referral=referral)

    def _kind(
        self, code: ScannedCode, judged: Judged, profile: Profile, *, is_awaited: bool
    ) -> Kind:
        facts = judged.judgement.verification
        now_ms = monotonic_ms()
        is_listed = is_attendant(facts, profile, self._desk.identity.sector)
        has_come = self._has_come(facts, code.seen_ms) if is_listed else False
        is_waiting = is_awaited and self._referred.covers(facts, code.showing, now_ms)
        if is_waiting or self._helper.covers(facts, code.showing, now_ms):
            return Kind.STILL_IN_VIEW
        if is_listed:
            if is_awaited:
                return Kind.OVERRIDE if has_come else Kind.LEFT_THERE
            if profile.money is not None:
                return Kind.NOT_SERVED
        if self._has_company(code, judged, profile):
            return Kind.CROWDED
        return Kind.STILL_IN_VIEW if self._is_held(judged, code.showing) else Kind.HOLDER

    def _has_come(self, facts: Verification, seen_ms: int) -> bool:
        """Return whether an attendant's phone was put there for the referral; paper is no phone."""
        proof = proof_claim(facts, self._desk.identity.sector)
        return proof is None or self._onlookers.shows(proof.pseudonym, seen_ms)

    def goes_on(self) -> None:
        """Take whoever was served last for seen until now: his phone redrew meanwhile."""
        self._held.prolong(monotonic_ms() + self._same_holder_ms)

    def forget(self) -> None:
        """Take whoever was served last for new: what he was granted was taken back."""
        self._held = Held()

    async def keep(self, shown: Shown) -> None:
        """Use up the proof of a code that is still in view.

        Raises:
            CacheFault: it could not be made durable.
        """
        self._challenges.use(shown.facts)
        await self._desk.hold(shown.judged)

    async def decide(self, shown: Shown) -> Ending:
        """Return how a code ended; its entry, if it makes one, is durable by then.

        Raises:
            CacheFault: it could not be made durable; nothing may be granted.
        """
        match shown.kind:
            case Kind.OVERRIDE:
                return await self._override(shown)
            case Kind.CROWDED:
                return _ended(self._count(Reason.SEVERAL_CARDS, shown), shown)
            case Kind.LEFT_THERE:
                return OverrideRefused(outcome=self._count(Reason.ATTENDANT_UNKNOWN, shown))
            case Kind.NOT_SERVED:
                return _ended(self._count(Reason.ATTENDANT_UNKNOWN, shown), shown)
            case Kind.HOLDER | Kind.STILL_IN_VIEW:
                return await self._settle(shown)

    async def _settle(self, shown: Shown) -> Ending:
        profile, seen_ms = shown.profile, shown.code.seen_ms
        request = self._desk.requests.open_for(self._lane, monotonic_ms())
        if request is not None or not profile.is_asked:  # else nothing is used up
            self._challenges.use(shown.facts)
        outcome = await self._desk.settle(
            shown.judged, lane=self._lane, profile=profile, seen_ms=seen_ms, request=request
        )
        self.is_early = outcome.reason is Reason.NOTHING_ASKED
        ended = _ended(outcome, shown)
        is_in_time = not isinstance(ended, GrantedLate | RefusedLate)
        if is_in_time and outcome.verdict is not Verdict.DENY:
            self._same_holder_ms = profile.same_holder_ms
            self._remember(self._held, shown, self._same_holder_ms)
            self._remember(self._referred, shown, profile.override_s * 1_000)
        if isinstance(ended, Referred):
            self._onlookers.begin(monotonic_ms())
        return ended

    async def _override(self, shown: Shown) -> Ending:
        """Let an attendant grant what is referred, by his own code."""
        profile, now_ms = shown.profile, monotonic_ms()
        referral = shown.referral
        if referral is None or not self._may_override(referral, profile, now_ms):
            return OverrideRefused(outcome=self._count(Reason.ATTENDANT_UNKNOWN, shown))
        judged = self._desk.judge(
            shown.code.payload,
            lane=self._lane,
            profile=attending(profile),
            challenges=self._challenges.open_at(now_ms),
        )
        self._challenges.use(shown.facts)
        outcome = await self._desk.override(
            judged,
            referred=referral.outcome,
            lane=self._lane,
            profile=profile,
            seen_ms=shown.code.seen_ms,
        )
        if outcome.reason is Reason.NOTHING_ASKED:
            return Refused(outcome=outcome)  # its program gave it up meanwhile
        if is_for_attendant(outcome, profile):
            return Referred(outcome=outcome)  # for what only the ledger knows: he is asked of that
        if outcome.verdict is not Verdict.GRANT:
            return OverrideRefused(outcome=outcome)
        self._overrides.count(now_ms)
        self._remember(self._helper, shown, profile.same_holder_ms)
        self.goes_on()
        return _ended(outcome, shown)

    def _may_override(self, referral: Pending, profile: Profile, now_ms: int) -> bool:
        """Return whether anybody may, by the profile as it is published now."""
        is_offered = is_for_attendant(referral.outcome, profile)
        return (
            is_offered and now_ms < referral.until_ms and self._overrides.may_more(profile, now_ms)
        )

    def _count(self, reason: Reason, shown: Shown) -> Outcome:
        return self._desk.refuse(reason, lane=self._lane, seen_ms=shown.code.seen_ms)

    def _has_company(self, code: ScannedCode, judged: Judged, profile: Profile) -> bool:
        """Return whether another holder's card is in view where only one may be.

        What is refused anyhow is refused for its own reason.
        """
        is_refused = judged.judgement.decision.verdict is Verdict.DENY
        if is_refused or profile.cards_in_view is CardsInView.ANY:
            return False
        return any(
            is_another_holder(
                self._desk.judge(payload, lane=self._lane, profile=profile).judgement.verification,
                judged.judgement.verification,
            )
            for payload in code.companions
        )

    def _is_held(self, judged: Judged, showing: int | None) -> bool:
        """Return whether it is the holder just accepted; a DENY is always a presentation.

        But for one: the answer that was accepted is used up, and it may still be in view.
        """
        facts, decision = judged.judgement.verification, judged.judgement.decision
        if not self._held.covers(facts, showing, monotonic_ms()):
            return False
        is_used = decision.reason is Reason.CHALLENGE_UNANSWERED and self._held.answers_as(facts)
        return decision.verdict is not Verdict.DENY or is_used

    def _remember(self, held: Held, shown: Shown, lasts_ms: int) -> None:
        """Take `shown`, as long as it lasts or is not put away, for what was served already."""
        facts = shown.facts
        if facts.credential is not None and facts.issuer is not None:
            until_ms = monotonic_ms() + lasts_ms
            held.remember(facts.issuer, facts.credential, shown.code.showing, until_ms)


def _ended(outcome: Outcome, shown: Shown) -> Ending:
    """Return what the lane's machine is told of an outcome."""
    is_granted, profile = outcome.verdict is Verdict.GRANT, shown.profile
    if outcome.ms > CODE_AGE_MS_MAX:
        return GrantedLate(outcome=outcome) if is_granted else RefusedLate(outcome=outcome)
    if is_granted and profile.consume_on is ConsumeOn.PASSAGE:
        return GrantedToPass(outcome=outcome)
    if is_granted:
        return Granted(outcome=outcome)
    if shown.referral is not None and outcome.seq is None:
        return StillReferred(outcome=outcome)
    is_offered = is_for_attendant(outcome, profile)
    return Referred(outcome=outcome) if is_offered else Refused(outcome=outcome)
