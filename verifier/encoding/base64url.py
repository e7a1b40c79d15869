"""Unpadded base64url (RFC 7515, section 2); there is exactly one text for any octets."""

import base64
import binascii

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def decode(text: str) -> bytes:
    """Return the octets that `text` stands for.

    Raises:
        MalformedPayload: a character outside the alphabet, padding, or bits set that no encoder
            sets.
    """
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if encode(octets) != text:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return octets


def encode(octets: bytes) -> str:
    """Return the text of `octets`."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
