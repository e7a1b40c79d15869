"""Facts about one credential at one instant: the numbered checks, in order, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.clock import ClockQuality, ClockReading
from verifier.errors import MalformedPayload
from verifier.model import (
    Ages,
    Check,
    CheckName,
    Credential,
    Failed,
    FreshnessLimits,
    KeyTable,
    Passed,
    Role,
    SignedOctets,
    Skipped,
    Stale,
    TrustedKey,
    UnixSeconds,
    Verification,
)
from verifier.reasons import Reason
from verifier.signature import is_signed_by
from verifier.status import Status, StatusList, list_name, value_at

# A phone redraws its code every 20-30 s and its clock may run a little ahead (docs/cc1.md).
PROOF_AGE_S_MAX = 60
PROOF_LEAD_S_MAX = 15

LIST_NOT_HELD = "the status list is not held here"
NO_LISTS = "the issuer publishes no status list"

_STATUS_REASONS = {
    Status.REVOKED.value: Reason.REVOKED,
    Status.SUSPENDED.value: Reason.SUSPENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedSet:
    """Keys and status lists accepted so far; swapped whole, never changed in place."""

    keys: KeyTable
    issued_at: UnixSeconds | None  # newest signed date that covers all of it; None: undated
    lists: Mapping[tuple[str, str], StatusList]  # by (issuer, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known here and now: what is trusted, the time, how old lists may be."""

    trusted: TrustedSet
    clock: ClockReading
    status_limits: FreshnessLimits


def verify(credential: Credential, known: Circumstances, *, replay: str) -> Verification:
    """Return what the numbered checks found; those behind a failure are SKIPPED.

    Args:
        credential: parsed, unproven.
        known: keys, lists and clock of this instant.
        replay: why the replay check is not made here: it is claimed with the journal entry.
    """
    checks: list[Check] = [Passed(name=CheckName.FORM)]
    key, key_check = _key(credential, known)  # (2)
    checks.append(key_check)
    checks += _signatures(credential, key)  # (3), (4)
    proven = key if not _failed(checks) else None
    checks += _window(credential, known.clock), _proof_time(credential, known.clock)  # (5), (6)
    status, status_age = _status(credential, proven, known)  # (7)
    checks = _until_failure([*checks, status, Skipped(name=CheckName.REPLAY, why=replay)])
    return Verification(
        checks=tuple(checks),
        credential=credential,
        issuer=None if proven is None else proven.issuer,
        ages=Ages(keys_s=_age(known), status_s=status_age),
    )


def _key(credential: Credential, known: Circumstances) -> tuple[TrustedKey | None, Check]:
    """Return the key that signed the issuer's part, of all that share its id."""
    sharing = [
        key
        for key in known.trusted.keys.get((Role.CARD, credential.kid), ())
        if credential.format in key.formats
    ]
    if not sharing:
        return None, Failed(name=CheckName.KEY, reason=Reason.KEY_UNKNOWN)
    algorithm = credential.issued.algorithm
    sharing = [key for key in sharing if key.algorithm in (None, algorithm)]
    if not sharing:
        return None, Failed(name=CheckName.KEY, reason=Reason.ALGORITHM_NOT_THE_KEYS)
    sharing = [key for key in sharing if _may_sign(key, known.clock)]
    if not sharing:
        return None, Failed(name=CheckName.KEY, reason=Reason.KEY_OUTSIDE_WINDOW)
    signer = next((key for key in sharing if _holds(key.key, credential.issued)), None)
    if signer is not None and credential.capabilities & ~signer.capabilities:
        return None, Failed(name=CheckName.KEY, reason=Reason.CAPABILITIES_EXCEED_KEY)
    return signer, Passed(name=CheckName.KEY)


def _may_sign(key: TrustedKey, clock: ClockReading) -> bool:
    if clock.quality is ClockQuality.UNTRUSTED:
        return clock.now < key.expires_at  # the floor proves that much has passed, and no more
    return key.is_within(clock.now)


def _holds(key: bytes, signed: SignedOctets) -> bool:
    return is_signed_by(key, signed.message, signed.signature)


