"""Facts about one credential at one instant: the numbered checks, in order, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from verifier.clock import ClockQuality, ClockReading
from verifier.errors import MalformedPayload, StatusUnreadable
from verifier.issuer_memory import IssuerMemory
from verifier.key_signature import holds
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
    Skipped,
    Stale,
    TrustedKey,
    UnixSeconds,
    Verification,
)
from verifier.reasons import Reason
from verifier.signature import is_signed_by
from verifier.status import Status, StatusList, list_name, value_at, value_in

# A phone redraws its code every 20-30 s and its clock may run a little ahead (docs/cc1.md).
PROOF_AGE_S_MAX = 60
PROOF_LEAD_S_MAX = 15

LIST_NOT_HELD = "the status list is not held here"
NO_LISTS = "the issuer publishes no status list"

_STATUS_REASONS = {
    Status.REVOKED.value: Reason.REVOKED,
    Status.SUSPENDED.value: Reason.SUSPENDED,
}

# Made once: they are most of what a verification consists of, and never differ.
_FORM, _KEY, _ISSUER_SIGNATURE, _HOLDER_SIGNATURE, _WINDOW, _PROOF_TIME, _STATUS, _ = (
    Passed(name=name) for name in CheckName
)
NOT_REACHED = tuple(Skipped(name=name, why="an earlier check failed") for name in CheckName)
_NO_PROOF, _NO_PROOF_TIME = (
    Skipped(name=name, why="a static code carries no proof")
    for name in (CheckName.HOLDER_SIGNATURE, CheckName.PROOF_TIME)
)
_NO_WINDOW = Skipped(name=CheckName.WINDOW, why="the code names no beginning and no end")
_CLOCK_UNTRUSTED, _PROOF_CLOCK_UNTRUSTED = (
    Skipped(name=name, why="the terminal's clock is untrusted")
    for name in (CheckName.WINDOW, CheckName.PROOF_TIME)
)


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
    memory: IssuerMemory | None = None  # issuer parts proven before; None: prove each anew


def verify(credential: Credential, known: Circumstances, *, replay: str) -> Verification:
    """Return what the numbered checks found; those behind a failure are SKIPPED.

    Args:
        credential: parsed, unproven.
        known: keys, lists and clock of this instant.
        replay: why the replay check is not made here: it is claimed with the journal entry.
    """
    signer = _signer(credential, known)  # (2), (3)
    if isinstance(signer, Failed):
        reached: tuple[Check, ...] = (_FORM,) if signer.name is CheckName.KEY else (_FORM, _KEY)
        return _ended((*reached, signer), credential, None, known)
    holder = _holder_signature(credential)  # (4)
    proven = _FORM, _KEY, _ISSUER_SIGNATURE, holder
    if isinstance(holder, Failed):
        return _ended(proven, credential, None, known)
    window = _window(credential, known.clock)  # (5)
    if isinstance(window, Failed):
        return _ended((*proven, window), credential, signer, known)
    proof_time = _proof_time(credential, known.clock)  # (6)
    if isinstance(proof_time, Failed):
        return _ended((*proven, window, proof_time), credential, signer, known)
    status, status_age = _status(credential, signer, known)  # (7)
    timely = (*proven, window, proof_time, status)
    if isinstance(status, Failed):
        return _ended(timely, credential, signer, known, status_age)
    checks = (*timely, _replay_skipped(replay))  # (8)
    return _ended(checks, credential, signer, known, status_age)


@lru_cache(maxsize=8)  # callers have one text each
def _replay_skipped(why: str) -> Skipped:
    return Skipped(name=CheckName.REPLAY, why=why)


def _ended(
    checks: tuple[Check, ...],
    credential: Credential,
    signer: TrustedKey | None,
    known: Circumstances,
    status_age: int | None = None,
) -> Verification:
    """Return what was found; what was not reached is SKIPPED.

    Args:
        checks: in their order, the last one made at the end.
        credential: parsed.
        signer: whose signature it is, with the holder's proof, if it has one; None: unproven.
        known: keys, lists and clock of this instant.
        status_age: of the status list used, in seconds.
    """
    own, rights = credential.capabilities, 0
    if signer is not None:
        rights = signer.capabilities if own is None else own
    return Verification(
        checks=checks if len(checks) == len(NOT_REACHED) else checks + NOT_REACHED[len(checks) :],
        credential=credential,
        issuer=None if signer is None else signer.issuer,
        capabilities=rights,
        ages=Ages(keys_s=_age(known), status_s=status_age),
    )


def _signer(credential: Credential, known: Circumstances) -> TrustedKey | Failed:
    """Return the key that signed the issuer's part, of all that share its id, or what failed.

    Its window and what it may grant are judged each time, whoever proved the signature.
    """
    memory, trusted = known.memory, known.trusted
    digest = None if memory is None else memory.digest(credential, trusted)
    signer = None if memory is None or digest is None else memory.signer(digest)
    if signer is None or credential.issuer not in (None, signer.issuer):
        found = _first_signer(credential, trusted.keys, known.clock)
        if isinstance(found, Failed):
            return found
        signer = found
        if memory is not None and digest is not None and _is_listed_once(signer, trusted.keys):
            memory.remember(digest, signer)
    if not _may_sign(signer, known.clock):
        return Failed(name=CheckName.KEY, reason=Reason.KEY_OUTSIDE_WINDOW)
    if not _lets(signer, credential):
        return Failed(name=CheckName.KEY, reason=Reason.CAPABILITIES_EXCEED_KEY)
    return signer


def _first_signer(
    credential: Credential, keys: KeyTable, clock: ClockReading
) -> TrustedKey | Failed:
    """Return the key whose signature it is; those in their window are tried first.

    Where none of them is in its window the code is refused without looking at its signature.
    """
    sharing = _sharing(credential, keys)
    if isinstance(sharing, Failed):
        return sharing
    usable = [key for key in sharing if _may_sign(key, clock)]
    if not usable:
        return Failed(name=CheckName.KEY, reason=Reason.KEY_OUTSIDE_WINDOW)
    for key in usable:
        if holds(key, credential.issued):
            return key if len(usable) == 1 else _widest(key, usable, credential)
    for key in sharing:
        if key not in usable and holds(key, credential.issued):
            return key
    return Failed(name=CheckName.ISSUER_SIGNATURE, reason=Reason.ISSUER_SIGNATURE_WRONG)


def _sharing(credential: Credential, keys: KeyTable) -> list[TrustedKey] | Failed:
    """Return the keys that may have signed: of this id, family, issuer and algorithm."""
    held, algorithm = keys.get((Role.CARD, credential.kid), ()), credential.issued.algorithm
    family, named = credential.format, credential.issuer
    sharing = [
        key for key in held if family in key.formats and (named is None or named == key.issuer)
    ]
    if not sharing:
        return Failed(name=CheckName.KEY, reason=Reason.KEY_UNKNOWN)
    if fitting := [key for key in sharing if algorithm in key.algorithms]:
        return fitting
    return Failed(name=CheckName.KEY, reason=Reason.ALGORITHM_NOT_THE_KEYS)


def _widest(signer: TrustedKey, usable: list[TrustedKey], credential: Credential) -> TrustedKey:
    """Return the entry of the signer's key that lets the code through: a key may be listed twice."""
    for key in usable:
        is_same = (key.key, key.issuer) == (signer.key, signer.issuer)
        if is_same and _lets(key, credential):
            return key
    return signer


