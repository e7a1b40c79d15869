"""Ed25519 verdicts, from libsodium alone: libraries disagree at the edges of the curve."""

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign_BYTES,
    crypto_sign_open,
    crypto_sign_PUBLICKEYBYTES,
)
from nacl.exceptions import BadSignatureError

KEY_BYTES = crypto_sign_PUBLICKEYBYTES
SIGNATURE_BYTES = crypto_sign_BYTES


def is_signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` (64 octets) is that of `key` (32 octets) over `message`.

    libsodium refuses S not below L, small-order R and A, and non-canonical A (RFC 8032,
    section 5.1.7, strict reading).
    """
    if len(signature) != SIGNATURE_BYTES or len(key) != KEY_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def is_valid_key(key: bytes) -> bool:
    """Return whether `key` is a canonical point of the prime-order subgroup, and not neutral."""
    return len(key) == KEY_BYTES and bool(crypto_core_ed25519_is_valid_point(key))
