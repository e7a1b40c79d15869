"""What the next publication holds: settled from the keys at hand, before anything is written.

A role whose content must change without enough of its keys at hand keeps what is published, and
what it lacks is told; all else goes out. New keys of a role come into force only together with
metadata that they have signed, so that nothing published is ever without its signatures.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from central.trust.keyring import Keyring
from central.trust.layout import LAYOUT
from central.trust.repository import Repository
from central.trust.signing import (
    AnyMetadata,
    Delegator,
    Lack,
    Unsigned,
    add_signatures,
    expiry,
    is_signed,
    keyids_of,
    lack_of,
    seconds_left,
)
from protocol.trust_folder import DELEGATED, X_ISSUED, TufRole
from verifier.model import UnixSeconds

Contents = Mapping[TufRole, Mapping[str, TargetFile]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is signed with, and when."""

    repository: Repository
    drafts: Mapping[TufRole, AnyMetadata]
    ring: Keyring
    now: UnixSeconds
    floors: Mapping[str, int] = field(default_factory=dict)  # least version, by role

    def version_after(self, role: TufRole, held: AnyMetadata | None) -> int:
        """Return the version of a role's next metadata."""
        after = 1 if held is None else held.signed.version + 1
        return max(after, self.floors.get(role.value, 0))

    def draft(self, role: TufRole, held: AnyMetadata | None) -> AnyMetadata | None:
        """Return the role's draft, if it is newer than what is published."""
        draft = self.drafts.get(role)
        is_newer = draft is not None and draft.signed.version >= self.version_after(role, held)
        return draft if is_newer else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A publication, whole and signed, but for its timestamp."""

    root: Metadata[Root]
    contents: Mapping[TufRole, Metadata[Targets]]
    snapshot: Metadata[Snapshot]
    lacks: tuple[Lack, ...]  # changes that wait for signatures

    def metadata(self) -> dict[TufRole, AnyMetadata]:
        """Return everything under the snapshot, and the snapshot last."""
        return {**self.contents, TufRole.SNAPSHOT: self.snapshot}

    def versions(self) -> dict[str, int]:
        """Return the version of each role but timestamp's."""
        every = {TufRole.ROOT: self.root, **self.metadata()}
        return {role.value: metadata.signed.version for role, metadata in every.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One role's metadata."""

    role: TufRole
    by: Delegator  # who names its keys
    also_by: tuple[Delegator, ...] = ()  # who named them until now; signed for it too, if possible
    held: AnyMetadata | None
    is_same: Callable[[Any], bool]  # whether a signed part says what it should
    make: Callable[[int, Any], Any]  # a signed part of that version and end


def make_plan(desk: Desk, contents: Contents) -> Plan:
    """Return what is to be published.

    Args:
        desk: what is signed with.
        contents: every target by path, of targets and of each delegated role.

    Raises:
        Unsigned: not even what is published holds without signatures that can't be made.
    """
    lacks: dict[TufRole, Lack] = {}
    for root in _roots(desk, lacks):
        for targets in _targets(desk, root, contents[TufRole.TARGETS], lacks):
            delegated = _delegated(desk, targets.signed, contents, lacks)
            if delegated is None:
                continue
            whole = {TufRole.TARGETS: targets, **delegated}
            snapshot = _snapshot(desk, root, whole, lacks)
            if snapshot is not None:
                return Plan(
                    root=root, contents=whole, snapshot=snapshot, lacks=tuple(lacks.values())
                )
    raise Unsigned(tuple(lacks.values()))


def make_timestamp(
    desk: Desk, plan: Plan, *, version: int, issued_at: UnixSeconds
) -> Metadata[Timestamp]:
    """Return the timestamp that makes `plan` known.

    Raises:
        Unsigned: its key is not at hand.
    """
    timestamp = Timestamp(
        version=version,
        expires=expiry(issued_at, LAYOUT[TufRole.TIMESTAMP].lifetime_s),
        snapshot_meta=MetaFile(plan.snapshot.signed.version),
        unrecognized_fields={X_ISSUED: issued_at},
    )
    metadata = Metadata(timestamp)
    by = [plan.root.signed, desk.repository.root.signed]
    add_signatures(metadata, keyids_of(TufRole.TIMESTAMP, by), desk.ring)
    if not is_signed(metadata, TufRole.TIMESTAMP, plan.root.signed):
        raise Unsigned((lack_of(metadata, TufRole.TIMESTAMP, [plan.root.signed]),))
    return metadata


def _roots(desk: Desk, lacks: dict[TufRole, Lack]) -> Iterator[Metadata[Root]]:
    """Return the next root, if it is signed, and then the one in force."""
    held = desk.repository.root
    draft = desk.draft(TufRole.ROOT, held) or _renewed_root(desk, held)
    if draft is not None:
        by = (held.signed, draft.signed)
        add_signatures(draft, keyids_of(TufRole.ROOT, by), desk.ring)
        if all(is_signed(draft, TufRole.ROOT, delegator) for delegator in by):
            yield draft
        elif desk.draft(TufRole.ROOT, held) is not None:
            lacks[TufRole.ROOT] = lack_of(draft, TufRole.ROOT, by)
    yield held


def _renewed_root(desk: Desk, held: Metadata[Root]) -> Metadata[Root] | None:
    """Return the root with a later end, unsigned, when its own is near."""
    layout = LAYOUT[TufRole.ROOT]
    if seconds_left(held, desk.now) >= layout.renewed_s:
        return None
    root = Root.from_dict(held.signed.to_dict())
    root.version, root.expires = root.version + 1, expiry(desk.now, layout.lifetime_s)
    return Metadata(root)


def _targets(
    desk: Desk,
    root: Metadata[Root],
    wanted: Mapping[str, TargetFile],
    lacks: dict[TufRole, Lack],
) -> Iterator[Metadata[Targets]]:
    """Return the next top-level targets, if it is signed, and then the one in force."""
    held = desk.repository.contents.get(TufRole.TARGETS)
    base = desk.draft(TufRole.TARGETS, held) or held
    if base is None:
        raise ValueError("a repository begins with a draft of targets")

    def make(version: int, expires: Any) -> Targets:
        told = Targets.from_dict(base.signed.to_dict())
        told.version, told.expires, told.targets = version, expires, dict(wanted)
        return told

    task = _Task(
        role=TufRole.TARGETS,
        by=root.signed,
        also_by=(desk.repository.root.signed,),
        held=held,
        is_same=lambda signed: bool(signed.targets == wanted),
        make=make,
    )
    settled = _settle(desk, task, lacks)
    if settled is not None:
        yield settled
    if held is not None and held is not settled and is_signed(held, TufRole.TARGETS, root.signed):
        yield held


def _delegated(
    desk: Desk, targets: Targets, contents: Contents, lacks: dict[TufRole, Lack]
) -> dict[TufRole, Metadata[Targets]] | None:
    settled = {
        role: _settle(desk, _task(desk, role, targets, contents[role]), lacks) for role in DELEGATED
    }
    whole = {role: metadata for role, metadata in settled.items() if metadata is not None}
    return whole if len(whole) == len(DELEGATED) else None


def _task(desk: Desk, role: TufRole, targets: Targets, wanted: Mapping[str, TargetFile]) -> _Task:
    return _Task(
        role=role,
        by=targets,
        held=desk.repository.contents.get(role),
        is_same=lambda signed: bool(signed.targets == wanted),
        make=lambda version, expires: Targets(
            version=version, expires=expires, targets=dict(wanted)
        ),
    )


def _snapshot(
    desk: Desk,
    root: Metadata[Root],
    contents: Mapping[TufRole, Metadata[Targets]],
    lacks: dict[TufRole, Lack],
) -> Metadata[Snapshot] | None:
    meta = {f"{role.value}.json": MetaFile(held.signed.version) for role, held in contents.items()}
    task = _Task(
        role=TufRole.SNAPSHOT,
        by=root.signed,
        also_by=(desk.repository.root.signed,),
        held=desk.repository.snapshot,
        is_same=lambda signed: bool(signed.meta == meta),
        make=lambda version, expires: Snapshot(version=version, expires=expires, meta=dict(meta)),
    )
    return _settle(desk, task, lacks)


def _settle(desk: Desk, task: _Task, lacks: dict[TufRole, Lack]) -> AnyMetadata | None:
    """Return the role's metadata to publish, None where there is none that its keys have signed."""
    held, asked = task.held, desk.draft(task.role, task.held)
    is_good = held is not None and _is_good(desk, task, held)
    is_told = is_good and held is not None and task.is_same(held.signed)
    if is_told and asked is None and not _is_due(desk, task.role, held):
        return held
    draft = _draft(desk, task, asked)
    add_signatures(draft, keyids_of(task.role, (task.by, *task.also_by)), desk.ring)
    if is_signed(draft, task.role, task.by):
        return draft
    if not is_told or asked is not None:
        lacks[task.role] = lack_of(draft, task.role, [task.by])
    # Revocations held back under a fresh date would be taken for no revocations.
    may_wait = is_told or not LAYOUT[task.role].is_online
    return held if is_good and may_wait else None


def _is_good(desk: Desk, task: _Task, held: AnyMetadata) -> bool:
    is_new_enough = held.signed.version >= desk.floors.get(task.role.value, 0)
    return is_new_enough and is_signed(held, task.role, task.by)


def _draft(desk: Desk, task: _Task, asked: AnyMetadata | None) -> AnyMetadata:
    """Return what is to be signed: the draft that is about, if it still says what it should."""
    if asked is not None and task.is_same(asked.signed) and not _is_due(desk, task.role, asked):
        return asked
    version = desk.version_after(task.role, task.held)
    return Metadata(task.make(version, expiry(desk.now, LAYOUT[task.role].lifetime_s)))


def _is_due(desk: Desk, role: TufRole, metadata: AnyMetadata | None) -> bool:
    """Return whether metadata is so near its end that it should be signed anew."""
    return metadata is not None and seconds_left(metadata, desk.now) < LAYOUT[role].renewed_s
