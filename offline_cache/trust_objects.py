"""Files by their SHA-256: written once, whole, and never believed unseen."""

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.files import remove, write_durably


class TrustObjects:
    """A folder of files, each under its own digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, digest: str, what: str) -> bytes:
        """Return the file `digest`.

        Args:
            digest: 64 hex digits.
            what: it is, for a person.

        Raises:
            CacheCorrupt: gone or altered.
        """
        path = self._folder / digest
        try:
            octets = path.read_bytes()
        except OSError as error:
            raise CacheCorrupt(f"{path} ({what}): {error.strerror}; sync again") from error
        if sha256(octets).hexdigest() != digest:
            raise CacheCorrupt(f"{path} ({what}) is altered; sync again")
        return octets

    @staticmethod
    def digest(octets: bytes) -> str:
        """Return the name of a file."""
        return sha256(octets).hexdigest()

    def holds(self, digest: str) -> bool:
        """Return whether the file `digest` is there as it should be."""
        try:
            self.read(digest, "")
        except CacheCorrupt:
            return False
        return True

    def write(self, octets: bytes) -> str:
        """Keep `octets`, durably, where they are not kept yet; return their digest.

        Raises:
            OSError: the disk is full or failing.
        """
        digest = self.digest(octets)
        if not self.holds(digest):
            write_durably(self._folder / digest, octets)
        return digest

    def forget_all_but(self, digests: Collection[str]) -> None:
        """Remove all others."""
        for path in sorted(self._folder.iterdir()):
            if path.name not in digests:
                remove(path)
