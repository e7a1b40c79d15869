"""Versions that terminals may have seen, kept beside the centre's directory, not in it.

A backup of the directory that is put back takes every version back with it; terminals refuse what
it then publishes, and nothing in it could tell. So the counters lie where its backup does not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from central.errors import SiteUnusable
from central.files import SECRET_MODE, write_atomically
from central.trust.errors import OldCopy
from protocol.trust_folder import TufRole

SUFFIX = ".counters"

# How far a restored centre jumps ahead. Whoever restores knows the versions of his backup, not
# those of the publications since; a thousand are six weeks of hourly ones.
JUMP = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The version of each role as it was last published, by its name."""

    path: Path
    versions: Mapping[str, int] | None  # None where the file is not there


def counters_path(directory: Path) -> Path:
    """Return where the counters of the centre in `directory` lie."""
    resolved = directory.resolve()
    return resolved.with_name(resolved.name + SUFFIX)


def read_counters(path: Path) -> Counters:
    """Return the counters.

    Raises:
        SiteUnusable: they are damaged.
    """
    try:
        versions = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Counters(path=path, versions=None)
    except ValueError as error:
        raise SiteUnusable(f"{path} can't be read: remove it, then follow publish") from error
    if not isinstance(versions, dict) or not all(isinstance(n, int) for n in versions.values()):
        raise SiteUnusable(f"{path} holds no versions: remove it, then follow publish")
    return Counters(path=path, versions=versions)


def write_counters(path: Path, versions: Mapping[str, int]) -> None:
    """Keep `versions` as published."""
    write_atomically(path, json.dumps(dict(versions)).encode() + b"\n", mode=SECRET_MODE)


def check_age(
    counters: Counters, published: Mapping[str, int], noted: int, *, command: str
) -> None:
    """Return if neither folder nor database is an older copy.

    Args:
        counters: kept outside.
        published: versions in the folder, by role.
        noted: the last publication that the database knows of.
        command: what to type after a backup was put back.

    Raises:
        OldCopy: one of them is; says which, what it means, and the remedy.
    """
    timestamp = published.get(TufRole.TIMESTAMP.value, 0)
    if noted < timestamp:
        raise OldCopy(
            f"the database is an older copy: it knows of publication {noted}, the folder holds"
            f" {timestamp}. Cards revoked since are valid in it: revoke them again; then {command}"
        )
    if counters.versions is None:
        raise OldCopy(
            f"{counters.path} is not there, which counts what terminals have seen. If this"
            " directory was moved, bring it along. If it was lost, or a backup was put back:"
            f" {command}"
        )
    behind = [
        f"{role} {published.get(role, 0)}, seen {seen}"
        for role, seen in counters.versions.items()
        if published.get(role, 0) < seen
    ]
    if behind:
        raise OldCopy(
            f"this directory is an older copy than what was published ({'; '.join(behind)}):"
            " terminals would refuse it. Cards revoked since the backup was made are valid in it:"
            f" revoke them again; then {command}"
        )


def floors_after(counters: Counters, published: Mapping[str, int]) -> dict[str, int]:
    """Return the least versions with which a restored centre is believed again, but for root's.

    A role that no counter shows to have gone back keeps its version: an offline key is asked for
    only where it is needed. Without counters every role may have.
    """
    floors: dict[str, int] = {}
    for role in TufRole:
        here = published.get(role.value, 0)
        seen = here + 1 if counters.versions is None else counters.versions.get(role.value, 0)
        if role is not TufRole.ROOT and seen > here:
            floors[role.value] = max(here, seen) + JUMP
    return floors
