"""The published folder as it is: every metadata file of the newest snapshot, proven."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from central.errors import SiteUnusable
from central.trust.signing import AnyMetadata, is_signed
from protocol.trust_folder import METADATA, TARGETS, X_ISSUED, TufRole, metadata_name, target_name
from verifier.model import UnixSeconds

_ROOT_NAME = re.compile(r"([1-9][0-9]*)\.root\.json")

# Every role whose files are listed in the snapshot.
CONTENT_ROLES = (TufRole.TARGETS, TufRole.ISSUERS, TufRole.POLICY, TufRole.STATUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What terminals can fetch."""

    folder: Path
    root: Metadata[Root]
    timestamp: Metadata[Timestamp] | None = None  # None before the first publication
    snapshot: Metadata[Snapshot] | None = None
    contents: Mapping[TufRole, Metadata[Targets]] = field(default_factory=dict)

    def versions(self) -> dict[str, int]:
        """Return the version of every role that has been published."""
        found: dict[str, AnyMetadata | None] = {
            TufRole.ROOT.value: self.root,
            TufRole.TIMESTAMP.value: self.timestamp,
            TufRole.SNAPSHOT.value: self.snapshot,
        }
        found |= {role.value: metadata for role, metadata in self.contents.items()}
        return {role: held.signed.version for role, held in found.items() if held is not None}

    def issued_at(self) -> UnixSeconds:
        """Return when the newest timestamp says it was made; 0 before the first."""
        if self.timestamp is None:
            return UnixSeconds(0)
        return UnixSeconds(int(self.timestamp.signed.unrecognized_fields[X_ISSUED]))

    def target(self, path: str) -> TargetFile | None:
        """Return what is published of a target; None where it is not."""
        for metadata in self.contents.values():
            if path in metadata.signed.targets:
                return metadata.signed.targets[path]
        return None

    def octets(self, path: str) -> bytes:
        """Return a target's octets; empty where it is not published, or its file is damaged."""
        target = self.target(path)
        if target is None:
            return b""
        try:
            octets = (self.folder / TARGETS / target_name(path, digest(target))).read_bytes()
            target.verify_length_and_hashes(octets)
        except (FileNotFoundError, RepositoryError):
            return b""
        return octets


def digest(target: TargetFile) -> str:
    """Return the SHA-256 of a target as hex."""
    return target.hashes["sha256"]


def read_repository(folder: Path, *, next_root: Metadata[Root] | None = None) -> Repository:
    """Return the repository in `folder`.

    Args:
        folder: holds `metadata/` and `targets/`.
        next_root: one that may have been on its way out when the power went. If it is signed,
            what it names as top keys has been used already.

    Raises:
        SiteUnusable: a file is missing, or not signed as it must be.
    """
    root = read_root(folder)
    roots = [root.signed, *_next(root, next_root)]
    path = folder / METADATA / metadata_name(TufRole.TIMESTAMP.value, 1)
    if not path.exists():
        return Repository(folder=folder, root=root)
    timestamp = _read(path, Timestamp)
    snapshot = _read(_path(folder, "snapshot", timestamp.signed.snapshot_meta.version), Snapshot)
    for role, metadata in ((TufRole.TIMESTAMP, timestamp), (TufRole.SNAPSHOT, snapshot)):
        _prove(metadata, role, roots)
    contents = dict(_contents(folder, snapshot.signed, roots))
    return Repository(
        folder=folder, root=root, timestamp=timestamp, snapshot=snapshot, contents=contents
    )


def _next(root: Metadata[Root], following: Metadata[Root] | None) -> Iterator[Root]:
    """Return the next root, if it is signed as it must be."""
    if following is not None and following.signed.version == root.signed.version + 1:
        by = (root.signed, following.signed)
        if all(is_signed(following, TufRole.ROOT, delegator) for delegator in by):
            yield following.signed


def read_root(folder: Path) -> Metadata[Root]:
    """Return the newest root.

    Raises:
        SiteUnusable: there is none, or it is damaged.
    """
    versions = root_versions(folder)
    if not versions:
        raise SiteUnusable(
            f"{folder / METADATA} holds no root: restore it from a backup or from the web server;"
            " a centre without one is given one by scan-central trust begin-anew"
        )
    root = _read(_path(folder, "root", versions[-1]), Root)
    _prove(root, TufRole.ROOT, [root.signed])
    return root


def root_versions(folder: Path) -> list[int]:
    """Return the versions of root that lie in `folder`, in order."""
    found = (_ROOT_NAME.fullmatch(path.name) for path in (folder / METADATA).glob("*.root.json"))
    return sorted(int(match[1]) for match in found if match is not None)


def read_metadata(path: Path) -> AnyMetadata:
    """Return the metadata in a file, whoever signed it.

    Raises:
        SiteUnusable: it is none.
    """
    try:
        return Metadata.from_bytes(path.read_bytes())
    except (OSError, RepositoryError) as error:
        raise SiteUnusable(f"{path} can't be read: restore it from a backup") from error


def _contents(
    folder: Path, snapshot: Snapshot, roots: Sequence[Root]
) -> Iterator[tuple[TufRole, Metadata[Targets]]]:
    """Return targets and what it delegates, at the versions of `snapshot`."""
    by: Sequence[Any] = roots
    for role in CONTENT_ROLES:
        version = snapshot.meta[f"{role.value}.json"].version
        metadata = _read(_path(folder, role.value, version), Targets)
        _prove(metadata, role, by)
        yield role, metadata
        if role is TufRole.TARGETS:
            by = [metadata.signed]


def _read(path: Path, kind: type[Any]) -> Metadata[Any]:
    metadata = read_metadata(path)
    if not isinstance(metadata.signed, kind):
        raise SiteUnusable(f"{path} is of another role: restore it from a backup")
    return metadata


def _prove(metadata: AnyMetadata, role: TufRole, by: Sequence[Any]) -> None:
    if not any(is_signed(metadata, role, delegator) for delegator in by):
        raise SiteUnusable(
            f"the published {role.value} (version {metadata.signed.version}) is not signed by its"
            " keys: restore the folder from a backup or from the web server"
        )


def _path(folder: Path, role: str, version: int) -> Path:
    return folder / METADATA / metadata_name(role, version)
