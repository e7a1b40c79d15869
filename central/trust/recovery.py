"""After a loss: a backup that was put back, or a root that no longer has keys enough."""

from collections.abc import Sequence
from pathlib import Path

from central.errors import SiteUnusable
from central.files import held
from central.publishing import Order, Publication, publish
from central.site import Site
from central.trust.contents import Progress
from central.trust.counters import floors_after, read_counters, write_counters
from central.trust.errors import OldCopy
from central.trust.making import begin_repository
from central.trust.repository import read_repository
from protocol.trust_folder import METADATA, TufRole
from verifier.model import UnixSeconds


def publish_restored(
    site: Site, now: UnixSeconds, *, keys: Sequence[Path], progress: Progress
) -> Publication:
    """Publish with versions above all that terminals can have seen before a backup was put back.

    Raises:
        OldCopy: a root is missing, which no new version can replace.
        CentralError: as `publish`.
    """
    published = read_repository(site.tuf).versions()
    counters = read_counters(site.counters)
    root = TufRole.ROOT.value
    seen = (counters.versions or {}).get(root, 0)
    if seen > published[root]:
        raise OldCopy(
            f"terminals follow root {seen}, and this copy ends with root {published[root]}: fetch"
            f" the files up to {seen}.root.json from the web server or a mirror into"
            f" {site.tuf / METADATA}, then try again"
        )
    floors = floors_after(counters, published)
    order = Order(keys=keys, floors=floors, then="trust restored")
    return publish(site, now, order=order, progress=progress)


def begin_anew(site: Site, *, now: UnixSeconds) -> Path:
    """Make new keys and a new root in place of those there are; return where the old ones lie.

    Cards, journals and the centre's other keys stay. Terminals believe the new folder only when
    its root is pinned on each of them.

    Raises:
        SiteUnusable: a copy of this very second is in the way.
    """
    aside = site.directory / f"tuf-until-{now}"
    if aside.exists():
        raise SiteUnusable(f"{aside} exists: try again in a second")
    with held(site.directory / "publish.lock"):
        aside.mkdir(mode=0o700)
        for old, name in ((site.tuf, "folder"), (site.tuf_keys, "keys"), (site.signing, "signing")):
            if old.exists():
                old.rename(aside / name)
        begin_repository(site.tuf, site.tuf_keys, site.signing, now=now)
        write_counters(site.counters, {})
    return aside
