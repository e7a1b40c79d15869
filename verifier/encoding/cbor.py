"""General CBOR for documents whose form is not closed: accepted only if deterministic."""

from collections.abc import Mapping

import cbor2

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def load_deterministic(octets: bytes) -> object:
    """Return the value that `octets` encode.

    cbor2 accepts trailing octets, duplicate keys and long integers; encoding the value again
    and comparing refuses all of them. It sorts shorter keys first (RFC 7049, section 3.9); for
    keys of one kind, as in all documents of ours, RFC 8949 has the same order.

    Raises:
        MalformedPayload: no CBOR, or not its deterministic encoding (RFC 8949, section 4.2.1); a
            key that is neither number nor string, or what a tag makes of a value.
    """
    try:
        value = cbor2.loads(octets)
        _check_plain(value)
        again = cbor2.dumps(value, canonical=True)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, ArithmeticError) as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if again != octets:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def _check_plain(value: object) -> None:
    """Raise unless `value` is made of numbers, strings, lists, maps and tags without a meaning.

    To sort a map, cbor2 encodes each key twice: a map that is a key of a map, and so on 30 times
    over, is 60 octets and takes it hours. Sets are sorted in the same way.
    """
    match value:
        case None | bool() | int() | float() | bytes() | str():
            return
        case list() | tuple():  # the latter within tags
            for part in value:
                _check_plain(part)
        case Mapping() if all(isinstance(key, int | str | bytes) for key in value):
            for part in value.values():
                _check_plain(part)
        case cbor2.CBORTag():
            _check_plain(value.value)
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
