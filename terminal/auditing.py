"""What `scan-terminal verify` knows and says: a local trust folder, and a judgement as JSON."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offline_cache.status_lists import read_lists
from protocol.profile_file import capability_names, read_profile
from terminal.errors import UsageError
from terminal.families import load_families
from verifier.clock import ClockQuality, ClockReading
from verifier.errors import TrustError
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
from verifier.policy import EntryType, Profile
from verifier.status_delta import DELTA_SUFFIX
from verifier.trust import KeyList, load_keys
from verifier.verify import Circumstances, TrustedSet

# A century: to an auditor no list is too old, its age is told instead.
_ANY_AGE = FreshnessLimits(soft_s=3_600, hard_s=3_155_760_000)

_STATUS_SUFFIXES = (".cwt", ".jwt", DELTA_SUFFIX)

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
        keys_path = _keys_path(path)
        keys = _keys(keys_path)
        held = read_lists(_status_files(keys_path), keys.keys, None, now=now)
        self.problems = [*keys.problems, *held.problems]
        self._profile = self._audit() if profile is None else _profile(keys_path, profile)
        self._known = Circumstances(
            trusted=TrustedSet(keys=keys.keys, issued_at=None, lists=held.lists),
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


def _keys_path(path: Path) -> Path:
    candidates = [path] if path.is_file() else [path / "keys.json", path / "trust" / "keys.json"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UsageError(f"{path}: no keys.json here; name the file or a trust folder")


def _keys(path: Path) -> KeyList:
    try:
        return load_keys(_octets(path))
    except TrustError as error:
        raise UsageError(f"{path}: {error}; name a keys.json or a trust folder") from error


def _folder_roots(keys_path: Path) -> tuple[Path, ...]:
    """Return where templates of the key list are resolved: beside it, or in its trust folder."""
    beside = keys_path.parent
    return (beside, beside.parent) if beside.name == "trust" else (beside,)


def _status_files(keys_path: Path) -> dict[str, bytes]:
    """Return lists and deltas by their path in the trust folder."""
    return {
        file.relative_to(root).as_posix(): _octets(file)
        for root in _folder_roots(keys_path)
        for file in sorted(root.glob("status/**/*"))
        if file.suffix in _STATUS_SUFFIXES
    }


def _profile(keys_path: Path, name: str) -> Profile:
    for root in _folder_roots(keys_path):
        file = root / "policy" / "profiles" / f"{name}.toml"
        if file.is_file():
            return read_profile(_octets(file), name=name)
    raise UsageError(f"no profile {name} in the trust folder; without --profile `audit` is used")


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error


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
