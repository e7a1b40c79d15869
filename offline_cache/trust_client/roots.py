"""The chain of roots: each signed by the one before it, and by itself."""

from tuf.api.metadata import Root

from offline_cache.trust_client.proving import check_signed, read_metadata
from verifier.errors import TrustError

ROOT = "root"


def first_root(octets: bytes) -> Root:
    """Return the root that is believed because it was handed over; its own keys signed it.

    Raises:
        TrustError: out of form, or not so signed.
    """
    metadata = read_metadata(ROOT, Root, octets)
    check_signed(ROOT, metadata, metadata.signed)
    return metadata.signed


def next_root(octets: bytes, before: Root) -> Root:
    """Return the root that follows on `before` (TUF 1.0.34, section 5.3.4 and 5.3.5).

    Raises:
        TrustError: out of form, signed by too few of either's keys, or of another version.
    """
    metadata = read_metadata(ROOT, Root, octets)
    check_signed(ROOT, metadata, before)
    check_signed(ROOT, metadata, metadata.signed)
    if metadata.signed.version != before.version + 1:
        raise TrustError(
            f"root {metadata.signed.version} came where root {before.version + 1} belongs"
        )
    return metadata.signed
