"""What a family of codes must bring to be read at a lane."""

import hashlib
from typing import Protocol

from verifier.model import SUBJECT_BYTES, Credential


class Format(Protocol):
    """One family of codes: it knows its own texts and parses them, and proves nothing.

    A family of somebody else's satisfies this by an object of its own, named by an entry point
    of group `scan_terminal.formats` (docs/families.md).
    """

    @property
    def name(self) -> str:
        """Return the family's name, as profiles and trust lists write it."""
        ...

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` is of this family, by its text alone.

        Called for every code of every family: cheap, and it never raises.
        """
        ...

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`, which the family claims.

        Bounded in time and memory by the payload's length, whatever its octets are.

        Raises:
            MalformedPayload: the text is of this family but not of its form.
        """
        ...


def subject_of(family: str, holder: bytes) -> bytes:
    """Return the 8-octet subject of a card that a family names by `holder`, in its own way.

    SHA-256(family || 0 || holder), cut: what is pseudonymised and remembered has one length, so
    no issuer's name and subject can be another's.
    """
    return hashlib.sha256(family.encode() + b"\0" + holder).digest()[:SUBJECT_BYTES]