def _is_listed_once(signer: TrustedKey, keys: KeyTable) -> bool:
    """Return whether the signer's key has one entry: of several, the moment says which counts."""
    return sum(key.key == signer.key for key in keys[Role.CARD, signer.kid]) == 1


def _lets(key: TrustedKey, credential: Credential) -> bool:
    """Return whether what the code claims and states is within what its key may sign."""
    if credential.capabilities is not None and credential.capabilities & ~key.capabilities:
        return False
    return not key.statements or credential.statement in (None, *key.statements)


def _may_sign(key: TrustedKey, clock: ClockReading) -> bool:
    if clock.now >= key.expires_at:
        return False
    # Of an untrusted clock the floor is proven: that much has passed, and no more is known.
    return key.not_before <= clock.now or clock.quality is ClockQuality.UNTRUSTED


def _holder_signature(credential: Credential) -> Check:
    proof = credential.proof
    if proof is None:
        return _NO_PROOF
    if is_signed_by(proof.key, proof.signed.message, proof.signed.signature):
        return _HOLDER_SIGNATURE
    return Failed(name=CheckName.HOLDER_SIGNATURE, reason=Reason.HOLDER_SIGNATURE_WRONG)


def _window(credential: Credential, clock: ClockReading) -> Check:
    begins_at, ends_at = credential.not_before, credential.expires_at
    if ends_at is not None and clock.now >= ends_at:  # under an untrusted clock too: it is proven
        return Failed(name=CheckName.WINDOW, reason=Reason.CREDENTIAL_EXPIRED)
    if clock.quality is ClockQuality.UNTRUSTED:
        return _CLOCK_UNTRUSTED
    if begins_at is not None and clock.now < begins_at:
        return Failed(name=CheckName.WINDOW, reason=Reason.NOT_YET_VALID)
    return _NO_WINDOW if begins_at is None and ends_at is None else _WINDOW


