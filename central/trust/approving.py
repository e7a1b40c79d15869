"""The second key's word on a bulk change."""

from collections.abc import Sequence
from pathlib import Path

from central.errors import BadRequest
from central.files import held
from central.site import Site
from central.trust.bulk import Change, approve
from central.trust.bulk_guard import bulk_changes, bulk_key
from central.trust.contents import wanted
from central.trust.drafts import read_drafts
from central.trust.keyring import read_keyring
from central.trust.repository import read_repository
from protocol.trust_folder import TufRole
from verifier.model import UnixSeconds


def approve_bulk(
    site: Site, keys: Sequence[Path], *, now: UnixSeconds
) -> tuple[tuple[Change, Path], ...]:
    """Approve each change that a publication would be refused for; return them and their records.

    Raises:
        BadRequest: the key is not at hand.
        SiteUnusable: a file of the centre's is missing or damaged.
        StoreUnavailable: the database can't be read.
    """
    ring = read_keyring([site.tuf_keys, *keys])
    with held(site.directory / "publish.lock"):
        repository = read_repository(
            site.tuf, next_root=read_drafts(site.signing).get(TufRole.ROOT)
        )
        store = site.open_store()
        try:
            files = wanted(site, store, repository, now=now, progress=lambda _, __, ___: None)
        finally:
            store.close()
        bulk = bulk_changes(site, files, now=now)
        public = bulk_key(repository)
        key = None if public is None else ring.of_public(public)
        if bulk and key is None:
            raise BadRequest("the bulk key is not here: name the folder that holds it with --keys")
        return tuple(
            (change, approve(site.approvals, change, key, now=now))
            for change in bulk
            if key is not None
        )
