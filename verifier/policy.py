"""The opinion that a lane's profile has of a verification."""

from collections.abc import Collection

from verifier.clock import ClockQuality, ClockReading
from verifier.hours import is_open
from verifier.model import (
    CheckName,
    Decision,
    Freshness,
    HolderProof,
    Skipped,
    Stale,
    Verdict,
    Verification,
)
from verifier.profile import Binding, Passback, Profile
from verifier.reasons import Reason

_STATUS_PLACE = CheckName.STATUS.value - 1
# Looked up once: a member of an Enum costs as much as a call, and each code asks for all of these.
_GRANT, _REFER, _DENY = Verdict.GRANT, Verdict.REFER, Verdict.DENY
_EXPIRED = Freshness.EXPIRED
_REQUIRED, _UNTRUSTED = Binding.REQUIRED, ClockQuality.UNTRUSTED


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
    opinions = _opinions(verification, profile, lane, clock, challenges)
    for strictest in (_DENY, _REFER) if opinions else ():
        for verdict, reason in opinions:
            if verdict is strictest:
                return Decision(verdict=verdict, reason=reason, decided_at=clock.now)
    return Decision(verdict=_GRANT, reason=None, decided_at=clock.now)


_Opinion = tuple[Verdict, Reason]


def _opinions(
    verification: Verification,
    profile: Profile,
    lane: str | None,
    clock: ClockReading,
    challenges: Collection[bytes],
) -> list[_Opinion]:
    failure, credential = verification.failure, verification.credential
    if failure is not None or credential is None:
        return [(_DENY, failure or Reason.FORM_MALFORMED)]  # nothing is stricter
    told = list[_Opinion]()
    if profile.capability is not None and not verification.capabilities & profile.capability.value:
        told.append((_DENY, Reason.CAPABILITY_MISSING))
    if profile.card_types and not credential.types & profile.card_types:
        told.append((_DENY, Reason.TYPE_NOT_FOR_LANE))
    is_shut = (profile.hours or profile.closed_on) and not _is_open(profile, clock)
    if is_shut and clock.quality is not _UNTRUSTED:
        told.append((profile.outside_hours, Reason.OUTSIDE_HOURS))
    if lane is not None:
        _add_binding(told, credential.proof, profile, lane, challenges)
    else:
        _add_unjudged(told, profile)
    if credential.proof is None and profile.static is not _GRANT:
        told.append((profile.static, Reason.STATIC_CODE))
    if clock.quality is _UNTRUSTED:
        told.append((profile.clock_untrusted, Reason.TERMINAL_CLOCK_UNTRUSTED))
        if is_shut and profile.outside_hours is not _GRANT:  # nobody knows whether it is
            told.append((_REFER, Reason.OUTSIDE_HOURS))
    _add_ages(told, verification, profile)
    return told


def _is_open(profile: Profile, clock: ClockReading) -> bool:
    return is_open(
        profile.hours,
        at=clock.now,
        utc_offset_min=profile.utc_offset_min or 0,
        closed_on=profile.closed_on,
    )


def _add_binding(
    told: list[_Opinion],
    proof: HolderProof | None,
    profile: Profile,
    lane: str,
    challenges: Collection[bytes],
) -> None:
    """Tell what is wrong with whom and what a code was drawn for; a static one was for nobody."""
    audience = None if proof is None else proof.audience
    is_asked = profile.audience is _REQUIRED
    if audience != lane and (is_asked or audience is not None):
        told.append((_DENY, Reason.BOUND_TO_ANOTHER_LANE))
    answer = None if proof is None else proof.challenge
    if profile.challenge is _REQUIRED and (answer is None or answer not in challenges):
        told.append((_DENY, Reason.CHALLENGE_UNANSWERED))


def _add_unjudged(told: list[_Opinion], profile: Profile) -> None:
    """Refer what only a lane can judge: an auditor's yes must be a lane's."""
    if profile.audience is _REQUIRED:
        told.append((_REFER, Reason.BOUND_TO_ANOTHER_LANE))
    if profile.challenge is _REQUIRED:
        told.append((_REFER, Reason.CHALLENGE_UNANSWERED))
    if profile.is_asked:
        told.append((_REFER, Reason.NOTHING_ASKED))
    elif profile.money is not None:
        told.append((_REFER, Reason.FLOOR_LIMIT))
    if profile.passback is not Passback.OFF:
        told.append((_REFER, Reason.PASSBACK))


def _add_ages(told: list[_Opinion], verification: Verification, profile: Profile) -> None:
    if isinstance(verification.checks[_STATUS_PLACE], Skipped):
        told.append((profile.status_unknown, Reason.STATUS_LIST_UNKNOWN))
    keys, status = standing(verification, profile)
    if status is _EXPIRED:
        told.append((_unless_value(profile, profile.status_expired), Reason.STATUS_LIST_EXPIRED))
    if keys is _EXPIRED:
        told.append((_unless_value(profile, profile.keys_expired), Reason.KEYS_EXPIRED))


def standing(
    verification: Verification, profile: Profile
) -> tuple[Freshness | None, Freshness | None]:
    """Return how fresh the keys and the status list were; None: not used, or without a date."""
    ages, status = verification.ages, verification.checks[_STATUS_PLACE]
    keys_are = None if ages.keys_s is None else profile.keys_limits.of(ages.keys_s)
    if isinstance(status, Stale) and status.ended:
        return keys_are, _EXPIRED
    status_is = None if ages.status_s is None else profile.status_limits.of(ages.status_s)
    return keys_are, status_is


def _unless_value(profile: Profile, verdict: Verdict) -> Verdict:
    """Return what an expired list leads to: who may pass on it may still not spend on it."""
    return _DENY if verdict is _GRANT and profile.has_value else verdict
