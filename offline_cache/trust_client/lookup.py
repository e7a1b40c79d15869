"""Which target a path names: the search through delegations, and all of them at once."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Delegations, TargetFile

from offline_cache.trust_client.limits import (
    DELEGATIONS_MAX,
    FILES_MAX,
    FILES_OCTETS_MAX,
    METADATA_OCTETS_MAX,
    ROLES_MAX,
    TARGET_OCTETS_MAX,
)
from offline_cache.trust_client.roots import ROOT
from offline_cache.trust_client.workflow import TARGETS, Workflow
from protocol.trust_folder import TARGET_PATH, target_name
from verifier.errors import TrustError

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """What a file of the folder must be."""

    sha256: str  # 64 hex digits
    size: int
    name: str  # below the targets' folder

    def is_(self, octets: bytes) -> bool:
        """Return whether `octets` are the file's."""
        return len(octets) == self.size and hashlib.sha256(octets).hexdigest() == self.sha256


def find(workflow: Workflow, path: str) -> TargetFile | None:
    """Return the target that `path` names, None where no role that may name it does.

    Roles are asked in the order of their delegations, each with all it delegates to before the
    next (section 5.6.7); a terminating one ends the search.

    Raises:
        TrustError: a role on the way can't be had or proven.
    """
    waiting, seen = [(TARGETS, ROOT)], set[str]()
    while waiting and len(seen) < DELEGATIONS_MAX:
        name, delegator = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        role = workflow.role(name, delegator)
        if path in role.targets:
            return role.targets[path]
        below = []
        for child, is_terminating in _delegated(role.delegations, path):
            below.append((child, name))
            if is_terminating:
                waiting.clear()
                break
        waiting += reversed(below)
    return None


def check_target(target: TargetFile, octets: bytes) -> None:
    """Return if `octets` are those of `target`.

    Raises:
        TrustError: they are not, or nobody can say.
    """
    try:
        target.verify_length_and_hashes(octets)
    except (RepositoryError, TypeError) as error:
        raise TrustError(f"{target.path} is not the file that was named") from error


def all_files(workflow: Workflow) -> Mapping[str, NamedFile]:
    """Return every target by its path, as `find` would find each.

    Raises:
        TrustError: a role can't be had or proven; a path leaves the folder; a file is too large,
            or named by no SHA-256; or there are too many roles or files, or too large ones.
    """
    paths = {path for name in _all_roles(workflow) for path in _paths(workflow, name)}
    if len(paths) > FILES_MAX:
        raise TrustError(f"more than {FILES_MAX} files are named")
    found = {path: find(workflow, path) for path in sorted(paths)}
    prefixed = bool(workflow.root.consistent_snapshot)
    targets = (target for target in found.values() if target is not None)
    files = {target.path: _named(target, prefixed=prefixed) for target in targets}
    if sum(file.size for file in files.values()) > FILES_OCTETS_MAX:
        raise TrustError(f"more than {FILES_OCTETS_MAX} octets of files are named")
    return files


def _delegated(delegations: Delegations | None, path: str) -> list[tuple[str, bool]]:
    return [] if delegations is None else list(delegations.get_roles_for_target(path))


def _paths(workflow: Workflow, name: str) -> list[str]:
    return list(workflow.known_role(name).targets)


def _all_roles(workflow: Workflow) -> list[str]:
    """Return the names of all roles that lead from the top, each proven for who delegates it."""
    names, place, delegated = [TARGETS], 0, 0
    while place < len(names):
        name = names[place]
        place += 1
        for child in _children(workflow.known_role(name).delegations):
            delegated += 1
            if delegated > ROLES_MAX:
                raise TrustError(f"more than {ROLES_MAX} roles are delegated")
            workflow.role(child, name)
            if sum(map(len, workflow.octets.values())) > METADATA_OCTETS_MAX:
                raise TrustError(f"more than {METADATA_OCTETS_MAX} octets of metadata are named")
            if child not in names:
                names.append(child)
    return names


def _children(delegations: Delegations | None) -> list[str]:
    if delegations is None:
        return []
    if delegations.succinct_roles is None:
        return list(delegations.roles or ())
    if delegations.succinct_roles.number_of_bins > ROLES_MAX:
        raise TrustError(f"more than {ROLES_MAX} roles are delegated")
    return list(delegations.succinct_roles.get_roles())


def _named(target: TargetFile, *, prefixed: bool) -> NamedFile:
    path, sha256 = target.path, target.hashes.get("sha256", "")
    if TARGET_PATH.fullmatch(path) is None:
        raise TrustError("a target's path is none of a trust folder")
    if target.length > TARGET_OCTETS_MAX or _SHA256.fullmatch(sha256) is None:
        raise TrustError(f"{path}: larger than {TARGET_OCTETS_MAX} octets, or without a SHA-256")
    return NamedFile(
        sha256=sha256, size=target.length, name=target_name(path, sha256) if prefixed else path
    )
