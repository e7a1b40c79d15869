"""What a family of codes must bring to be read at a lane."""

from typing import Protocol

from verifier.model import Credential


class Format(Protocol):
    """One family of codes: it knows its own texts and parses them, and proves nothing."""

    name: str

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` is of this family, by its text alone."""
        ...

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: the text is of this family but not of its form.
        """
        ...
