"""The names under which cards and presentations leave the terminal.

Two sectors hold different keys, so their logs can't be joined (docs/protocol.md, "Names").
"""

import hashlib
from dataclasses import dataclass

from verifier.model import UnixSeconds

SECTOR_KEY_BYTES = 32
_DIGEST_BYTES = 16
_TIME_BYTES = 4


@dataclass(frozen=True, slots=True, repr=False)
class SectorKey:
    """The secret that a sector's terminals share; it arrives sealed at enrolment."""

    id: str
    octets: bytes  # 32

    def pseudonym(self, issuer: str, subject: bytes) -> str:
        """Return the card's name in this sector: 32 hex digits of BLAKE2b-128 (RFC 7693)."""
        return self._digest(issuer.encode() + subject)

    def presentation(self, issuer: str, subject: bytes, iat: UnixSeconds) -> str:
        """Return one presentation's name; `iat` is four octets, most significant first.

        A static code has no iat; the moment of the decision stands in its place.
        """
        return self._digest(issuer.encode() + subject + iat.to_bytes(_TIME_BYTES, "big"))

    def _digest(self, octets: bytes) -> str:
        return hashlib.blake2b(octets, digest_size=_DIGEST_BYTES, key=self.octets).hexdigest()
