"""Protocol Buffers of one closed form: each field once, in ascending order, nothing longer."""

from collections.abc import Mapping

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

_KINDS = {0: int, 2: bytes}  # by wire type: varint, and a length with its octets

# int64 of these messages is never negative: 9 groups of 7 bits.
_VARINT_BYTES_MAX = 9


def read_fields(octets: bytes, kinds: Mapping[int, type]) -> dict[int, object]:
    """Return the fields of a message by number.

    Args:
        octets: the whole message.
        kinds: the fields there are, by number: int (varint, 0..2^63-1) or bytes.

    Raises:
        MalformedPayload: another field or kind, one twice or out of order, a varint longer than
            it need be, or a length that does not fit.
    """
    fields: dict[int, object] = {}
    place, last = 0, 0
    while place < len(octets):
        tag, place = _varint(octets, place)
        number, kind = tag >> 3, _KINDS.get(tag & 7)
        if number <= last or kind is None or kinds.get(number) is not kind:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        value, place = _varint(octets, place)
        if kind is bytes:
            fields[number] = octets[place : place + value]
            place += value
        else:
            fields[number] = value
        last = number
    if place != len(octets):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return fields


def _varint(octets: bytes, place: int) -> tuple[int, int]:
    """Return the number at `place`, and where the next begins."""
    value = 0
    for size, octet in enumerate(octets[place : place + _VARINT_BYTES_MAX], start=1):
        value |= (octet & 0x7F) << 7 * (size - 1)
        if octet < 0x80:
            if octet == 0 and size > 1:  # zeros in front
                break
            return value, place + size
    raise MalformedPayload(Reason.FORM_MALFORMED)
