"""Names out of codes: they are compared with a trust list's and shown to technicians."""

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def printable(value: object) -> str:
    """Return `value`, a text of at least one character that can be written anywhere.

    Raises:
        MalformedPayload: no text, an empty one, or one with control characters or halves of
            surrogate pairs, which JSON can spell and UTF-8 cannot.
    """
    if not isinstance(value, str) or not value or not value.isprintable():
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value
