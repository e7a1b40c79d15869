"""A content pack as visits use it: read once, with what pages load of it. Pure."""

from dataclasses import dataclass
from hashlib import sha256

from protocol.content.model import ContentPack
from protocol.content.reading import read_pack
from terminal.visits.catalogue import catalogue_octets


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPack:
    """One pack, read."""

    name: str
    digest: str  # 64 hex digits: SHA-256 of the file
    pack: ContentPack
    catalogue: bytes  # as pages load it

    @property
    def mark(self) -> str:
        """Return what journal entries name it by: 16 hex digits."""
        return self.digest[:16]


def read_held(octets: bytes, name: str) -> HeldPack:
    """Return the pack in a file.

    Raises:
        TrustError: as `read_pack` says.
    """
    pack = read_pack(octets, name=name)
    return HeldPack(
        name=name,
        digest=sha256(octets).hexdigest(),
        pack=pack,
        catalogue=catalogue_octets(pack, name=name),
    )