def _proof_time(credential: Credential, clock: ClockReading) -> Check:
    if credential.proof is None:
        return _NO_PROOF_TIME
    drawn_at, slack_s = credential.proof.drawn_at, clock.uncertainty_s
    if drawn_at < clock.now - PROOF_AGE_S_MAX - slack_s:  # the floor proves that too
        return Failed(name=CheckName.PROOF_TIME, reason=Reason.PROOF_TOO_OLD)
    if clock.quality is ClockQuality.UNTRUSTED:
        return _PROOF_CLOCK_UNTRUSTED
    if drawn_at > clock.now + PROOF_LEAD_S_MAX + slack_s:
        return Failed(name=CheckName.PROOF_TIME, reason=Reason.PROOF_FROM_THE_FUTURE)
    return _PROOF_TIME


def _status(
    credential: Credential, signer: TrustedKey, known: Circumstances
) -> tuple[Check, int | None]:
    index, name = credential.status_index, credential.status_list
    if index is None or (name is None and signer.status_lists is None):
        return Skipped(name=CheckName.STATUS, why=NO_LISTS), None
    if name is None and signer.status_lists is not None:
        name = list_name(signer.status_lists, index)
    status_list = known.trusted.lists.get((signer.issuer, name or ""))
    if status_list is None:
        return Skipped(name=CheckName.STATUS, why=LIST_NOT_HELD), None
    is_foreign = credential.status_list is not None
    date = dated_at(status_list, known.trusted, is_foreign=is_foreign)
    age_s = max(0, known.clock.now - date)
    try:
        value = (value_in if is_foreign else value_at)(status_list, index)
    except MalformedPayload as error:
        return Failed(name=CheckName.STATUS, reason=error.reason), age_s
    except StatusUnreadable:
        return Skipped(name=CheckName.STATUS, why=LIST_NOT_HELD), None
    return _status_value(value, status_list, known, age_s), age_s


def dated_at(status_list: StatusList, trusted: TrustedSet, *, is_foreign: bool) -> UnixSeconds:
    """Return the date up to which a list is known to be the issuer's newest.

    The set's date covers a shard in which nothing has changed, not one that lacks changes. Of a
    foreign issuer's list it only says that whoever publishes the set had no newer one. No list
    is younger than the set that names it, whatever date its own signer gave it.
    """
    if trusted.issued_at is None:
        return status_list.issued_at
    if is_foreign or status_list.is_behind:
        return min(status_list.issued_at, trusted.issued_at)
    return trusted.issued_at


def _age(known: Circumstances) -> int | None:
    """Return how old the trusted set's date is, in seconds."""
    if known.trusted.issued_at is None:
        return None
    return max(0, known.clock.now - known.trusted.issued_at)


def _status_value(value: int, status_list: StatusList, known: Circumstances, age_s: int) -> Check:
    if value != 0:  # Status.VALID
        reason = _STATUS_REASONS.get(value, Reason.STATUS_VALUE_UNKNOWN)
        return Failed(name=CheckName.STATUS, reason=reason)
    ended = status_list.expires_at is not None and known.clock.now >= status_list.expires_at
    if ended or age_s > known.status_limits.soft_s:
        return Stale(name=CheckName.STATUS, age_s=age_s, ended=ended)
    return _STATUS
