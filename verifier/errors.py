"""What goes wrong inside the verifier, as exceptions that never leave the package's door."""

from verifier.reasons import Reason


class VerifierError(Exception):
    """Root of the verifier's own errors."""


class MalformedPayload(VerifierError):  # noqa: N818  # the house's word for it
    """The octets are not what they claim to be; `pipeline.py` makes the refusal."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class TrustError(VerifierError):
    """A trust list or status list can't be believed; the text says which and why."""


class StatusUnreadable(VerifierError):  # noqa: N818  # the condition is the name
    """A status list that was held can't be read any more, which its holder has told."""
