"""Who sent a request: RFC 9421 signatures by the keys that the centre knows."""

from dataclasses import replace

from central.centre import Centre
from central.errors import Refused
from central.journals import known_terminal
from central.records import Terminal
from protocol.http_signature import (
    Request,
    SignatureMissing,
    Signed,
    content_digest,
    read_signature,
)
from protocol.problems import Problem, ProblemCode

# A terminal's clock may be wrong by a day before its uploads stop: a range of a journal is
# idempotent and chained, so an old request that is sent again does nothing.
CREATED_S_MAX = 86_400

_STAND_IN = b"a body"


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


def signature_ahead(request: Request, *, key_id: str, has_body: bool) -> Signed:
    """Return the signature that claims to be by `key_id`, before the body has come.

    Nothing but its digest is signed of a body, and that stands in the headers: a sender that
    has no key is known before it is waited for. Whether the digest is the body's is still to be
    seen, by `signature_on`.

    Args:
        request: with no body.
        key_id: whose it must be.
        has_body: whether one follows.

    Raises:
        Refused: none of our profile, or another's.
    """
    given = request.headers.get("content-digest")
    if not has_body or given is None:
        return signature_on(replace(request, body=_STAND_IN if has_body else b""), key_id=key_id)
    own = content_digest(_STAND_IN)
    headers = {**request.headers, "content-digest": own}
    signed = signature_on(replace(request, headers=headers, body=_STAND_IN), key_id=key_id)
    message = signed.message.replace(own.encode(), given.strip().encode(), 1)
    return replace(signed, message=message)


def signed_terminal(centre: Centre, terminal: str, request: Request) -> Terminal:
    """Return the terminal that signed `request`; whether it is suspended is not judged.

    Raises:
        Refused: unsigned, unknown, signed by another, or by a wrong clock.
    """
    return sender_of(centre, terminal, signature_on(request, key_id=terminal))


def sender_of(centre: Centre, terminal: str, signed: Signed) -> Terminal:
    """Return the terminal that made the signature `signed`.

    Raises:
        Refused: unknown, signed by another, or by a wrong clock.
    """
    sender = known_terminal(centre.store, terminal)
    if not signed.is_by(sender.public):
        raise unsigned("not signed by this terminal's key")
    check_clock(centre, signed)
    return sender


def check_clock(centre: Centre, signed: Signed) -> None:
    """Judge the moment that a signature names.

    Raises:
        Refused: it is more than a day away.
    """
    if abs(signed.created_at - centre.now()) > CREATED_S_MAX:
        raise Refused(
            Problem(
                code=ProblemCode.CLOCK,
                detail="the signature's time is more than a day away: set the terminal's clock",
            )
        )


def unsigned(detail: str) -> Refused:
    """Return the refusal of a request that nobody known has signed."""
    return Refused(Problem(code=ProblemCode.SIGNATURE, detail=detail))
