"""COSE octets (RFC 9052) put together and taken apart in the one form we accept."""

# Header and claim labels (IANA registries "COSE Header Parameters" and "CWT Claims").
HEADER_ALG = 1
HEADER_KID = 4
HEADER_TYPE = 16

# An array of four and its context string: what every Sig_structure of a COSE_Sign1 begins with.
SIG_STRUCTURE_BEGIN = b"\x84\x6aSignature1"


def head(major: int, number: int) -> bytes:
    """Return the shortest CBOR head of `major` type 0..7 for `number` (RFC 8949, 4.2.1).

    Raises:
        ValueError: `number` needs more than 32 bits; nothing of ours does.
    """
    if number < 24:
        return bytes((major << 5 | number,))
    for code, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << 8 * size:
            return bytes((major << 5 | code,)) + number.to_bytes(size, "big")
    raise ValueError("a CBOR head over 32 bits")


def bstr(octets: bytes) -> bytes:
    """Return `octets` as a CBOR byte string."""
    return head(2, len(octets)) + octets


def sig_structure(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """Return the octets a COSE_Sign1 signature covers (RFC 9052, section 4.4)."""
    return SIG_STRUCTURE_BEGIN + bstr(protected) + bstr(external_aad) + bstr(payload)
