"""The limit on bulk changes as a publication meets it: what has changed today, what is approved."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from central.files import SECRET_MODE, write_atomically
from central.site import Site
from central.trust.bulk import Change, Flips, flips_within, is_approved
from central.trust.errors import BulkRefused
from central.trust.layout import X_BULK_KEY
from central.trust.repository import Repository
from central.wording import command
from protocol.trust_folder import TufRole
from verifier.model import UnixSeconds


def check_bulk(
    site: Site, repository: Repository, changes: Sequence[Change], *, now: UnixSeconds
) -> None:
    """Return if every change is small, or approved by the key that targets names for it.

    Raises:
        BulkRefused: one is neither.
    """
    public = bulk_key(repository)
    for change in bulk_changes(site, changes, now=now):
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


def bulk_changes(site: Site, changes: Sequence[Change], *, now: UnixSeconds) -> tuple[Change, ...]:
    """Return the changes that need the second key."""
    flips = _read(site.flips)
    return tuple(
        change for change in changes if change.is_bulk(flips_within(flips, change.name, now).count)
    )


def note_flips(path: Path, changes: Sequence[Change], *, now: UnixSeconds) -> None:
    """Add what was published to what has changed today; what was approved begins a new day."""
    if not changes:
        return
    flips = dict(_read(path))
    for change in changes:
        today = flips_within(flips, change.name, now)
        count = 0 if change.is_bulk(today.count) else today.count + change.flips
        flips[change.name] = Flips(since=today.since, count=count)
    members = {name: [held.since, held.count] for name, held in flips.items()}
    write_atomically(path, json.dumps(members).encode() + b"\n", mode=SECRET_MODE)


def _read(path: Path) -> Mapping[str, Flips]:
    try:
        members = json.loads(path.read_bytes())
        return {
            str(name): Flips(since=UnixSeconds(int(since)), count=int(count))
            for name, (since, count) in members.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        return {}  # damaged: the day begins anew, and each publication alone is still limited
