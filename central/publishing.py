"""Publishing: the folder of signed files from which terminals learn whom to trust."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from central.files import held
from central.floor_resets import order_reset
from central.site import Site
from central.store.store import Store
from central.trust.bulk_guard import check_bulk, note
from central.trust.contents import Progress, Wanted, wanted
from central.trust.counters import check_age, read_counters, write_counters
from central.trust.drafts import forget_drafts, read_drafts, write_draft
from central.trust.errors import NotSigned
from central.trust.keyring import read_keyring
from central.trust.layout import LAYOUT
from central.trust.planning import Desk, Plan, make_plan, make_timestamp
from central.trust.repository import Repository, digest, read_repository
from central.trust.signing import AnyMetadata, Lack, Unsigned, seconds_left
from central.trust.sweeping import sweep
from central.trust.writing import published, write_repository
from central.wording import command
from protocol.floor_reset import RESET_PATH
from protocol.trust_folder import TufRole
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change that was not published, for too few keys of its role were at hand."""

    role: str
    missing: int  # how many more signatures it needs
    keys: tuple[str, ...]  # names of those that may give them
    draft: Path | None  # what they must sign; None where the key must be on this machine
    then: str  # the command to give when they have

    def remedy(self, directory: Path) -> str:
        """Return what to do, in a technician's words."""
        keys = ", ".join(self.keys)
        if self.draft is None:
            return (
                f"{self.role} is signed by {keys}, which is not here: put it back, or make a new"
                f" one with {command('trust rotate', directory)} {self.keys[0]}"
            )
        last = f"; if they are lost for good: {command('trust begin-anew', directory)}"
        return (
            f"{self.role} must be signed by {self.missing} of {keys}: scan-central trust sign"
            f" {shlex.quote(str(self.draft))} --keys FOLDER, here or on another machine, then"
            f" {command(self.then, directory)}{last if self.role == TufRole.ROOT.value else ''}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was published."""

    version: int
    issued_at: UnixSeconds
    changed: tuple[str, ...]  # targets that are new or other than before
    waiting: tuple[Waiting, ...] = ()
    ending: tuple[str, ...] = ()  # roles that must be signed anew soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a publication is to do besides.

    `keys` are folders with keys that don't lie in the centre's own; `floors` least versions, by
    role, after a backup was put back; `then` the command to give again once keys have signed.
    """

    keys: Sequence[Path] = ()
    reset_floor: UnixSeconds | None = None
    floors: Mapping[str, int] | None = None
    then: str = "publish"


def silent(_: str, __: int, ___: int) -> None:
    """Tell nobody of progress."""


def publish(
    site: Site,
    now: UnixSeconds,
    *,
    order: Order | None = None,
    reset_floor: UnixSeconds | None = None,
    progress: Progress = silent,
) -> Publication:
    """Write what has changed to the folder, and last the timestamp that makes it known.

    A reader that fetches meanwhile finds all that the timestamp it began with leads to: files are
    added under names of their own, and what was replaced stays for a while.

    Args:
        site: the centre.
        now: the moment; the publication's date, unless one before was dated later.
        order: what else to do.
        reset_floor: lowers every terminal's clock floor to this moment, once, and lets the
            publication be dated earlier than the one before; in place of the order's.
        progress: is told of each list made and each file written.

    Raises:
        BadRequest: `reset_floor` is not in the past.
        BulkRefused: a list would change more than one key may change.
        NotSigned: nothing can be published without keys that are not at hand.
        OldCopy: the directory, or its database, is older than what was published.
        SiteUnusable: a file of the centre's is missing, damaged or not in form.
        StoreUnavailable: the database can't be read.
    """
    order = order or Order(reset_floor=reset_floor)
    with held(site.directory / "publish.lock"):
        store = site.open_store()
        try:
            return _publish(site, store, now, order, progress)
        finally:
            store.close()


def _publish(
    site: Site, store: Store, now: UnixSeconds, order: Order, progress: Progress
) -> Publication:
    desk = _desk(site, store, now, order)
    if order.reset_floor is not None:
        order_reset(site, order.reset_floor, now=now)
    before = desk.repository
    files = wanted(site, store, before, now=now, progress=progress)
    check_bulk(site, before, files, now=now)
    with _explained(site, order.then):
        plan = make_plan(desk, files.targets())
    floor = desk.floors.get(TufRole.TIMESTAMP.value, 1) - 1
    is_reset = _is_new_reset(before, plan)
    version, issued_at = store.publications.next(
        now if is_reset else UnixSeconds(max(now, before.issued_at())),
        is_reset=is_reset,
        above=max(floor, before.versions().get(TufRole.TIMESTAMP.value, 0)),
    )
    with _explained(site, order.then):
        timestamp = make_timestamp(desk, plan, version=version, issued_at=issued_at)
    changed = tuple(_changed(before, plan, files))
    if plan.root is not before.root:  # were the power to go, its keys have signed already
        write_draft(site.signing, TufRole.ROOT, plan.root, {})
    write_repository(before, plan, timestamp, files, progress)
    write_counters(site.counters, plan.versions() | {TufRole.TIMESTAMP.value: version})
    forget_drafts(site.signing, plan.versions())
    note(site.noted, files, now=now)
    sweep(site.tuf, now=issued_at)
    return Publication(
        version=version,
        issued_at=issued_at,
        changed=changed,
        waiting=_waiting(site, plan.lacks, order.then),
        ending=_ending(plan, now),
    )


def _desk(site: Site, store: Store, now: UnixSeconds, order: Order) -> Desk:
    """Return what is there to work with.

    Raises:
        OldCopy: it is older than what was published.
    """
    drafts = read_drafts(site.signing)
    before = read_repository(site.tuf, next_root=drafts.get(TufRole.ROOT))
    if order.floors is None:
        remedy = command("trust restored", site.directory)
        counters = read_counters(site.counters)
        check_age(counters, before.versions(), store.publications.last(), command=remedy)
    return Desk(
        repository=before,
        drafts=drafts,
        ring=read_keyring([site.tuf_keys, *order.keys]),
        now=now,
        floors=order.floors or {},
    )


@contextmanager
def _explained(site: Site, then: str) -> Iterator[None]:
    """Tell what must be signed where nothing can be published without it."""
    try:
        yield
    except Unsigned as error:
        lacks = _waiting(site, error.lacks, then)
        told = "; ".join(waiting.remedy(site.directory) for waiting in lacks)
        raise NotSigned(f"nothing was published: {told}") from error


def _waiting(site: Site, lacks: Sequence[Lack], then: str) -> tuple[Waiting, ...]:
    """Write what waits for signatures to where it can be signed, and return what it waits for."""
    return tuple(
        Waiting(
            role=lack.role.value,
            missing=lack.missing,
            keys=tuple(sorted(lack.asked.values())),
            draft=_draft(site, lack),
            then=then,
        )
        for lack in lacks
    )


def _draft(site: Site, lack: Lack) -> Path | None:
    if LAYOUT[lack.role].is_online:
        return None
    return write_draft(site.signing, lack.role, lack.draft, lack.asked)


def _is_new_reset(before: Repository, plan: Plan) -> bool:
    """Return whether `plan` is the first to carry its order to reset the floor."""
    target = plan.contents[TufRole.TARGETS].signed.targets.get(RESET_PATH)
    known = before.target(RESET_PATH)
    return target is not None and (known is None or digest(known) != digest(target))


def _changed(before: Repository, plan: Plan, files: Wanted) -> Iterator[str]:
    for path, octets in published(plan, files):
        if before.octets(path) != octets:
            yield path


def _ending(plan: Plan, now: UnixSeconds) -> tuple[str, ...]:
    """Return the roles whose keys were not at hand though their end is near."""
    held: dict[TufRole, AnyMetadata] = {TufRole.ROOT: plan.root, **plan.contents}
    return tuple(
        role.value
        for role, metadata in held.items()
        if seconds_left(metadata, now) < LAYOUT[role].renewed_s
    )
