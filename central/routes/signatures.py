"""Who sent a request: RFC 9421 signatures by the keys that the centre knows."""

from central.centre import Centre
from central.errors import Refused
from central.journals import known_terminal
from central.records import Terminal
from protocol.http_signature import Request, SignatureMissing, Signed, read_signature
from protocol.problems import Problem, ProblemCode

# A terminal's clock may be wrong by a day before its uploads stop: a range of a journal is
# idempotent and chained, so an old request that is sent again does nothing.
CREATED_S_MAX = 86_400


def signature_on(request: Request, *, key_id: str) -> Signed:
    """Return the signature that claims to be by `key_id`, not yet believed.

    Raises:
        Refused: none of our profile, or another's.
    """
    try:
        signed = read_signature(request)
    except SignatureMissing as error:
        raise unsigned(str(error)) from error
    if signed.key_id != key_id:
        raise unsigned("the keyid is another's")
    return signed


def signed_terminal(centre: Centre, terminal: str, request: Request) -> Terminal:
    """Return the terminal that signed `request`; whether it is suspended is not judged.

    Raises:
        Refused: unsigned, unknown, signed by another, or by a wrong clock.
    """
    signed = signature_on(request, key_id=terminal)
    sender = known_terminal(centre.store, terminal)
    if not signed.is_by(sender.public):
        raise unsigned("not signed by this terminal's key")
    if abs(signed.created_at - centre.now()) > CREATED_S_MAX:
        raise Refused(
            Problem(
                code=ProblemCode.CLOCK,
                detail="the signature's time is more than a day away: set the terminal's clock",
            )
        )
    return sender


def unsigned(detail: str) -> Refused:
    """Return the refusal of a request that nobody known has signed."""
    return Refused(Problem(code=ProblemCode.SIGNATURE, detail=detail))
