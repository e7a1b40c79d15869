"""What a centre has published, as tests look at it, and publishing what is meant."""

from pathlib import Path

from central.publishing import Publication, publish
from central.site import Site
from central.trust.approving import approve_bulk
from central.trust.repository import digest, read_repository
from protocol.trust_folder import TARGETS, target_name
from verifier.model import UnixSeconds


def octets_of(site: Site, path: str) -> bytes:
    """Return a target as it is published; empty where it is not."""
    return read_repository(site.tuf).octets(path)


def file_of(site: Site, path: str) -> Path:
    """Return where a published target lies."""
    target = read_repository(site.tuf).target(path)
    assert target is not None
    return site.tuf / TARGETS / target_name(path, digest(target))


def is_published(site: Site, path: str) -> bool:
    return read_repository(site.tuf).target(path) is not None


def publish_meant(site: Site, now: int) -> Publication:
    """Publish, with the second key's word where it is needed."""
    approve_bulk(site, (), now=UnixSeconds(now))
    return publish(site, UnixSeconds(now))
