"""Hexadecimal text (RFC 4648, section 8), of letters in either case and without blanks."""

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def decode(text: str) -> bytes:
    """Return the octets that `text` stands for.

    Raises:
        MalformedPayload: anything but two digits an octet.
    """
    try:
        octets = bytes.fromhex(text)
    except ValueError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if len(octets) * 2 != len(text):  # the library passes blanks over
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return octets
