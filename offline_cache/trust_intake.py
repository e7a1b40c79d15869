"""One look for newer trust: proven, compared with what is held, fetched whole, then swapped."""

from collections.abc import Mapping
from dataclasses import replace

from offline_cache.errors import CacheCorrupt
from offline_cache.status_arrays import StatusArrays
from offline_cache.trust import assemble
from offline_cache.trust_client.limits import ROOT_OCTETS_MAX
from offline_cache.trust_client.lookup import NamedFile
from offline_cache.trust_client.roots import ROOT
from offline_cache.trust_client.source import Source
from offline_cache.trust_client.workflow import Workflow
from offline_cache.trust_held import HeldSet
from offline_cache.trust_newest import Newest
from offline_cache.trust_shelf import Shelf, issued_at, published
from protocol.floor_reset import RESET_OCTETS_MAX, RESET_PATH, read_reset
from verifier.errors import TrustError
from verifier.model import UnixSeconds

FIRST_ROOT = "1.root.json"


class Intake:
    """Takes what one source has; every write happens here."""

    def __init__(
        self, shelf: Shelf, arrays: StatusArrays, source: Source, *, now: UnixSeconds
    ) -> None:
        self._shelf, self._arrays, self._source, self._now = shelf, arrays, source, now
        self._set: Workflow | None = None  # what is held, proven
        self._is_damaged = False
        self._held = self._sound()

    def take(self) -> bool:
        """Take all that is newer; return whether it is anything to lanes.

        Raises:
            TrustError, OSError: as `TrustStore.accept`.
        """
        octets = self._known()
        workflow = Workflow(octets, self._source, now=self._now, keep=self._keep)
        workflow.refresh()
        named = self._shelf.named(workflow)
        held = self._held
        assert held is not None  # noqa: S101  # `_known` saw to it
        offered = replace(
            held,
            proven_by=len(held.roots),
            metadata={
                role: self._shelf.objects.digest(each)
                for role, each in workflow.octets.items()
                if role != ROOT
            },
            source=self._source.name,
        )
        if offered.metadata == held.metadata and self._holds_all(named):
            return False
        self._forget_begun(offered, named)
        newest = self._newer(workflow, named)
        self._swap(offered, workflow, named)
        self._shelf.newest.write(newest)
        kept = {file.sha256 for file in named.values()}
        self._shelf.objects.forget_all_but(offered.digests | kept)
        return True

    def _forget_begun(self, offered: HeldSet, named: Mapping[str, NamedFile]) -> None:
        """Remove what belongs neither to what is held nor to what is offered.

        It came with sets that never were whole; of this one it is kept, not to be fetched again.
        """
        if self._is_damaged or self._held is None:
            return  # what of it can still be read is not known
        now = {} if self._set is None else self._shelf.named(self._set)
        files = {file.sha256 for file in (*now.values(), *named.values())}
        self._shelf.objects.forget_all_but(self._held.digests | offered.digests | files)

    def _sound(self) -> HeldSet | None:
        """Return what is held and proves; what does not is as good as none: the source has all."""
        try:
            held = self._shelf.held.read()
            if held is None:
                return None
            self._shelf.chain(held)
        except (CacheCorrupt, TrustError):
            self._is_damaged = True
            return None
        try:
            self._set = self._shelf.proven(held, now=self._now) if held.metadata else None
        except (CacheCorrupt, TrustError):
            self._is_damaged = True
            return HeldSet(roots=held.roots)
        return held

    def _known(self) -> Mapping[str, bytes]:
        """Return what is held by role, the newest root among it: the pinned one at the first."""
        objects = self._shelf.objects
        if self._held is None:
            first = self._source.metadata(FIRST_ROOT, limit=ROOT_OCTETS_MAX, known=None)
            if first is None:
                raise TrustError(f"{self._source.name} has no {FIRST_ROOT}; publish there first")
            if objects.digest(first) != self._shelf.pinned:
                raise TrustError(
                    f"the {FIRST_ROOT} of {self._source.name} is not the one that is pinned;"
                    " copy centre.trust_root from `scan-central init`"
                )
            objects.write(first)
            self._held = HeldSet(roots=(self._shelf.pinned,))
            return {ROOT: first}
        roles = {role: objects.read(digest, role) for role, digest in self._held.metadata.items()}
        return {**roles, ROOT: objects.read(self._held.roots[-1], ROOT)}

    def _keep(self, role: str, octets: bytes) -> None:
        """Keep a new root at once: whatever else fails, the keys it took away are gone."""
        if role == ROOT and self._held is not None:
            digest = self._shelf.objects.write(octets)
            self._held = replace(self._held, roots=(*self._held.roots, digest))
            self._shelf.keep(self._held)
            newest = self._shelf.newest.read() or Newest(seen=0)
            self._shelf.newest.write(replace(newest, seen=max(newest.seen, len(self._held.roots))))

    def _holds_all(self, named: Mapping[str, NamedFile]) -> bool:
        return all(self._shelf.objects.holds(file.sha256) for file in named.values())

    def _newer(self, workflow: Workflow, named: Mapping[str, NamedFile]) -> Newest:
        """Return what is offered, to be kept as the newest.

        Raises:
            TrustError: it is older than what was accepted last.
        """
        kept = self._shelf.newest.read()
        resets = 0 if kept is None else kept.resets
        offered = self._standing(workflow, self._reset_number(named))
        known = kept if self._set is None else self._standing(self._set, resets)
        if known is not None and not known.lets_in(offered):
            raise TrustError(
                f"what {self._source.name} has (version {offered.version}, x-issued"
                f" {offered.issued_at}) is older than what is held ({known.version},"
                f" {known.issued_at}){_remedy(known, offered)}"
            )
        return replace(offered, resets=max(offered.resets, resets))

    def _standing(self, workflow: Workflow, resets: int) -> Newest:
        return Newest(
            seen=0 if self._held is None else len(self._held.roots),
            root=workflow.root.version,
            version=workflow.timestamp.version,
            issued_at=issued_at(workflow.timestamp),
            resets=resets,
        )

    def _reset_number(self, named: Mapping[str, NamedFile]) -> int:
        """Return the number of the order to reset the floor that is named; 0: none."""
        file = named.get(RESET_PATH)
        if file is None or file.size > RESET_OCTETS_MAX:
            return 0
        try:
            return read_reset(self._fetched(RESET_PATH, file)).number
        except TrustError:
            return 0  # `assemble` tells of it; it lets nothing in

    def _swap(self, offered: HeldSet, workflow: Workflow, named: Mapping[str, NamedFile]) -> None:
        for path, file in named.items():
            self._fetched(path, file)
        whole = published(workflow, offered.source)
        assemble(whole, self._shelf.files(named), now=self._now, arrays=self._arrays)  # or refuse
        for octets in workflow.octets.values():
            self._shelf.objects.write(octets)
        self._shelf.keep(offered)

    def _fetched(self, path: str, file: NamedFile) -> bytes:
        try:
            return self._shelf.file(path, file)
        except CacheCorrupt:
            pass  # not held, or damaged: the source has it
        octets = self._source.target(file.name, limit=file.size)
        if not file.is_(octets):
            raise TrustError(f"{path} is not the file that was named")
        self._shelf.objects.write(octets)
        return octets


def _remedy(known: Newest, offered: Newest) -> str:
    if offered.version < known.version or offered.issued_at >= known.issued_at:
        return ""
    return "; if the date held is false, it takes scan-central publish --reset-floor"
