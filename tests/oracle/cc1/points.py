"""Signatures at the edges of the curve, for which no library has a function."""

from hashlib import sha512
from itertools import count

from nacl.signing import SigningKey

from tests.oracle.cc1 import curve

BASE = curve.decompress(b"\x58" + b"\x66" * 31)


def _torsion() -> curve.Point:
    """Return a point of order 8: L times any point keeps only its torsion part."""
    for y in count(2):
        point = curve.decompress(y.to_bytes(32, "little"))
        torsion = point and curve.multiply(curve.L, point)
        if torsion and curve.multiply(4, torsion) != curve.IDENTITY:
            return torsion
    raise AssertionError


ORDER_8 = _torsion()
# Not one y that a reader may take for a point's: the identity's, with p added.
IDENTITY_NOT_CANONICAL = (curve.P + 1).to_bytes(32, "little")
# The identity's x is 0, which has no negative.
IDENTITY_NEGATIVE = (1 | 1 << 255).to_bytes(32, "little")


def scalar_of(key: SigningKey) -> int:
    """Return the secret scalar (RFC 8032, section 5.1.5)."""
    octets = bytearray(sha512(bytes(key)).digest()[:32])
    octets[0] &= 248
    octets[31] = octets[31] & 127 | 64
    return int.from_bytes(octets, "little")


def mixed_key(key: SigningKey) -> bytes:
    """Return the public key with a torsion part added."""
    return curve.compress(curve.add(curve.multiply(scalar_of(key), BASE), ORDER_8))


def _challenge(commitment: bytes, public_key: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(commitment + public_key + message).digest(), "little") % curve.L


def sign(
    key: SigningKey, public_key: bytes, message: bytes, *, commitment: bytes, nonce: int
) -> bytes:
    """Return a signature whose R is `commitment`, as though it were `nonce` times the base point."""
    challenge = _challenge(commitment, public_key, message)
    answer = (nonce + challenge * scalar_of(key)) % curve.L
    return commitment + answer.to_bytes(32, "little")


def sign_mixed(key: SigningKey, message: bytes, *, vanishes: bool) -> bytes:
    """Return a signature under the mixed key, its torsion part cancelled or not.

    Where eight divides the challenge both ways to verify accept it; elsewhere only a reader that
    multiplies by the cofactor does.
    """
    public_key = mixed_key(key)
    for nonce in count(1):
        commitment = curve.compress(curve.multiply(nonce, BASE))
        if (_challenge(commitment, public_key, message) % 8 == 0) == vanishes:
            return sign(key, public_key, message, commitment=commitment, nonce=nonce)
    raise AssertionError


def sign_without_key(public_key: bytes, message: bytes) -> bytes:
    """Return a signature under a key of small order, for which nobody holds a secret.

    Where eight divides the challenge the key drops out of `[S]B = R + [k]A`, so any S with its own
    R satisfies it, and R is of large order.
    """
    for nonce in count(1):
        commitment = curve.compress(curve.multiply(nonce, BASE))
        if _challenge(commitment, public_key, message) % 8 == 0:
            return commitment + nonce.to_bytes(32, "little")
    raise AssertionError


def with_longer_scalar(code: bytes) -> bytes:
    """Return a code whose last 32 octets, the S of its signature, have L added."""
    answer = int.from_bytes(code[-32:], "little") + curve.L
    return code[:-32] + answer.to_bytes(32, "little")
