"""Metadata that waits for signatures, in `signing/`: from here it goes to other machines and back.

Beside its signatures a draft carries, unsigned, whose it asks for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tuf.api.metadata import Root, Targets

from central.errors import BadRequest, SiteUnusable
from central.files import SECRET_MODE, write_atomically
from central.trust.keyring import Keyring
from central.trust.layout import BULK, X_BULK_KEY
from central.trust.repository import digest, read_metadata
from central.trust.signing import AnyMetadata, add_signatures, name_of, public_of
from protocol.trust_folder import TufRole

_NAME = re.compile(rf"([1-9][0-9]{{0,9}})\.({'|'.join(role.value for role in TufRole)})\.json")

# Members of a draft beside `signatures` and `signed`.
_X_ROLE, _X_ASKED = "x-role", "x-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """One key that a draft puts in a role's hands."""

    role: str
    threshold: int
    name: str
    public: str  # in hex

    def members(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "role": self.role,
            "threshold": self.threshold,
            "name": self.name,
            "public": self.public,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What came of signing a draft."""

    role: str
    version: int
    expires: str
    targets: Mapping[str, str]  # SHA-256 by path, of roles that name files
    keys: tuple[NamedKey, ...]  # of root and targets, which name keys
    by: tuple[str, ...]  # names of the keys that have signed now
    unsigned: tuple[str, ...]  # names of those that it asks for still

    def text(self) -> str:
        """Return, for people, what was signed."""
        files = "".join(f"\n  {digest}  {path}" for path, digest in self.targets.items())
        keys = "".join(
            f"\n  {key.public}  {key.name}, one of {key.threshold} for {key.role}"
            for key in self.keys
        )
        still = f"; not yet by {', '.join(self.unsigned)}" if self.unsigned else ""
        return (
            f"{self.role} {self.version}, until {self.expires}, signed by"
            f" {', '.join(self.by)}{still}{keys}{files}"
        )


def read_drafts(folder: Path) -> dict[TufRole, AnyMetadata]:
    """Return the drafts in `folder`, one a role: of several, that of the highest version.

    Raises:
        SiteUnusable: one of them is damaged.
    """
    drafts: dict[TufRole, AnyMetadata] = {}
    for path, role, version in _drafts(folder):
        draft = _read(path)
        kind = TufRole.ROOT if role is TufRole.ROOT else TufRole.TARGETS
        if (draft.signed.version, draft.signed.type) != (version, kind.value):
            raise SiteUnusable(f"{path} is not what its name says: remove it, and publish again")
        if role not in drafts or drafts[role].signed.version < version:
            drafts[role] = draft
    return drafts


def _drafts(folder: Path) -> Iterator[tuple[Path, TufRole, int]]:
    """Return every draft with the role and version in its name."""
    for path in folder.glob("*.json"):
        found = _NAME.fullmatch(path.name)
        if found is not None:
            yield path, TufRole(found[2]), int(found[1])


def _read(path: Path) -> AnyMetadata:
    try:
        return read_metadata(path)
    except SiteUnusable as error:
        raise SiteUnusable(f"{path} is damaged: remove it, and publish again") from error


def write_draft(folder: Path, role: TufRole, draft: AnyMetadata, asked: Mapping[str, str]) -> Path:
    """Write a draft, which asks for signatures by the keys `asked`: name by keyid."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{draft.signed.version}.{role.value}.json"
    draft.unrecognized_fields = {_X_ROLE: role.value, _X_ASKED: dict(asked)}
    write_atomically(path, draft.to_bytes(), mode=SECRET_MODE)
    return path


def forget_drafts(folder: Path, versions: Mapping[str, int]) -> None:
    """Remove the drafts of `versions`, by role, and of those before: they are published."""
    for path, role, version in _drafts(folder):
        if version <= versions.get(role.value, 0):
            path.unlink()


def sign_draft(path: Path, ring: Keyring) -> Signed:
    """Sign the draft at `path` with each key at hand that it asks for; needs no centre.

    Raises:
        BadRequest: it is no draft, or no key at hand is asked for.
        SiteUnusable: it can't be read.
    """
    try:
        draft = read_metadata(path)
    except SiteUnusable as error:
        raise SiteUnusable(f"{path} is no draft, or damaged: fetch it from signing/") from error
    asked = draft.unrecognized_fields.get(_X_ASKED)
    if not isinstance(asked, dict):
        raise BadRequest(f"{path} asks for no signature: take a file that publish names")
    _check_says_what_it_is(path, draft)
    names = cast("Mapping[str, str]", asked)
    here = [keyid for keyid in names if keyid in ring.keys]
    if not here:
        raise BadRequest(
            f"none of the keys that {path.name} asks for is here:"
            f" {', '.join(sorted(names.values()))}; name their folder with --keys"
        )
    add_signatures(draft, here, ring)
    write_atomically(path, draft.to_bytes(), mode=SECRET_MODE)
    return Signed(
        role=str(draft.unrecognized_fields.get(_X_ROLE)),
        version=draft.signed.version,
        expires=draft.signed.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        targets=_digests(draft),
        keys=tuple(_named_keys(draft.signed)),
        by=tuple(sorted(names[keyid] for keyid in here)),
        unsigned=tuple(sorted(n for keyid, n in names.items() if keyid not in draft.signatures)),
    )


def _check_says_what_it_is(path: Path, draft: AnyMetadata) -> None:
    """Return if the role that a draft is shown under may be the one that it is signed for.

    That word is signed by nobody, and a custodian has keys of three roles on one stick: a thief of
    the server would have other keys signed for as if they were files.

    Raises:
        BadRequest: it names keys under the name of a role that names none, or the other way round.
    """
    role = draft.unrecognized_fields.get(_X_ROLE)
    names_keys = getattr(draft.signed, "delegations", None) is not None
    is_root = draft.signed.type == TufRole.ROOT.value
    says = (role == TufRole.ROOT.value, role == TufRole.TARGETS.value)
    if says != (is_root, names_keys and not is_root):
        raise BadRequest(
            f"{path} calls itself {role}, and is not: sign nothing of this, and ask who made it"
        )


def _digests(draft: AnyMetadata) -> dict[str, str]:
    targets = getattr(draft.signed, "targets", {})
    return {path: digest(target) for path, target in targets.items()}


def _named_keys(signed: Any) -> Iterator[NamedKey]:
    """Yield every key that root or targets name: two may be called alike by whoever made them."""
    if isinstance(signed, Root):
        roles: dict[str, Any] = dict(signed.roles)
    elif isinstance(signed, Targets) and signed.delegations is not None:
        roles = dict(signed.delegations.roles or {})
    else:
        return
    for role, entry in roles.items():
        for keyid in sorted(entry.keyids):
            key = signed.get_key(keyid)
            yield NamedKey(
                role=role, threshold=entry.threshold, name=name_of(key), public=public_of(key)
            )
    bulk = signed.unrecognized_fields.get(X_BULK_KEY)
    if isinstance(bulk, dict):
        public, name = str(bulk.get("public")), str(bulk.get("name"))
        yield NamedKey(role=BULK, threshold=1, name=name, public=public)
