"""General CBOR for documents whose form is not closed: accepted only if deterministic."""

import cbor2

from verifier.encoding.cbor_reader import Tagged, load
from verifier.errors import MalformedPayload
from verifier.reasons import Reason

# The one tag in documents of ours (RFC 9052, section 2).
SIGN1 = 18


def load_deterministic(octets: bytes) -> object:
    """Return the value that `octets` encode, with `cbor2.CBORTag` for tag 18.

    Our own reader reads, for cbor2 makes numbers, dates and patterns of what stands behind tags:
    a decimal fraction of half a megabyte took it a minute, nested keys hours. cbor2 writes the
    value again, and what differs had another form. It sorts shorter keys first (RFC 7049, section
    3.9); for keys of one kind, as in all documents of ours, RFC 8949 has the same order.

    Raises:
        MalformedPayload: no CBOR, or not its deterministic encoding (RFC 8949, section 4.2.1);
            another tag, a key that is neither number nor string, deeper or more than documents
            are (`cbor_reader`).
    """
    value = _with_tags(load(octets))
    if cbor2.dumps(value, canonical=True) != octets:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def _with_tags(value: object) -> object:
    """Return `value` as cbor2 writes it."""
    match value:
        case Tagged(tag=tag, value=inner) if tag == SIGN1:
            return cbor2.CBORTag(tag, _with_tags(inner))
        case Tagged():
            raise MalformedPayload(Reason.FORM_MALFORMED)
        case list():
            return [_with_tags(part) for part in value]
        case dict():
            return {key: _with_tags(part) for key, part in value.items()}
        case _:
            return value
