"""Check sums of frames."""


def xor_of(octets: bytes | bytearray) -> int:
    """Return the exclusive or of all octets, 0 without any.

    Halves are folded onto each other: a hostile line asks for this at every second octet, and
    one octet after the other would take a hundred times as long.
    """
    folded = int.from_bytes(octets, "big")
    size = len(octets)
    while size > 1:
        half = (size + 1) // 2
        folded = (folded >> (8 * half)) ^ (folded & ((1 << (8 * half)) - 1))
        size = half
    return folded


def two_complement_of(octets: bytes | bytearray) -> bytes:
    """Return the two octets that make the sum of all, as 16 bits, zero."""
    return (-sum(octets) & 0xFFFF).to_bytes(2, "big")
