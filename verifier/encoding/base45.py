"""Base45 (RFC 9285), both ways; there is exactly one text for any octets."""

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID = 0xFF
_VALUES = bytes(ALPHABET.index(octet) if octet in ALPHABET else _INVALID for octet in range(256))


def decode(text: bytes) -> bytes:
    """Return the octets that `text` stands for.

    All groups are computed at once: each has a lane of 32 bits in one large integer, and no
    lane can overflow into the next, for a group is at most 44 * (1 + 45 + 2025) = 91124.

    Raises:
        MalformedPayload: a character outside the alphabet, a length no encoder makes, or a
            group whose value does not fit its octets (RFC 9285, section 4.2).
    """
    values = text.translate(_VALUES)
    groups, over = divmod(len(values) + 2, 3)
    if over == 0 or _INVALID in values:  # one character over
        raise MalformedPayload(Reason.BASE45_MALFORMED)
    total = _lanes(values[0::3], groups)
    total += 45 * _lanes(values[1::3], groups) + 2025 * _lanes(values[2::3], groups)
    lanes = total.to_bytes(4 * groups, "little")
    octets = bytearray(2 * groups)
    octets[0::2], octets[1::2] = lanes[1::4], lanes[0::4]
    if lanes[2::4].count(0) != groups:
        raise MalformedPayload(Reason.BASE45_MALFORMED)
    if over == 1:  # two characters over: one octet
        if octets[-2]:
            raise MalformedPayload(Reason.BASE45_MALFORMED)
        del octets[-2]
    return bytes(octets)


def _lanes(digits: bytes, groups: int) -> int:
    """Return a number with one digit in each lane, the first in the lowest."""
    lanes = bytearray(4 * groups)
    lanes[0 : 4 * len(digits) : 4] = digits
    return int.from_bytes(lanes, "little")


def encode(octets: bytes) -> bytes:
    """Return the base45 text of `octets`."""
    text = bytearray()
    for place in range(0, len(octets) - 1, 2):
        high, rest = divmod(octets[place] << 8 | octets[place + 1], 2025)
        middle, low = divmod(rest, 45)
        text += bytes((ALPHABET[low], ALPHABET[middle], ALPHABET[high]))
    if len(octets) % 2:
        middle, low = divmod(octets[-1], 45)
        text += bytes((ALPHABET[low], ALPHABET[middle]))
    return bytes(text)
