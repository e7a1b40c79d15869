"""pretix, event tickets of the scheme pretix_sig1: Ed25519 over a small protobuf message.

Text: the octets 01, length of the ticket, length of the signature, both in two octets, ticket,
signature; in base64; and that backwards, so that tickets differ from the first character on.
"""

import base64
import binascii
import re

from verifier.encoding.numeric_date import whole_seconds
from verifier.encoding.protobuf import read_fields
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.model import Algorithm, Credential, SignedOctets, UnixSeconds
from verifier.reasons import Reason

SIGNATURE_BYTES = 64

# Readers disagree over the first octet of a length (libpretixsync shifts it by 2, not by 8), so
# it is 0. Tickets are 15 to 60 octets.
TICKET_BYTES_MAX = 255

_HEAD_BYTES = 5
_TEXT_BYTES_MAX = (_HEAD_BYTES + TICKET_BYTES_MAX + SIGNATURE_BYTES + 2) // 3 * 4

# Read backwards: 01, 00 and the ticket's length, 00 40, and 0A, which begins the ticket's seed.
# Such a text has a small letter (64 octets without any are one in 10^19), which sets it apart
# from base45 and from hexadecimal digits in capitals.
_TEXT = re.compile(rb"(?=.*[a-z])={0,2}[A-Za-z0-9+/]+KAEA[A-Za-z0-9+/][A-D]QA")

_SEED, _ITEM, _VARIATION, _SUBEVENT, _VALID_FROM, _VALID_UNTIL = range(1, 7)
_FIELDS = {
    _SEED: bytes,
    _ITEM: int,
    _VARIATION: int,
    _SUBEVENT: int,
    _VALID_FROM: int,
    _VALID_UNTIL: int,
}


class Pretix:
    """The family of pretix's signed tickets; satisfies `Format`."""

    name = "pretix"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` is base64 that ends, reversed, as a ticket begins."""
        is_likely = (
            payload.endswith(b"QA") and len(payload) <= _TEXT_BYTES_MAX
        )  # asked of each code
        return is_likely and _TEXT.fullmatch(payload) is not None

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: anything but the one text of a ticket.
        """
        ticket, signature = _layers(_octets(payload[::-1]))
        fields = read_fields(ticket, _FIELDS)
        return Credential(
            format=Pretix.name,
            kid=b"",
            issued=SignedOctets(algorithm=Algorithm.EDDSA, message=ticket, signature=signature),
            proof=None,
            not_before=_moment(fields.get(_VALID_FROM)),
            expires_at=_moment(fields.get(_VALID_UNTIL)),
            subject=subject_of(Pretix.name, _seed(fields.get(_SEED))),
            types=0,
            capabilities=None,
            status_index=None,
        )


def _octets(text: bytes) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if base64.b64encode(octets) != text:  # bits that no encoder sets
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return octets


def _layers(octets: bytes) -> tuple[bytes, bytes]:
    """Return ticket and signature, which fill `octets` exactly."""
    ticket, signature = octets[_HEAD_BYTES:-SIGNATURE_BYTES], octets[-SIGNATURE_BYTES:]
    sizes = bytes((1, 0, len(ticket) & 0xFF, 0, SIGNATURE_BYTES))
    if not 0 < len(ticket) <= TICKET_BYTES_MAX or octets[:_HEAD_BYTES] != sizes:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return ticket, signature


def _seed(value: object) -> bytes:
    """Return what tells tickets of one event apart: text, and never empty."""
    if not isinstance(value, bytes) or not value:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    return value


def _moment(value: object) -> UnixSeconds | None:
    """Return a bound of the window; a ticket without one may write it as zero."""
    return whole_seconds(value) if value else None
