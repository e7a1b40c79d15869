"""The trust folder as the terminal keeps it: the signed index, and its files by their digest.

A file is written once, under the name of its SHA-256, before the index that names it; the index
is swapped by rename. Whatever moment the power goes, what is loaded is one whole, signed state.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.files import write_durably
from protocol.profile_file import read_profile
from protocol.trust_index import KEYS_PATH, IndexedFile, TrustIndex, read_index
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.policy import Profile
from verifier.status import StatusList, load_list
from verifier.trust import load_keys
from verifier.verify import TrustedSet

_PROFILES = "policy/profiles/"

Fetch = Callable[[str, IndexedFile], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Everything the centre published that this terminal holds."""

    version: int
    trusted: TrustedSet
    profiles: Mapping[str, Profile]
    problems: tuple[str, ...]  # entries left out, and why


class TrustStore:
    """The folder on disk. One process writes; it holds the state folder."""

    def __init__(self, folder: Path, root: bytes) -> None:
        self._index_path = folder / "index"
        self._objects = folder / "objects"
        self._newest_path = folder / "newest"
        self._root = root

    def held_index(self) -> TrustIndex | None:
        """Return the index held, None before the first.

        Raises:
            CacheCorrupt: the index on disk is not signed by the pinned root.
        """
        try:
            return read_index(self._index_path.read_bytes(), self._root)
        except FileNotFoundError:
            return None
        except (TrustError, OSError) as error:
            raise CacheCorrupt(
                f"{self._index_path}: {error}; remove the trust folder and sync again"
            ) from error

    def accept(self, octets: bytes, fetch: Fetch, *, now: UnixSeconds) -> bool:
        """Take the index in `octets` and every file it names; return whether anything is new.

        Args:
            octets: the signed index as it came.
            fetch: gives a file's octets by its path; called only for those not held.
            now: the instant at which status signers must be in their window.

        Raises:
            TrustError: forged, older than what is held, or a file is not what the index says;
                what was held stays.
            OSError: the disk is full or failing; what was held stays.
        """
        index, held = read_index(octets, self._root), self._sound_index()
        if held == index and self._holds_all(index):
            return False
        if held is None and self._was_newer(index):
            raise TrustError(f"the trust index offered (version {index.version}) is an old one")
        if held not in (None, index) and not _is_newer(index, held):
            raise TrustError(f"the trust index offered (version {index.version}) is not newer")
        files = {path: self._fetched(path, file, fetch) for path, file in index.files.items()}
        assemble(index, files, now=now)  # refuses before anything is swapped
        write_durably(self._index_path, octets)
        write_durably(self._newest_path, f"{index.version} {index.issued_at}\n".encode())
        self._forget_all_but(index)
        return True

    def load(self, *, now: UnixSeconds) -> Trust | None:
        """Return the trust held, None before the first.

        Raises:
            CacheCorrupt: a file is missing or altered.
        """
        index = self.held_index()
        if index is None:
            return None
        files = {path: self._object(path, file) for path, file in index.files.items()}
        try:
            return assemble(index, files, now=now)
        except TrustError as error:
            raise CacheCorrupt(f"{self._index_path}: {error}; sync again") from error

    def _sound_index(self) -> TrustIndex | None:
        """Return the index held; a damaged one is as good as none, for the centre has a whole one."""
        try:
            return self.held_index()
        except CacheCorrupt:
            return None

    def _was_newer(self, index: TrustIndex) -> bool:
        """Return whether a newer index was held before; kept apart, for the index may be damaged."""
        try:
            version, issued_at = (int(part) for part in self._newest_path.read_bytes().split())
        except (OSError, ValueError):
            return False  # none yet, or both are damaged: there is nothing to hold it against
        return index.version < version or index.issued_at < issued_at

    def _holds_all(self, index: TrustIndex) -> bool:
        """Return whether every file of `index` is on the disk as it should be."""
        try:
            for path, file in index.files.items():
                self._object(path, file)
        except CacheCorrupt:
            return False
        return True

    def _fetched(self, path: str, file: IndexedFile, fetch: Fetch) -> bytes:
        target = self._objects / file.sha256
        try:
            return self._object(path, file)
        except CacheCorrupt:
            pass  # not held, or damaged: the centre has it
        octets = fetch(path, file)
        if not _is(file, octets):
            raise TrustError(f"{path} is not the file that the signed index names")
        write_durably(target, octets)
        return octets

    def _object(self, path: str, file: IndexedFile) -> bytes:
        target = self._objects / file.sha256
        try:
            octets = target.read_bytes()
        except OSError as error:
            raise CacheCorrupt(f"{target} ({path}): {error.strerror}; sync again") from error
        if not _is(file, octets):
            raise CacheCorrupt(f"{target} ({path}) is altered; sync again")
        return octets

    def _forget_all_but(self, index: TrustIndex) -> None:
        kept = {file.sha256 for file in index.files.values()}
        for path in self._objects.iterdir():
            if path.name not in kept:
                path.unlink()


def _is_newer(index: TrustIndex, held: TrustIndex) -> bool:
    return index.version > held.version and index.issued_at >= held.issued_at


def _is(file: IndexedFile, octets: bytes) -> bool:
    return len(octets) == file.size and hashlib.sha256(octets).hexdigest() == file.sha256


def assemble(index: TrustIndex, files: Mapping[str, bytes], *, now: UnixSeconds) -> Trust:
    """Return the trust that an index and its files make.

    Raises:
        TrustError: the key list can't be read. A bad key entry, status list or profile is told
            among the problems and loses only itself.
    """
    if KEYS_PATH not in files:
        raise TrustError(f"the trust index names no {KEYS_PATH}")
    keys = load_keys(files[KEYS_PATH])
    problems, lists = list(keys.problems), dict[tuple[str, str], StatusList]()
    for path, octets in files.items():
        if not path.startswith("status/"):
            continue
        try:
            status_list = load_list(octets, keys.keys, now=now)
        except TrustError as error:
            problems.append(f"{path}: {error}")
        else:
            lists[status_list.issuer, status_list.name] = status_list
    profiles = dict[str, Profile]()
    for path, octets in files.items():
        if path.startswith(_PROFILES):
            name = Path(path).stem
            try:
                profiles[name] = read_profile(octets, name=name)
            except TrustError as error:  # of a later version, perhaps: its lanes alone must wait
                problems.append(str(error))
    return Trust(
        version=index.version,
        trusted=TrustedSet(keys=keys.keys, issued_at=index.issued_at, lists=lists),
        profiles=profiles,
        problems=tuple(problems),
    )
