"""Writing a publication so that whoever reads meanwhile is led to whole files."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tuf.api.metadata import Metadata, Timestamp

from central.files import PUBLIC_MODE, make_folders, write_atomically
from central.trust.contents import Progress, Wanted
from central.trust.planning import Plan
from central.trust.repository import Repository, digest
from central.trust.signing import AnyMetadata
from protocol.trust_folder import METADATA, TARGETS, TufRole, metadata_name, target_name


def write_repository(
    before: Repository,
    plan: Plan,
    timestamp: Metadata[Timestamp],
    files: Wanted,
    progress: Progress,
) -> None:
    """Write what is new of `plan`.

    Targets, then what names them, then the timestamp: until that is there nobody knows of the
    rest. A new root comes last of all: the metadata of top roles carries the signatures of their
    keys of before as well, if they are at hand, and so is good under both roots.
    """
    folder, writes = before.folder, list(_writes(before, plan, timestamp, files))
    for done, (path, octets) in enumerate(writes, 1):
        make_folders(path.parent, below=folder)
        write_atomically(path, octets, mode=PUBLIC_MODE)
        progress("files", done, len(writes))


def published(plan: Plan, files: Wanted) -> Iterator[tuple[str, bytes]]:
    """Return the wanted files that `plan` names as they are; the others wait for signatures."""
    for role, metadata in plan.contents.items():
        for path, octets in files.files[role].items():
            target = metadata.signed.targets.get(path)
            if target is not None and digest(target) == sha256(octets).hexdigest():
                yield path, octets


def _writes(
    before: Repository, plan: Plan, timestamp: Metadata[Timestamp], files: Wanted
) -> Iterator[tuple[Path, bytes]]:
    targets, metadata = before.folder / TARGETS, before.folder / METADATA
    for path, octets in published(plan, files):
        target = targets / target_name(path, sha256(octets).hexdigest())
        if not (target.is_file() and target.read_bytes() == octets):
            yield target, octets
    held = {**before.contents, TufRole.SNAPSHOT: before.snapshot, TufRole.ROOT: before.root}
    new = {**plan.metadata(), TufRole.TIMESTAMP: timestamp, TufRole.ROOT: plan.root}
    for role, told in new.items():
        if told is not held.get(role):
            yield metadata / metadata_name(role.value, told.signed.version), _octets(told)


def _octets(metadata: AnyMetadata) -> bytes:
    metadata.unrecognized_fields = {}  # what a draft carries besides is nobody's business
    return metadata.to_bytes()
