"""Base45 (RFC 9285), both ways; there is exactly one text for any octets."""

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID = 0xFF
_VALUES = bytes(ALPHABET.index(octet) if octet in ALPHABET else _INVALID for octet in range(256))


def decode(text: bytes) -> bytes:
    """Return the octets that `text` stands for.

    Raises:
        MalformedPayload: a character outside the alphabet, a length no encoder makes, or a
            group whose value does not fit its octets (RFC 9285, section 4.2).
    """
    values = text.translate(_VALUES)
    if _INVALID in values or len(values) % 3 == 1:
        raise MalformedPayload(Reason.BASE45_MALFORMED)
    whole = len(values) - len(values) % 3
    try:
        octets = b"".join(
            [
                (low + 45 * middle + 2025 * high).to_bytes(2, "big")
                for low, middle, high in zip(
                    values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True
                )
            ]
        )
        if whole < len(values):
            octets += (values[whole] + 45 * values[whole + 1]).to_bytes(1, "big")
    except OverflowError as error:
        raise MalformedPayload(Reason.BASE45_MALFORMED) from error
    return octets


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
