"""General CBOR for documents whose form is not closed: accepted only if deterministic."""

import cbor2

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def load_deterministic(octets: bytes) -> object:
    """Return the value that `octets` encode.

    cbor2 accepts trailing octets, duplicate keys and long integers; encoding the value again
    and comparing refuses all of them. It sorts shorter keys first (RFC 7049, section 3.9); for
    keys of one kind, as in all documents of ours, RFC 8949 has the same order.

    Raises:
        MalformedPayload: no CBOR, or not its deterministic encoding (RFC 8949, section 4.2.1).
    """
    try:
        value = cbor2.loads(octets)
        again = cbor2.dumps(value, canonical=True)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, ArithmeticError) as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if again != octets:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value
