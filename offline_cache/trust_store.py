"""The trust folder as the terminal keeps it: the signed index, and its files by their digest.

A file is written once, under the name of its SHA-256, before the index that names it; the index
is swapped by rename. Whatever moment the power goes, what is loaded is one whole, signed state.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.files import remove, write_durably
from offline_cache.status_arrays import StatusArrays
from offline_cache.status_lists import read_lists
from protocol.floor_reset import RESET_OCTETS_MAX, RESET_PATH, FloorReset, read_reset
from protocol.profile_file import read_profile
from protocol.trust_index import KEYS_PATH, IndexedFile, TrustIndex, read_index
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.policy import Profile
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
    judged_at: UnixSeconds  # the instant at which status signers were in their window
    floor_reset: FloorReset | None = None  # the last order to lower the clock's floor
    arrays: frozenset[str] = frozenset()  # files that its status lists are mapped from


class TrustStore:
    """The folder on disk. One process writes; it holds the state folder."""

    def __init__(self, folder: Path, root: bytes, *, in_use: frozenset[str] = frozenset()) -> None:
        """Take the folder.

        Args:
            folder: all of it is the store's.
            root: the pinned public key.
            in_use: arrays of a trust that another store loaded; they stay until there is another.
        """
        self._index_path = folder / "index"
        self._objects = folder / "objects"
        self._newest_path = folder / "newest"
        self._arrays_path = folder / "arrays"
        self._arrays = StatusArrays(self._arrays_path, writes=True)
        self._arrays_now = in_use
        self._arrays_before: frozenset[str] = frozenset()
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
                what was held stays. A version must always grow; a date may go back once, with a
                new order to reset the clock's floor, for the date held may be the false one.
            OSError: the disk is full or failing; what was held stays.
        """
        index, held = read_index(octets, self._root), self._sound_index()
        if held == index and self._holds_all(index):
            return False
        newest, number = self._newest(), self._reset_number(index, fetch)
        resets = 0 if newest is None else newest.resets
        if held is None and newest is not None and not newest.lets_in(index, number, again=True):
            raise TrustError(f"the trust index offered (version {index.version}) is an old one")
        if held is not None and held != index:
            known = _Newest(version=held.version, issued_at=held.issued_at, resets=resets)
            if not known.lets_in(index, number, again=False):
                raise TrustError(f"the trust index offered (version {index.version}) is not newer")
        for path, file in index.files.items():
            self._fetched(path, file, fetch)
        assemble(index, self._files(index), now=now, arrays=self._arrays)  # refuses before the swap
        write_durably(self._index_path, octets)
        accepted = _Newest(
            version=index.version, issued_at=index.issued_at, resets=max(number, resets)
        )
        write_durably(self._newest_path, accepted.octets())
        self._forget_all_but(index)
        return True

    def load(self, *, now: UnixSeconds) -> Trust | None:
        """Return the trust held, None before the first; for the process that holds the folder.

        Arrays of the trust before this one stay until there is another, for lanes look cards up
        in them until they are handed the new ones.

        Raises:
            CacheCorrupt: a file is missing or altered.
        """
        trust = self._loaded(self._arrays, now)
        if trust is None:
            return None
        if trust.arrays != self._arrays_now:
            self._arrays_before, self._arrays_now = self._arrays_now, trust.arrays
        self._arrays.forget_all_but(self._arrays_now | self._arrays_before)
        return replace(trust, problems=(*trust.problems, *self._arrays.take_troubles()))

    def look(self, *, now: UnixSeconds) -> Trust | None:
        """Return the trust held as any process may see it: nothing is written or removed.

        Raises:
            CacheCorrupt: a file is missing or altered.
        """
        return self._loaded(StatusArrays(self._arrays_path, writes=False), now)

    def _loaded(self, arrays: StatusArrays, now: UnixSeconds) -> Trust | None:
        index = self.held_index()
        if index is None:
            return None
        try:
            return assemble(index, self._files(index), now=now, arrays=arrays)
        except TrustError as error:
            raise CacheCorrupt(f"{self._index_path}: {error}; sync again") from error

    def _files(self, index: TrustIndex) -> Mapping[str, bytes]:
        return _Files(index, self._object)

    def _sound_index(self) -> TrustIndex | None:
        """Return the index held; a damaged one is as good as none, for the centre has a whole one."""
        try:
            return self.held_index()
        except CacheCorrupt:
            return None

    def _newest(self) -> "_Newest | None":
        """Return what was accepted last; kept apart, for the index may be damaged."""
        try:
            version, issued_at, *more = map(int, self._newest_path.read_bytes().split())
        except (OSError, ValueError):
            return None  # none yet, or both are damaged: there is nothing to hold it against
        return _Newest(version=version, issued_at=issued_at, resets=more[0] if more else 0)

    def _reset_number(self, index: TrustIndex, fetch: Fetch) -> int:
        """Return the number of the order to reset the floor that `index` names; 0: none."""
        file = index.files.get(RESET_PATH)
        if file is None or file.size > RESET_OCTETS_MAX:
            return 0
        try:
            return read_reset(self._fetched(RESET_PATH, file, fetch)).number
        except TrustError:
            return 0  # `assemble` tells of it; it lets nothing in

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
                remove(path)


