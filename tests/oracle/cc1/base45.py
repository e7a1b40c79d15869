"""Base45 as RFC 9285 writes it: two octets are three characters, one octet is two."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


class NotBase45Error(ValueError):
    """The text is no base45."""


def encode(octets: bytes) -> str:
    """Return the text of `octets`; the lowest of the digits stands first (section 4)."""
    text = ""
    for start in range(0, len(octets), 2):
        pair = octets[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text += ALPHABET[digit]
    return text


def decode(text: str) -> bytes:
    """Return the octets of `text`.

    Raises:
        NotBase45Error: a character outside the alphabet, one left over, or a number too large.
    """
    octets = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        if len(group) == 1:
            raise NotBase45Error("one character is left over")
        number = 0
        for character in reversed(group):
            digit = ALPHABET.find(character)
            if digit < 0:
                raise NotBase45Error(f"{character!r} is not of the alphabet")
            number = number * 45 + digit
        if number >= 1 << (8 * (len(group) - 1)):
            raise NotBase45Error(f"{group!r} is more than its octets hold")
        octets += number.to_bytes(len(group) - 1, "big")
    return bytes(octets)
