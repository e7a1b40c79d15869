"""A trust folder as an auditor finds it on some machine: a copy, perhaps half of one."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from offline_cache.status_lists import STATUS_FOLDER
from protocol.profile_file import read_profile
from protocol.trust_index import KEYS_PATH, IndexedFile, unproven_index
from terminal.errors import UsageError
from verifier.errors import TrustError
from verifier.policy import Profile
from verifier.status_delta import DELTA_SUFFIX, delta_path
from verifier.trust import KeyList, load_keys

_LIST_SUFFIXES = (".cwt", ".jwt")


class AuditFolder:
    """Finds keys, status lists and profiles; says what its index names and it lacks."""

    def __init__(self, path: Path) -> None:
        """Find the key list at or below `path`.

        Raises:
            UsageError: there is none.
        """
        self._keys_path = _keys_path(path)
        self.problems: list[str] = []
        self._index = self._indexed()

    def keys(self) -> KeyList:
        """Return the keys.

        Raises:
            UsageError: the file can't be read, is no key list, or not that of its index: it may
                still trust a key that was taken out.
        """
        octets = _octets(self._keys_path)
        named = self._index.get(KEYS_PATH)
        if named is not None and not _is(named, octets):
            raise UsageError(
                f"{self._keys_path}: the index beside it names another; copy the folder again"
            )
        try:
            return load_keys(octets)
        except TrustError as error:
            message = f"{self._keys_path}: {error}; name a keys.json or a trust folder"
            raise UsageError(message) from error

    def status_files(self) -> dict[str, bytes]:
        """Return lists and deltas by their path in the folder.

        Where an index lies beside the keys, a list that it names otherwise or not at all, or whose
        delta it names and that is not there, counts as not held: a copy that lacks the last
        revocations must not call a card valid, nor an old list beside it. The index is not proven
        here; a forged one can only take away.
        """
        files = {
            file.relative_to(root).as_posix(): _octets(file)
            for root in self._roots()
            for file in sorted(root.glob("status/**/*"))
            if file.suffix in (*_LIST_SUFFIXES, DELTA_SUFFIX) and file.is_file()
        }
        if not self._index:
            return files
        named = {path for path in self._index if path.startswith(STATUS_FOLDER)}
        lacking = {path for path in named if not _is(self._index[path], files.get(path, b""))}
        self.problems += [f"{path}: it is not the file that the index names" for path in lacking]
        self.problems += [
            f"{path}: the index does not name it" for path in files if path not in named
        ]
        return {
            path: octets
            for path, octets in files.items()
            if path in named and path not in lacking and delta_path(path) not in lacking
        }

    def profile(self, name: str) -> Profile:
        """Return the profile `name`.

        Raises:
            UsageError: there is none.
            TrustError: it is not in form.
        """
        for root in self._roots():
            file = root / "policy" / "profiles" / f"{name}.toml"
            if file.is_file():
                return read_profile(_octets(file), name=name)
        raise UsageError(
            f"no profile {name} in the trust folder; without --profile `audit` is used"
        )

    def _indexed(self) -> Mapping[str, IndexedFile]:
        """Return what the index names; nothing where there is none."""
        index = self._keys_path.with_name("index")
        if not index.is_file():
            return {}
        try:
            return unproven_index(_octets(index)).files
        except TrustError as error:
            self.problems.append(f"{index}: {error}")
            return {}

    def _roots(self) -> tuple[Path, ...]:
        """Return where templates of the key list are resolved: beside it, or in its folder."""
        beside = self._keys_path.parent
        return (beside, beside.parent) if beside.name == "trust" else (beside,)


def _keys_path(path: Path) -> Path:
    below = ("keys.json", "trust/keys.json", "folder/trust/keys.json")  # the last: a centre's own
    for candidate in [path] if path.is_file() else [path / name for name in below]:
        if candidate.is_file():
            return candidate
    raise UsageError(f"{path}: no keys.json here; name the file or a trust folder")


def _is(named: IndexedFile, octets: bytes) -> bool:
    return len(octets) == named.size and hashlib.sha256(octets).hexdigest() == named.sha256


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error
