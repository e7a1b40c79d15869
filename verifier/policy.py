"""A lane's profile, and the opinion it has of a verification."""

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One lane's rules: signed data, no code. Later fields come with defaults."""

    name: str
    entry_type: EntryType
    formats: tuple[str, ...] = ("cc1",)
    capability: Capability | None = None  # what the card must carry; None: nothing
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
    verification: Verification, profile: Profile, *, lane: str | None, clock: ClockReading
) -> Decision:
    """Return what a lane of `profile` does: the strictest of all its rules, the first among equals.

    Args:
        verification: facts, not opinions.
        profile: the lane's rules.
        lane: the audience a code may be bound to; None for an auditor, who is no lane.
        clock: the reading that the verification was made with.
    """
    strictest: tuple[Verdict, Reason | None] = (Verdict.GRANT, None)
    for verdict, reason in _opinions(verification, profile, lane, clock):
        if _SEVERITY[verdict] > _SEVERITY[strictest[0]]:
            strictest = (verdict, reason)
    return Decision(verdict=strictest[0], reason=strictest[1], decided_at=clock.now)


def _opinions(
    verification: Verification, profile: Profile, lane: str | None, clock: ClockReading
) -> Iterator[tuple[Verdict, Reason]]:
    if verification.failure is not None:
        yield Verdict.DENY, verification.failure
    if verification.credential is not None:
        yield from _of_credential(verification.credential, profile, lane)
    if clock.quality is ClockQuality.UNTRUSTED:
        yield profile.clock_untrusted, Reason.TERMINAL_CLOCK_UNTRUSTED
    yield from _of_ages(verification, profile)


def _of_credential(
    credential: Credential, profile: Profile, lane: str | None
) -> Iterator[tuple[Verdict, Reason]]:
    if credential.format not in profile.formats:
        yield Verdict.DENY, Reason.FORMAT_NOT_FOR_LANE
    if profile.capability is not None and not credential.capabilities & profile.capability:
        yield Verdict.DENY, Reason.CAPABILITY_MISSING
    if credential.proof is None:
        yield profile.static, Reason.STATIC_CODE
    elif lane is not None and credential.proof.audience not in (None, lane):
        yield Verdict.DENY, Reason.BOUND_TO_ANOTHER_LANE


def _of_ages(verification: Verification, profile: Profile) -> Iterator[tuple[Verdict, Reason]]:
    if verification.failure is None and _status_skipped(verification):
        yield profile.status_unknown, Reason.STATUS_LIST_UNKNOWN
    age_s = verification.ages.status_s or 0
    if age_s > profile.status_limits.hard_s or _status_ended(verification):
        yield profile.status_expired, Reason.STATUS_LIST_EXPIRED
    if (verification.ages.keys_s or 0) > profile.keys_limits.hard_s:
        yield profile.keys_expired, Reason.KEYS_EXPIRED


def _status_ended(verification: Verification) -> bool:
    return any(isinstance(check, Stale) and check.ended for check in verification.checks)


def _status_skipped(verification: Verification) -> bool:
    return any(
        isinstance(check, Skipped) and check.name is CheckName.STATUS
        for check in verification.checks
    )
