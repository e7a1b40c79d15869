"""General CBOR for documents whose form is not closed: accepted only if deterministic."""

import cbor2

from verifier.encoding.cbor_reader import Tagged, load
from verifier.errors import MalformedPayload
from verifier.reasons import Reason

# The one tag in documents of ours (RFC 9052, section 2).
SIGN1 = 18


def load_deterministic(octets: bytes) -> object:
    """Return the value that `octets` encode, with `Tagged` for tag 18.

    Our own reader reads, for cbor2 makes numbers, dates and patterns of what stands behind tags:
    a decimal fraction of half a megabyte took it a minute, nested keys hours. cbor2 writes the
    value again, and what differs had another form. It sorts shorter keys first (RFC 7049, section
    3.9); for keys of one kind, as in all documents of ours, RFC 8949 has the same order.

    Raises:
        MalformedPayload: no CBOR, or not its deterministic encoding (RFC 8949, section 4.2.1);
            another tag, a key that is neither number nor string, deeper or more than documents
            are (`cbor_reader`).
    """
    value = load(octets)
    if cbor2.dumps(value, canonical=True, default=write_tag) != octets:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def write_tag(encoder: cbor2.CBOREncoder, value: object) -> None:
    """Write what cbor2 does not know: a tag as our own reader gives it.

    Raises:
        MalformedPayload: it is another than that of documents of ours.
    """
    if not isinstance(value, Tagged) or value.tag != SIGN1:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    encoder.encode(cbor2.CBORTag(value.tag, value.value))
