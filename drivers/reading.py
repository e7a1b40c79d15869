"""What a decoder gives: apart from the decoder, so that the daemon need not load NumPy."""

from dataclasses import dataclass

# One holder shows one code. A sheet of codes held up to a lane gives this many presentations
# and no more, so that it cannot flood the daemon; a poster beside the code does no harm.
READINGS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One code as an engine read it."""

    payload: bytes  # untrusted, 1 to PAYLOAD_BYTES_MAX octets
    engine: str  # "zxing" or "zbar"
