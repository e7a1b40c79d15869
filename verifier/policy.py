"""A lane's profile, and the opinion it has of a verification."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum, IntFlag

from verifier.clock import ClockQuality, ClockReading
from verifier.model import (
    CheckName,
    Credential,
    Decision,
    FreshnessLimits,
    Skipped,
    Stale,
    Verdict,
    Verification,
)
from verifier.reasons import Reason


class Capability(IntFlag):
    """What a card may be used for: bits of the signed mask (docs/cc1.md)."""

    HEALTH_PASS = 1
    E_HEALTH_CARD = 2
    GOVERNMENT = 4
    SOCIAL_SECURITY = 8
    LIBRARY = 16
    DOOR = 32
    SHOP = 64


class EntryType(Enum):
    """What a lane's journal entries are about."""

    PASSAGE = "passage"
    SALE = "sale"
    REGISTRATION = "registration"
    LOAN = "loan"
    PARKING_IN = "parking.in"
    PARKING_OUT = "parking.out"
    TICKET = "ticket"
    QUERY = "query"
    RATING = "rating"
    APPEAL = "appeal"
    ANNUL = "annul"
    REFUSALS = "refusals"
    SNAPSHOT = "snapshot"


class Binding(Enum):
    """Whether a code must be drawn for this lane, or for this moment of it."""

    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One lane's rules: signed data, no code. Later fields come with defaults."""

    name: str
    entry_type: EntryType
    formats: tuple[str, ...] = ("cc1",)
    capability: Capability | None = None  # what the card must carry; None: nothing
    audience: Binding = Binding.OPTIONAL  # aud: drawn for this lane
    challenge: Binding = Binding.OPTIONAL  # cnonce: answers what this lane shows
    static: Verdict = Verdict.REFER  # a printed card: anybody may hold its copy
    static_window_s: int = 300  # the same printed card is refused again within it
    status_limits: FreshnessLimits = field(
        default=FreshnessLimits(soft_s=3_600, hard_s=259_200)  # 1 h, 72 h
    )
    keys_limits: FreshnessLimits = field(
        default=FreshnessLimits(soft_s=604_800, hard_s=7_776_000)  # 7 d, 90 d
    )
    status_unknown: Verdict = Verdict.REFER
    status_expired: Verdict = Verdict.REFER
    keys_expired: Verdict = Verdict.REFER
    clock_untrusted: Verdict = Verdict.REFER
    gate_pulse_ms: int = 500  # how long the gate's relay is held
    same_holder_ms: int = 5_000  # the same holder seen again within it is one presentation
    open_ms: int = 3_000  # how long a passage may take
    show_ms: int = 1_500  # how long an answer stays before the next presentation


_SEVERITY = {Verdict.GRANT: 0, Verdict.REFER: 1, Verdict.DENY: 2}


def decide(
    verification: Verification,
    profile: Profile,
    *,
    lane: str | None,
    clock: ClockReading,
    challenges: Collection[bytes] = (),
) -> Decision:
    """Return what a lane of `profile` does: the strictest of all its rules, the first among equals.

    Args:
        verification: facts, not opinions.
        profile: the lane's rules.
        lane: the audience a code may be bound to; None for an auditor, who is no lane.
        clock: the reading that the verification was made with.
        challenges: what the lane has shown to be answered, and nobody has.
    """
    verdict, reason = Verdict.GRANT, None
    for told, why in _opinions(verification, profile, lane, clock, challenges):
        if _SEVERITY[told] > _SEVERITY[verdict]:
            verdict, reason = told, why
    return Decision(verdict=verdict, reason=reason, decided_at=clock.now)


def _opinions(
    verification: Verification,
    profile: Profile,
    lane: str | None,
    clock: ClockReading,
    challenges: Collection[bytes],
) -> Iterator[tuple[Verdict, Reason]]:
    failure = verification.failure
    if failure is not None:
        yield Verdict.DENY, failure  # nothing is stricter, and it is the first
        return
    credential = verification.credential
    if credential is None:
        raise ValueError("a verification without a failure is of a credential")
    if profile.capability is not None and not verification.capabilities & profile.capability.value:
        yield Verdict.DENY, Reason.CAPABILITY_MISSING
    if lane is not None:
        yield from _of_binding(credential, profile, lane, challenges)
    if credential.proof is None:
        yield profile.static, Reason.STATIC_CODE
    if clock.quality is ClockQuality.UNTRUSTED:
        yield profile.clock_untrusted, Reason.TERMINAL_CLOCK_UNTRUSTED
    yield from _of_ages(verification, profile)


def _of_binding(
    credential: Credential, profile: Profile, lane: str, challenges: Collection[bytes]
) -> Iterator[tuple[Verdict, Reason]]:
    """Tell what is wrong with whom and what a code was drawn for; a static one was for nobody."""
    proof = credential.proof
    audience = None if proof is None else proof.audience
    if audience not in (None, lane):
        yield Verdict.DENY, Reason.BOUND_TO_ANOTHER_LANE
    if profile.audience is Binding.REQUIRED and audience is None:
        yield Verdict.DENY, Reason.BOUND_TO_ANOTHER_LANE
    if profile.challenge is Binding.REQUIRED and (
        proof is None or proof.challenge is None or proof.challenge not in challenges
    ):
        yield Verdict.DENY, Reason.CHALLENGE_UNANSWERED


def _of_ages(verification: Verification, profile: Profile) -> Iterator[tuple[Verdict, Reason]]:
    status = verification.checks[CheckName.STATUS.value - 1]
    if isinstance(status, Skipped):
        yield profile.status_unknown, Reason.STATUS_LIST_UNKNOWN
    has_ended = isinstance(status, Stale) and status.ended
    if has_ended or (verification.ages.status_s or 0) > profile.status_limits.hard_s:
        yield profile.status_expired, Reason.STATUS_LIST_EXPIRED
    if (verification.ages.keys_s or 0) > profile.keys_limits.hard_s:
        yield profile.keys_expired, Reason.KEYS_EXPIRED
