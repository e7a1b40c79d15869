"""zlib with a limit: a few octets must not become a gigabyte."""

import zlib

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def inflate(octets: bytes, *, size_max: int) -> bytes:
    """Return what `octets`, one whole zlib stream (RFC 1950), stand for.

    Raises:
        MalformedPayload: no zlib stream, a cut one, octets behind it, or more than `size_max`.
    """
    return _inflated(octets, size_max, zlib.MAX_WBITS)


def inflate_raw(octets: bytes, *, size_max: int) -> bytes:
    """Return what `octets`, one whole deflate stream (RFC 1951) without a wrapping, stand for.

    Raises:
        MalformedPayload: as `inflate` says.
    """
    return _inflated(octets, size_max, -zlib.MAX_WBITS)


def _inflated(octets: bytes, size_max: int, window_bits: int) -> bytes:
    stream = zlib.decompressobj(window_bits)
    try:
        inflated = stream.decompress(octets, size_max + 1)
    except zlib.error as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if len(inflated) > size_max or not stream.eof or stream.unused_data:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return inflated
