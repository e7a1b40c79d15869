"""Removing what no terminal can be in the middle of fetching any more."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from central.trust.layout import LAYOUT
from central.trust.repository import CONTENT_ROLES, digest, read_metadata
from central.trust.signing import AnyMetadata
from protocol.trust_folder import METADATA, TARGETS, TufRole, metadata_name, target_name
from verifier.model import UnixSeconds

# A terminal that began with the snapshot of before, and one that came through a slow cache.
SNAPSHOTS_KEPT = 3
# The longest fetch that is worth finishing; after it a terminal begins anew with what is new.
KEPT_S = 3_600


def sweep(folder: Path, *, now: UnixSeconds) -> int:
    """Remove what only snapshots name that were replaced an hour ago; return how many files.

    The last three snapshots stay whatever their age, and roots stay for good: a terminal that
    comes from a warehouse walks through every one of them.
    """
    snapshots = _snapshots(folder / METADATA)
    keep = {folder / METADATA / metadata_name(TufRole.TIMESTAMP.value, 1)}
    for snapshot in _kept(snapshots, now):
        keep |= set(_named(folder, snapshot))
    removed = [path for path in _swept(folder) if path not in keep]
    for path in removed:
        path.unlink()
    return len(removed)


def _snapshots(metadata: Path) -> list[AnyMetadata]:
    """Return every snapshot that lies in the folder, in order of versions."""
    found = [read_metadata(path) for path in metadata.glob("*.snapshot.json")]
    return sorted(found, key=lambda snapshot: int(snapshot.signed.version))


def _kept(snapshots: list[AnyMetadata], now: UnixSeconds) -> Iterator[AnyMetadata]:
    yield from snapshots[-SNAPSHOTS_KEPT:]
    for snapshot, after in pairwise(snapshots):
        if _made_at(after) > now - KEPT_S:
            yield snapshot


def _made_at(snapshot: AnyMetadata) -> int:
    """Return when a snapshot was made: its end is that moment and a lifetime."""
    return int(snapshot.signed.expires.timestamp()) - LAYOUT[TufRole.SNAPSHOT].lifetime_s


def _named(folder: Path, snapshot: AnyMetadata) -> Iterator[Path]:
    """Return the files that a terminal with this snapshot may ask for, and its own."""
    version = snapshot.signed.version
    yield folder / METADATA / metadata_name(TufRole.SNAPSHOT.value, version)
    for role in CONTENT_ROLES:
        name = metadata_name(role.value, snapshot.signed.meta[f"{role.value}.json"].version)
        path = folder / METADATA / name
        yield path
        if path.exists():  # else power went before it was written, and no timestamp names it
            for target in read_metadata(path).signed.targets.values():
                yield folder / TARGETS / target_name(target.path, digest(target))


def _swept(folder: Path) -> Iterator[Path]:
    for path in (folder / METADATA).iterdir():
        if path.is_file() and not path.name.endswith(".root.json"):
            yield path
    for path in (folder / TARGETS).rglob("*"):
        if path.is_file():
            yield path