class _Files(Mapping[str, bytes]):
    """The files of an index by path, each read when it is asked for: a billion cards' are 14 MB."""

    def __init__(self, index: TrustIndex, read: Callable[[str, IndexedFile], bytes]) -> None:
        self._index, self._read = index, read

    def __getitem__(self, path: str) -> bytes:
        return self._read(path, self._index.files[path])

    def __contains__(self, path: object) -> bool:
        return path in self._index.files

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.files)

    def __len__(self) -> int:
        return len(self._index.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newest:
    """The newest index that was accepted."""

    version: int
    issued_at: int
    resets: int  # the highest number of an order to reset the floor

    def lets_in(self, index: TrustIndex, reset_number: int, *, again: bool) -> bool:
        """Return whether `index` may follow; with `again` also the very same."""
        grows = index.version > self.version or (again and index.version == self.version)
        return grows and (index.issued_at >= self.issued_at or reset_number > self.resets)

    def octets(self) -> bytes:
        """Return the line that is kept."""
        return f"{self.version} {self.issued_at} {self.resets}\n".encode()


def _is(file: IndexedFile, octets: bytes) -> bool:
    return len(octets) == file.size and hashlib.sha256(octets).hexdigest() == file.sha256


def assemble(
    index: TrustIndex,
    files: Mapping[str, bytes],
    *,
    now: UnixSeconds,
    arrays: StatusArrays | None = None,
) -> Trust:
    """Return the trust that an index and its files make.

    Args:
        index: the signed index.
        files: octets by path.
        now: the instant at which status signers must be in their window.
        arrays: where inflated status lists are kept; None: in memory.

    Raises:
        TrustError: the key list can't be read. A bad key entry, status list or profile is told
            among the problems and loses only itself.
    """
    if KEYS_PATH not in files:
        raise TrustError(f"the trust index names no {KEYS_PATH}")
    keys = load_keys(files[KEYS_PATH])
    held = read_lists(files, keys.keys, arrays, now=now)
    problems = [*keys.problems, *held.problems]
    profiles = dict[str, Profile]()
    for path in files:
        if path.startswith(_PROFILES):
            name = Path(path).stem
            try:
                profiles[name] = read_profile(files[path], name=name)
            except TrustError as error:  # of a later version, perhaps: its lanes alone must wait
                problems.append(str(error))
    floor_reset = _floor_reset(files, problems)
    return Trust(
        version=index.version,
        trusted=TrustedSet(keys=keys.keys, issued_at=index.issued_at, lists=held.lists),
        profiles=profiles,
        problems=tuple(problems),
        judged_at=now,
        floor_reset=floor_reset,
        arrays=held.arrays,
    )


def _floor_reset(files: Mapping[str, bytes], problems: list[str]) -> FloorReset | None:
    if RESET_PATH not in files:
        return None
    try:
        return read_reset(files[RESET_PATH])
    except TrustError as error:
        problems.append(str(error))
        return None
