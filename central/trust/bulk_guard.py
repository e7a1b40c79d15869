"""The limit on bulk changes as a publication meets it: what has changed today, what is approved."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from central.files import SECRET_MODE, write_atomically
from central.site import Site
from central.trust.bulk import Change, Noted, is_approved
from central.trust.contents import Wanted
from central.trust.errors import BulkRefused
from central.trust.layout import X_BULK_KEY
from central.trust.repository import Repository
from central.wording import command
from protocol.trust_folder import TufRole
from verifier.model import UnixSeconds


def check_bulk(site: Site, repository: Repository, files: Wanted, *, now: UnixSeconds) -> None:
    """Return if every change is small, or approved by the key that targets names for it.

    Raises:
        BulkRefused: one is neither.
    """
    public = bulk_key(repository)
    for change in bulk_changes(site, files, now=now):
        if public is None or not is_approved(site.approvals, change, public):
            raise BulkRefused(
                f"nothing was published: {change.name} would change {change.flips} of"
                f" {change.entries} places, more than one key may change in a day"
                f" ({change.limit}). If it is meant, whoever holds the bulk key approves it:"
                f" {command('trust approve', site.directory)} --keys FOLDER"
            )


def bulk_key(repository: Repository) -> bytes | None:
    """Return the public key that approves bulk changes; None before the first publication."""
    targets = repository.contents.get(TufRole.TARGETS)
    if targets is None:
        return None
    return bytes.fromhex(str(targets.signed.unrecognized_fields[X_BULK_KEY]["public"]))


def bulk_changes(site: Site, files: Wanted, *, now: UnixSeconds) -> tuple[Change, ...]:
    """Return the changes that need the second key."""
    noted = _read(site.noted)
    return tuple(
        change for change in files.changes if _is_bulk(change, noted.get(change.name), now)
    )


def _is_bulk(change: Change, noted: Noted | None, now: UnixSeconds) -> bool:
    if noted is None:
        return change.is_bulk(0)
    is_known = noted.array_sha256 == change.after_sha256  # its file was damaged, and is made anew
    return not is_known and change.is_bulk(noted.flips_at(now))


def note(path: Path, files: Wanted, *, now: UnixSeconds) -> None:
    """Remember every list as it was published, and how much of it has changed today."""
    before, changes = _read(path), {change.name: change for change in files.changes}
    noted = {
        name: _noted(before.get(name), array, changes.get(name), now)
        for name, array in files.arrays.items()
    }
    if noted != before:
        members = {name: asdict(held) for name, held in noted.items()}
        write_atomically(path, json.dumps(members).encode() + b"\n", mode=SECRET_MODE)


def _noted(held: Noted | None, array: str, change: Change | None, now: UnixSeconds) -> Noted:
    """Return what is remembered of one list; what was approved counts towards no day."""
    held = held or Noted(array_sha256="", since=now, flips=0)
    if change is None or held.array_sha256 == array:
        return replace(held, array_sha256=array)
    before = held.flips_at(now)
    flips = before if change.is_bulk(before) else before + change.flips
    since = held.since if before else now  # a day begins with its first change
    return Noted(array_sha256=array, since=since, flips=flips)


def _read(path: Path) -> Mapping[str, Noted]:
    try:
        members = json.loads(path.read_bytes())
        return {str(name): Noted(**held) for name, held in members.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        return {}  # damaged: the day begins anew, and each publication alone is still limited
