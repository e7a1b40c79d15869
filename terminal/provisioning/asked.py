"""What a technician or a scanner brings: a typed code, or a slip.

It is judged as far as this machine can by itself; the rest is the centre's to say.
"""

import re
from dataclasses import dataclass, field

from protocol.enrolment import code_octets
from protocol.enrolment_slip import ROOT_OCTETS, Slip, is_slip, prove_slip, read_slip
from terminal.provisioning.why import EnrolmentRefused, Why
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds

# As `scan-central enrolment` prints it; anything else that a camera sees is no code.
_TYPED = re.compile(r"[A-Z2-7]{5}(?:-[A-Z2-7]{1,5}){5}|[A-Z2-7]{26}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An enrolment that is asked for."""

    secret: bytes = field(repr=False)
    slip: Slip | None = None  # None: the code alone was typed


def read_asked(text: str) -> Asked:
    """Return what stands in `text`; case, spaces and hyphens of a typed code do not matter.

    Raises:
        EnrolmentRefused: neither code nor slip; the words repeat nothing of it.
        UsageError: as it is.
    """
    text = text.strip("\r\n")
    try:
        if is_slip(text):
            slip = read_slip(text)
            return Asked(secret=slip.secret, slip=slip)
        return Asked(secret=code_octets(text))
    except ValueError as error:
        raise EnrolmentRefused(Why.FORM) from error


def wants_enrolment(payload: bytes) -> str | None:
    """Return the text of a scanned code that wants to enrol; None: it is some other code."""
    try:
        text = payload.decode("ascii")
    except UnicodeDecodeError:
        return None
    return text if is_slip(text) or _TYPED.fullmatch(text) else None


def check_by_itself(asked: Asked, root: bytes, *, now: UnixSeconds | None) -> None:
    """Refuse what this machine can tell to be wrong before it asks anybody.

    Args:
        asked: as read.
        root: the pinned digest.
        now: None where this clock follows nobody: whether a code has expired is then the
            centre's to say.

    Raises:
        EnrolmentRefused: WRONG_ROOT or EXPIRED.
    """
    slip = asked.slip
    if slip is None:
        return
    if slip.root != root[:ROOT_OCTETS]:
        raise EnrolmentRefused(Why.WRONG_ROOT)
    if now is not None and now >= slip.expires_at:
        raise EnrolmentRefused(Why.EXPIRED)


def check_signer(asked: Asked, keys: KeyTable, *, now: UnixSeconds | None) -> None:
    """Refuse a slip that the trusted centre did not sign.

    Raises:
        EnrolmentRefused: FOREIGN.
    """
    if asked.slip is None:
        return
    try:
        prove_slip(asked.slip, keys, now=now)
    except TrustError as error:
        raise EnrolmentRefused(Why.FOREIGN) from error
