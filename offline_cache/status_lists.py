"""The status lists of a trust folder, each as the delta beside it changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from offline_cache.status_arrays import StatusArrays
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.status import BitArray, StatusList
from verifier.status_delta import (
    DELTA_SUFFIX,
    apply_delta,
    changed_list,
    check_fits,
    delta_path,
    prove_delta,
)
from verifier.status_token import PackedList, prove_list

STATUS_FOLDER = "status/"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLists:
    """The lists of one folder, what was wrong with others, and the arrays that they use."""

    lists: Mapping[tuple[str, str], StatusList]  # by (issuer, name)
    problems: tuple[str, ...]
    arrays: frozenset[str]  # names of files


def read_lists(
    files: Mapping[str, bytes], keys: KeyTable, arrays: StatusArrays | None, *, now: UnixSeconds
) -> HeldLists:
    """Return every list in `files` that can be believed; a bad one loses only itself.

    A delta belongs to the list of the same name beside it. One that can't be applied is told,
    and its list stays in force and counts as old as it is itself.

    Args:
        files: octets by path; read one at a time.
        keys: the trust list.
        arrays: where the inflated lists are kept; None: in memory.
        now: the instant at which signers must be in their window.
    """
    reader = _Reader(files, keys, arrays, now)
    paths = [path for path in files if path.startswith(STATUS_FOLDER)]
    bases = [path for path in paths if not path.endswith(DELTA_SUFFIX)]
    for path in bases:
        reader.read(path)
    for path in sorted({*paths} - {*bases} - {delta_path(base) for base in bases}):
        reader.problems.append(f"{path}: there is no list beside it")
    return HeldLists(
        lists=reader.lists, problems=tuple(reader.problems), arrays=frozenset(reader.used)
    )


class _Reader:
    """Reads list by list, and gathers what became of each."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        keys: KeyTable,
        arrays: StatusArrays | None,
        now: UnixSeconds,
    ) -> None:
        self._files, self._keys, self._arrays, self._now = files, keys, arrays, now
        self.lists: dict[tuple[str, str], StatusList] = {}
        self.problems: list[str] = []
        self.used: set[str] = set()

    def read(self, path: str) -> None:
        """Take the list at `path`, or tell why not."""
        try:
            told = self._updated(path, prove_list(self._files[path], self._keys, now=self._now))
        except TrustError as error:
            self.problems.append(f"{path}: {error}")
            return
        held = self.lists.get((told.issuer, told.name))
        if held is not None:
            twice = f"the list {told.name} stands at another path too; the younger is taken"
            self.problems.append(f"{path}: {twice}")
        # Whatever order files come in: an old copy beside must not bring a revoked card back.
        if held is None or told.issued_at > held.issued_at:
            self.lists[told.issuer, told.name] = told

    def _updated(self, path: str, base: PackedList) -> StatusList:
        """Return the list, changed by its delta if there is one that fits."""
        beside = delta_path(path)
        if beside not in self._files:
            return base.with_array(self._kept(path, None))
        try:
            delta = prove_delta(self._files[beside], self._keys, now=self._now)
            check_fits(delta, base)
            return changed_list(base, delta, self._kept(path, beside))
        except TrustError as error:
            self.problems.append(f"{beside}: {error}; its list stays as it was")
        return replace(base.with_array(self._kept(path, None)), is_behind=True)

    def _kept(self, path: str, beside: str | None) -> BitArray:
        """Return the array of a list, or of a list and its delta."""
        parts = [self._files[each] for each in (path, beside) if each is not None]
        make = partial(_array, self._files, self._keys, self._now, (path, beside))
        if self._arrays is None:
            return make()
        name = sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()
        kept = self._arrays.keep(name, make)
        self.used.add(name)
        self.problems += self._arrays.take_troubles()
        return kept


def _array(
    files: Mapping[str, bytes], keys: KeyTable, now: UnixSeconds, paths: tuple[str, str | None]
) -> bytes:
    """Return the array that the signed files make; also called when its own file is lost."""
    path, beside = paths
    base = prove_list(files[path], keys, now=now)
    if beside is None:
        return base.inflated()
    return apply_delta(prove_delta(files[beside], keys, now=now), base, base.inflated())
