"""Base45 (RFC 9285), both ways; there is exactly one text for any octets."""

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID = 0xFF
_VALUES = bytes(ALPHABET.index(octet) if octet in ALPHABET else _INVALID for octet in range(256))


# The lowest octet of each lane of 24 bits, for texts up to the longest that a symbol holds.
_TEXT_BYTES_MAX = 8_190
_LOWEST = int.from_bytes(b"\xff\0\0" * (_TEXT_BYTES_MAX // 3), "little")


def decode(text: bytes) -> bytes:
    """Return the octets that `text` stands for.

    All groups are computed at once, each in a lane of 24 bits of one large integer; no lane can
    overflow into the next, for a group is at most 44 * (1 + 45 + 2025) = 91124.

    Raises:
        MalformedPayload: a character outside the alphabet, a length no encoder makes, a group
            whose value does not fit its octets (RFC 9285, section 4.2), or a text longer than
            any symbol's.
    """
    values = text.translate(_VALUES)
    groups, over = divmod(len(values) + 2, 3)
    if over == 0 or _INVALID in values or len(values) > _TEXT_BYTES_MAX:
        raise MalformedPayload(Reason.BASE45_MALFORMED)
    digits = int.from_bytes(values, "little")
    total = digits & _LOWEST
    total += 45 * (digits >> 8 & _LOWEST) + 2025 * (digits >> 16 & _LOWEST)
    lanes = total.to_bytes(3 * groups, "little")
    if lanes[2::3].count(0) != groups:
        raise MalformedPayload(Reason.BASE45_MALFORMED)
    octets = bytearray(2 * groups)
    octets[0::2], octets[1::2] = lanes[1::3], lanes[0::3]
    if over == 1:  # two characters over: one octet
        if octets[-2]:
            raise MalformedPayload(Reason.BASE45_MALFORMED)
        del octets[-2]
    return bytes(octets)


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
