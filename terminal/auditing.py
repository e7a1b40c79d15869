"""What `scan-terminal verify` knows and says: a local trust folder, and a judgement as JSON."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offline_cache.status_lists import read_lists
from protocol.profile_file.reading import capability_names
from terminal.audit_folder import audit_folder
from terminal.families import load_families
from verifier.clock import ClockQuality, ClockReading
from verifier.formats import BUILT_IN
from verifier.issuer_memory import IssuerMemory
from verifier.model import (
    Check,
    Credential,
    Failed,
    FreshnessLimits,
    Passed,
    Skipped,
    Stale,
    UnixSeconds,
    Verdict,
    Verification,
)
from verifier.pipeline import Judgement, judge
from verifier.profile import EntryType, Profile
from verifier.verify import Circumstances, TrustedSet

# A century: to an auditor no list is too old, its age is told instead.
_ANY_AGE = FreshnessLimits(soft_s=3_600, hard_s=3_155_760_000)

AUDIT = Profile(
    name="audit",
    entry_type=EntryType.QUERY,
    formats=tuple(family.name for family in BUILT_IN),
    static=Verdict.GRANT,
    status_limits=_ANY_AGE,
    keys_limits=_ANY_AGE,
)


class Auditor:
    """Judges codes by a trust folder on this machine, each line by itself."""

    def __init__(
        self, path: Path, *, now: UnixSeconds, profile: str | None, families: Sequence[str] = ()
    ) -> None:
        """Load keys, status lists beside them, the profile, and the families that are named.

        Raises:
            UsageError: nothing there, no key list, or no profile of that name.
            FamilyError: a family that is named can't be had.
        """
        self._formats = load_families(families)
        folder = audit_folder(path, now=now)
        keys = folder.keys()
        held = read_lists(folder.status_files(), keys.keys, None, now=now)
        self.problems = [*keys.problems, *folder.problems, *held.problems]
        self._profile = self._audit() if profile is None else folder.profile(profile)
        self._known = Circumstances(
            trusted=TrustedSet(keys=keys.keys, issued_at=folder.issued_at, lists=held.lists),
            clock=ClockReading(now=now, quality=ClockQuality.TRUSTED, uncertainty_s=0),
            status_limits=self._profile.status_limits,
            memory=IssuerMemory(),
        )

    def _audit(self) -> Profile:
        return replace(AUDIT, formats=tuple(family.name for family in self._formats))

    def judge(self, payload: bytes) -> Judgement:
        """Return what the profile makes of one code, independent of all others."""
        return judge(
            payload,
            profile=self._profile,
            lane=None,
            known=self._known,
            replay="each line is judged by itself",
            formats=self._formats,
        )


def judgement_members(code: str, judgement: Judgement) -> dict[str, object]:
    """Return a judgement as the JSON object of `verify --json`."""
    facts, decision = judgement.verification, judgement.decision
    credential = facts.credential
    return {
        "code": code,
        "format": None if credential is None else credential.format,
        "verdict": decision.verdict.value,
        "reason": None if decision.reason is None else decision.reason.value,
        "checks": [_check_members(check) for check in facts.checks],
        "credential": None if credential is None else _credential(credential, facts),
    }


def _check_members(check: Check) -> dict[str, object]:
    told: dict[str, object] = {"n": check.name.value, "name": check.name.name.lower()}
    match check:
        case Passed():
            return told | {"outcome": "PASSED"}
        case Failed(reason=reason):
            return told | {"outcome": "FAILED", "reason": reason.value}
        case Skipped(why=why):
            return told | {"outcome": "SKIPPED", "why": why}
        case Stale(age_s=age_s):
            return told | {"outcome": "STALE", "age_s": age_s}


def _credential(credential: Credential, facts: Verification) -> dict[str, object]:
    """Return what a credential says; `issuer` is null while nothing is proven."""
    own = credential.capabilities
    capabilities = facts.capabilities if own is None else own
    proof = credential.proof
    return {
        "issuer": facts.issuer,
        "kid": credential.kid.hex(),
        "subject": credential.subject.hex(),
        "types": credential.types,
        "capabilities": [
            name for name, bit in capability_names().items() if capabilities & bit.value
        ],
        "nbf": credential.not_before,
        "exp": credential.expires_at,
        "status": credential.status_index,
        "iat": None if proof is None else proof.drawn_at,
        "aud": None if proof is None else proof.audience,
        "cnonce": None if proof is None or proof.challenge is None else proof.challenge.hex(),
    }
