"""Where a repository is read from: the centre, a mirror, a stick, or nowhere at all."""

from typing import Protocol

from protocol.trust_folder import TIMESTAMP_NAME
from verifier.errors import TrustError


class Source(Protocol):
    """One copy of a repository; what it gives is not believed yet."""

    @property
    def name(self) -> str:
        """Return where it is, for a person."""

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return the file `name` of the metadata, None where there is no such file.

        Args:
            name: the file's, already quoted for a path.
            limit: the most octets that are taken.
            known: what is held of it; may be returned where it is still the newest.
        """

    def target(self, name: str, *, limit: int) -> bytes:
        """Return the target file `name` (below the targets' folder), `limit` octets at most."""


class NoSource:
    """Nothing can be had: what is held must do."""

    name = "here"

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return what is held of timestamp, and nothing newer."""
        del limit
        if name == TIMESTAMP_NAME or name.endswith(".root.json"):
            return known
        raise TrustError(f"{name} is not held, or not as what names it says")

    def target(self, name: str, *, limit: int) -> bytes:
        """Raise TrustError."""
        del limit
        raise TrustError(f"{name} is not held")
