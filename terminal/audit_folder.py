"""A trust folder as an auditor finds it on some machine: a copy, perhaps half of one."""

from collections.abc import Mapping
from pathlib import Path

from offline_cache.status_lists import STATUS_FOLDER
from offline_cache.trust_client.folder import FolderSource
from offline_cache.trust_client.limits import ROOT_OCTETS_MAX
from offline_cache.trust_client.lookup import NamedFile, all_files
from offline_cache.trust_client.roots import ROOT
from offline_cache.trust_client.workflow import Workflow
from offline_cache.trust_intake import FIRST_ROOT
from offline_cache.trust_shelf import issued_at
from protocol.profile_file.reading import read_profile
from protocol.trust_folder import KEYS_PATH, METADATA, PROFILES
from terminal.errors import UsageError
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.profile import Profile
from verifier.status_delta import DELTA_SUFFIX, delta_path
from verifier.trust import KeyList, load_keys

_LIST_SUFFIXES = (".cwt", ".jwt")
# A folder, a folder's `tuf`, and where a centre keeps its own.
_PUBLISHED = (".", "tuf", "folder/tuf")


class AuditFolder:
    """Files by their published path, whichever way they lie there."""

    def __init__(self, where: str, files: Mapping[str, bytes], problems: list[str]) -> None:
        """Take the files.

        Args:
            where: they were found.
            files: octets by path; profiles and lists stand among them as they were published.
            problems: what is lacking or wrong.
        """
        self._where, self._files, self.problems = where, files, problems
        self.issued_at: UnixSeconds | None = None  # of the timestamp, where there is one

    def keys(self) -> KeyList:
        """Return the keys.

        Raises:
            UsageError: it is no key list.
        """
        try:
            return load_keys(self._files[KEYS_PATH])
        except TrustError as error:
            message = f"{self._where}: {error}; name a keys.json or a trust folder"
            raise UsageError(message) from error

    def status_files(self) -> dict[str, bytes]:
        """Return lists and deltas by their path."""
        return {path: each for path, each in self._files.items() if path.startswith(STATUS_FOLDER)}

    def profile(self, name: str) -> Profile:
        """Return the profile `name`.

        Raises:
            UsageError: there is none.
            TrustError: it is not in form.
        """
        octets = self._files.get(f"{PROFILES}{name}.toml")
        if octets is None:
            raise UsageError(
                f"no profile {name} in the trust folder; without --profile `audit` is used"
            )
        return read_profile(octets, name=name)


def audit_folder(path: Path, *, now: UnixSeconds) -> AuditFolder:
    """Return what lies at `path`: a keys.json with what is beside it, or a published folder.

    Args:
        path: the file, or a folder.
        now: by which expiry is told.

    Raises:
        UsageError: there is neither, or the folder's metadata is not what it says of itself.
    """
    for below in _PUBLISHED:
        if (path / below / METADATA).is_dir():
            return _published(path / below, now)
    return _beside(_keys_path(path))


def _published(folder: Path, now: UnixSeconds) -> AuditFolder:
    """Return the targets of a published folder that are there as its metadata names them.

    Its first root is believed unseen: an auditor asks whether the copy is whole and consistent,
    and whose it is he must know. A list that is not as named, or whose delta is not, counts as
    not held: a copy that lacks the last revocations must not call a card valid.
    """
    source = FolderSource(folder)
    try:
        first = source.metadata(FIRST_ROOT, limit=ROOT_OCTETS_MAX, known=None)
        workflow = Workflow({ROOT: first or b""}, source, now=now, keep=lambda _, __: None)
        workflow.refresh()
        named = all_files(workflow)
        dated_at = issued_at(workflow.timestamp)
    except (TrustError, OSError) as error:
        raise UsageError(f"{folder}: {error}; copy the folder again") from error
    files = dict(_read_all(source, named))
    lacking = named.keys() - files.keys()
    if KEYS_PATH not in files:
        raise UsageError(f"{folder}: {KEYS_PATH} is not as it is named; copy the folder again")
    problems = [f"the metadata of {role} is past its expiry" for role in workflow.expired]
    problems += [f"{path}: it is not the file that is named" for path in sorted(lacking)]
    whole = {path: each for path, each in files.items() if delta_path(path) not in lacking}
    found = AuditFolder(str(folder), whole, problems)
    found.issued_at = dated_at
    return found


def _read_all(source: FolderSource, named: Mapping[str, NamedFile]) -> list[tuple[str, bytes]]:
    """Return every file that is there as it is named."""
    found = list[tuple[str, bytes]]()
    for path, file in named.items():
        try:
            octets = source.target(file.name, limit=file.size)
        except (TrustError, OSError):
            continue  # it is told among those that lack
        if file.is_(octets):
            found.append((path, octets))
    return found


def _beside(keys: Path) -> AuditFolder:
    """Return a key list, and what is beside it or in its folder."""
    files = {KEYS_PATH: _octets(keys)}
    roots = (keys.parent, keys.parent.parent) if keys.parent.name == "trust" else (keys.parent,)
    for root in reversed(roots):  # the nearest wins
        kinds = ("status/**/*", f"{PROFILES}*.toml")
        for file in (each for kind in kinds for each in sorted(root.glob(kind))):
            if file.suffix in (*_LIST_SUFFIXES, DELTA_SUFFIX, ".toml") and file.is_file():
                files[file.relative_to(root).as_posix()] = _octets(file)
    return AuditFolder(str(keys), files, [])


def _keys_path(path: Path) -> Path:
    below = ("keys.json", "trust/keys.json")
    for candidate in [path] if path.is_file() else [path / name for name in below]:
        if candidate.is_file():
            return candidate
    raise UsageError(f"{path}: no keys.json here; name the file or a trust folder")


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error
