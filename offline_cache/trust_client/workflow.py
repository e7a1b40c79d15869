"""One refresh by the TUF specification's client workflow (1.0.34, section 5), with `now` handed in.

Whether something is authentic and not older than what is held is judged apart from whether it has
expired: a strict workflow refuses what has, ours tells it. Nothing here reads a clock or a disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from urllib.parse import quote

from tuf.api.metadata import MetaFile, Signed, Snapshot, Targets, Timestamp

from offline_cache.trust_client.limits import (
    ROOT_OCTETS_MAX,
    ROOT_STEPS_MAX,
    SNAPSHOT_OCTETS_MAX,
    TARGETS_OCTETS_MAX,
    TIMESTAMP_OCTETS_MAX,
)
from offline_cache.trust_client.proving import Delegator, check_named, proven
from offline_cache.trust_client.roots import ROOT, first_root, next_root
from offline_cache.trust_client.source import Source
from protocol.trust_folder import TIMESTAMP_NAME
from verifier.errors import TrustError
from verifier.model import UnixSeconds

TIMESTAMP, SNAPSHOT, TARGETS = Timestamp.type, Snapshot.type, Targets.type

Old = TypeVar("Old", Timestamp, Snapshot)
Below = TypeVar("Below", Snapshot, Targets)
# Called with a role's name and octets as soon as they are accepted.
Keep = Callable[[str, bytes], None]


class Workflow:
    """Metadata, proven from the root down; `octets` has what was accepted of each role."""

    def __init__(
        self,
        held: Mapping[str, bytes],
        source: Source,
        *,
        now: UnixSeconds,
        keep: Keep,
        is_strict: bool = False,
    ) -> None:
        """Take what is held and prove its root; nothing is asked for yet.

        Args:
            held: octets by role, the newest root among them.
            source: where newer ones are.
            now: what expiry is judged by.
            keep: told of everything that is taken from `source`.
            is_strict: expired metadata is refused, not told.

        Raises:
            TrustError: the root held is none.
        """
        self._held, self._source, self._keep = held, source, keep
        self._now, self._is_strict = datetime.fromtimestamp(now, UTC), is_strict
        self.octets = {ROOT: held[ROOT]}
        self.root = first_root(held[ROOT])
        self._timestamp: Timestamp | None = None
        self._snapshot: Snapshot | None = None
        self._roles = dict[str, Targets]()
        self._proven = set[tuple[str, str]]()  # role and delegator
        self._expired = dict[str, None]()

    @property
    def expired(self) -> tuple[str, ...]:
        """Return the roles that are past their expiry, in the order they were met."""
        return tuple(self._expired)

    @property
    def timestamp(self) -> Timestamp:
        """Return the timestamp that `refresh` accepted."""
        assert self._timestamp is not None, "asked for before it was refreshed"  # noqa: S101  # a bug of ours
        return self._timestamp

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot that `refresh` accepted."""
        assert self._snapshot is not None, "asked for before it was refreshed"  # noqa: S101  # a bug of ours
        return self._snapshot

    def refresh(self) -> None:
        """Bring the top roles up to date.

        Raises:
            TrustError: forged, older than what is held, of mixed versions, or, where strict,
                expired; what came before it was accepted all the same.
        """
        self._walk_roots()
        self._refuse_expired(ROOT, self.root)
        self._take_timestamp()
        self._take_snapshot()
        self.role(TARGETS, ROOT)

    def role(self, name: str, delegator: str) -> Targets:
        """Return the targets role `name` as `delegator` delegates it, fetched where it is not held.

        Metadata of a role that two delegate to is proven for each of them by itself.

        Raises:
            TrustError: as `refresh`.
        """
        if (name, delegator) not in self._proven:
            above = self.root if delegator == ROOT else self._roles[delegator]
            meta = self.snapshot.meta.get(f"{name}.json")
            if meta is None:
                raise TrustError(f"the snapshot names no {name}")
            named = _Named(name, Targets, above, meta)
            self._roles[name] = self._named(named, lambda _: None)
            self._proven.add((name, delegator))
        return self._roles[name]

    def known_role(self, name: str) -> Targets:
        """Return a role that `role` gave."""
        return self._roles[name]

    def _walk_roots(self) -> None:
        for _ in range(ROOT_STEPS_MAX):  # (5.3.2) to (5.3.9)
            name = f"{self.root.version + 1}.root.json"
            octets = self._source.metadata(name, limit=ROOT_OCTETS_MAX, known=None)
            if octets is None:
                return
            self.root = next_root(octets, self.root)
            self._accept(ROOT, octets)

    def _take_timestamp(self) -> None:
        known, old = self._held.get(TIMESTAMP), self._old(TIMESTAMP, Timestamp)
        octets = self._source.metadata(TIMESTAMP_NAME, limit=TIMESTAMP_OCTETS_MAX, known=known)
        if octets is None:
            raise TrustError(f"there is no {TIMESTAMP_NAME}; nothing was published yet")
        new = proven(TIMESTAMP, Timestamp, octets, self.root)
        if old is not None and known is not None:
            _check_not_older(TIMESTAMP, new.version, old.version)  # (5.4.3.1)
            if new.version == old.version:
                new, octets = old, known
            was = old.snapshot_meta.version
            _check_not_older(SNAPSHOT, new.snapshot_meta.version, was)  # (5.4.3.2)
        self._refuse_expired(TIMESTAMP, new)  # (5.4.4)
        self._timestamp = new
        self._accept(TIMESTAMP, octets)

    def _take_snapshot(self) -> None:
        old, meta = self._old(SNAPSHOT, Snapshot), self.timestamp.snapshot_meta
        names = {} if old is None else old.meta

        def check(new: Snapshot) -> None:
            for name, known in names.items():  # (5.5.5)
                if name not in new.meta:
                    raise TrustError(f"the snapshot names no {name} any more")
                _check_not_older(name, new.meta[name].version, known.version)

        self._snapshot = self._named(_Named(SNAPSHOT, Snapshot, self.root, meta), check)

    def _old(self, name: str, kind: type[Old]) -> Old | None:
        """Return what is held of a role, None where the root's keys of today did not sign it.

        So a false version far ahead is forgotten once the keys are changed (section 5.3.11).
        """
        if name not in self._held:
            return None
        try:
            return proven(name, kind, self._held[name], self.root)
        except TrustError:
            return None

    def _named(self, named: "_Named[Below]", check: Callable[[Below], None]) -> Below:
        """Return a role that another one names by its version: what is held, or a new one."""
        name = named.name
        held = self.octets.get(name) or self._held.get(name)
        if held is not None:
            try:
                return self._taken(named, held, check)
            except TrustError:
                if name in self.octets:  # it is this refresh's: the source has no other
                    raise
        file, limit = self._file(name, named.meta.version), SNAPSHOT_OCTETS_MAX
        if named.kind is Targets:
            limit = TARGETS_OCTETS_MAX
        octets = self._source.metadata(
            file, limit=min(named.meta.length or limit, limit), known=None
        )
        if octets is None:
            raise TrustError(f"there is no {file}, which is named")
        return self._taken(named, octets, check)

    def _taken(
        self, named: "_Named[Below]", octets: bytes, check: Callable[[Below], None]
    ) -> Below:
        name = named.name
        check_named(name, octets, named.meta)  # (5.5.2), (5.6.2)
        new = proven(name, named.kind, octets, named.delegator)
        if new.version != named.meta.version:  # (5.5.4), (5.6.4)
            raise TrustError(f"{name} is of version {new.version}, not {named.meta.version}")
        check(new)
        self._refuse_expired(name, new)  # (5.5.6), (5.6.5)
        self._accept(name, octets)
        return new

    def _file(self, role: str, version: int) -> str:
        quoted = quote(role, safe="")
        return f"{version}.{quoted}.json" if self.root.consistent_snapshot else f"{quoted}.json"

    def _accept(self, name: str, octets: bytes) -> None:
        self.octets[name] = octets
        if self._held.get(name) != octets:
            self._keep(name, octets)

    def _refuse_expired(self, name: str, signed: Signed) -> None:
        if not signed.is_expired(self._now):
            return
        if self._is_strict:
            raise TrustError(f"the metadata of {name} expired on {signed.expires:%Y-%m-%d}")
        self._expired[name] = None


@dataclass(frozen=True, slots=True)
class _Named(Generic[Below]):
    """A role, who delegates it, and what the role above says of its file."""

    name: str
    kind: type[Below]
    delegator: Delegator
    meta: MetaFile


def _check_not_older(name: str, new: int, old: int) -> None:
    if new < old:
        raise TrustError(f"an old {name} came: version {new}, where {old} is held")