def _signatures(credential: Credential, signer: TrustedKey | None) -> tuple[Check, Check]:
    issuer: Check = Passed(name=CheckName.ISSUER_SIGNATURE)
    if signer is None:
        issuer = Failed(name=CheckName.ISSUER_SIGNATURE, reason=Reason.ISSUER_SIGNATURE_WRONG)
    holder: Check = Passed(name=CheckName.HOLDER_SIGNATURE)
    if credential.proof is None:
        holder = Skipped(name=CheckName.HOLDER_SIGNATURE, why="a static code carries no proof")
    elif signer is not None and not _holds(credential.proof.key, credential.proof.signed):
        holder = Failed(name=CheckName.HOLDER_SIGNATURE, reason=Reason.HOLDER_SIGNATURE_WRONG)
    return issuer, holder


def _window(credential: Credential, clock: ClockReading) -> Check:
    if clock.now >= credential.expires_at:  # true under an untrusted clock too: the floor is proven
        return Failed(name=CheckName.WINDOW, reason=Reason.CREDENTIAL_EXPIRED)
    if clock.quality is ClockQuality.UNTRUSTED:
        return Skipped(name=CheckName.WINDOW, why="the terminal's clock is untrusted")
    if clock.now < credential.not_before:
        return Failed(name=CheckName.WINDOW, reason=Reason.NOT_YET_VALID)
    return Passed(name=CheckName.WINDOW)


def _proof_time(credential: Credential, clock: ClockReading) -> Check:
    if credential.proof is None:
        return Skipped(name=CheckName.PROOF_TIME, why="a static code carries no proof")
    if clock.quality is ClockQuality.UNTRUSTED:
        return Skipped(name=CheckName.PROOF_TIME, why="the terminal's clock is untrusted")
    drawn_at, slack_s = credential.proof.drawn_at, clock.uncertainty_s
    if drawn_at < clock.now - PROOF_AGE_S_MAX - slack_s:
        return Failed(name=CheckName.PROOF_TIME, reason=Reason.PROOF_TOO_OLD)
    if drawn_at > clock.now + PROOF_LEAD_S_MAX + slack_s:
        return Failed(name=CheckName.PROOF_TIME, reason=Reason.PROOF_FROM_THE_FUTURE)
    return Passed(name=CheckName.PROOF_TIME)


def _status(
    credential: Credential, signer: TrustedKey | None, known: Circumstances
) -> tuple[Check, int | None]:
    if signer is None or signer.status_lists is None:
        return Skipped(name=CheckName.STATUS, why=NO_LISTS), None
    name = list_name(signer.status_lists, credential.status_index)
    status_list = known.trusted.lists.get((signer.issuer, name))
    if status_list is None:
        return Skipped(name=CheckName.STATUS, why=LIST_NOT_HELD), None
    dated_at = max(status_list.issued_at, known.trusted.issued_at or status_list.issued_at)
    age_s = max(0, known.clock.now - dated_at)
    return _status_value(credential, status_list, known, age_s), age_s


def _age(known: Circumstances) -> int | None:
    """Return how old the trusted set's date is, in seconds."""
    if known.trusted.issued_at is None:
        return None
    return max(0, known.clock.now - known.trusted.issued_at)


def _status_value(
    credential: Credential, status_list: StatusList, known: Circumstances, age_s: int
) -> Check:
    try:
        value = value_at(status_list, credential.status_index)
    except MalformedPayload as error:
        return Failed(name=CheckName.STATUS, reason=error.reason)
    if value != Status.VALID.value:
        reason = _STATUS_REASONS.get(value, Reason.STATUS_VALUE_UNKNOWN)
        return Failed(name=CheckName.STATUS, reason=reason)
    ended = status_list.expires_at is not None and known.clock.now >= status_list.expires_at
    if ended or age_s > known.status_limits.soft_s:
        return Stale(name=CheckName.STATUS, age_s=age_s, ended=ended)
    return Passed(name=CheckName.STATUS)


def _failed(checks: Iterable[Check]) -> bool:
    return any(isinstance(check, Failed) for check in checks)


def _until_failure(checks: Iterable[Check]) -> list[Check]:
    """Return `checks` with everything behind the first failure SKIPPED."""
    told: list[Check] = []
    for check in checks:
        after = _failed(told)
        told.append(Skipped(name=check.name, why="an earlier check failed") if after else check)
    return told
