"""Making keys, signing and sealing: with `verifier/signature.py` the only door to PyNaCl."""

import base64
import unicodedata
from dataclasses import dataclass

from nacl.bindings import (
    crypto_pwhash_ALG_ARGON2ID13,
    crypto_pwhash_str_alg,
    crypto_pwhash_str_verify,
    crypto_scalarmult_base,
    crypto_sign,
    crypto_sign_BYTES,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.utils import random

from verifier.trust import kid_of

SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordCost:
    """What one try at a password costs whoever makes it."""

    passes: int
    memory_octets: int


# libsodium's "interactive": 0.1 s of a core; three times the memory that OWASP asks for at least
# with two passes (Password Storage Cheat Sheet: 19 MiB).
PASSWORD_COST = PasswordCost(passes=2, memory_octets=64 << 20)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair (RFC 8032); shows its public half only."""

    seed: bytes

    @property
    def public(self) -> bytes:
        """Return the 32 octets of the public key."""
        return crypto_sign_seed_keypair(self.seed)[0]

    @property
    def kid(self) -> bytes:
        """Return the first 8 octets of SHA-256(public key)."""
        return kid_of(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-octet signature over `message`."""
        secret = crypto_sign_seed_keypair(self.seed)[1]
        return crypto_sign(message, secret)[:crypto_sign_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid.hex()})"


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """An X25519 key pair that opens sealed boxes; shows its public half only."""

    secret: bytes

    @property
    def public(self) -> bytes:
        """Return the 32 octets of the public key."""
        return crypto_scalarmult_base(self.secret)

    def open(self, box: bytes) -> bytes:
        """Return what was sealed to this key.

        Raises:
            ValueError: it was sealed to another, or altered.
        """
        try:
            return SealedBox(PrivateKey(self.secret)).decrypt(box)
        except (CryptoError, TypeError) as error:
            raise ValueError("the sealed box does not open with this key") from error

    def __repr__(self) -> str:
        return f"OpeningKey(kid={kid_of(self.public).hex()})"


def new_signing_key() -> SigningKey:
    """Return a fresh Ed25519 key."""
    return SigningKey(random(SEED_BYTES))


def new_opening_key() -> OpeningKey:
    """Return a fresh X25519 key."""
    return OpeningKey(random(SEED_BYTES))


def seal_to(public: bytes, octets: bytes) -> bytes:
    """Return `octets` so that only the holder of `public`'s secret can read them (libsodium)."""
    return SealedBox(PublicKey(public)).encrypt(octets)


def password_digest(password: str, cost: PasswordCost = PASSWORD_COST) -> str:
    """Return what is kept of a password: Argon2id (RFC 9106) with its salt and cost, as text."""
    return (
        crypto_pwhash_str_alg(
            _typed(password), cost.passes, cost.memory_octets, crypto_pwhash_ALG_ARGON2ID13
        )
        .rstrip(b"\0")
        .decode("ascii")
    )


def is_password_of(digest: str, password: str) -> bool:
    """Return whether `digest` was made of `password`, by the cost that stands in it."""
    try:
        return crypto_pwhash_str_verify(digest.encode(), _typed(password))
    except CryptoError:
        return False


def _typed(password: str) -> bytes:
    """Return a password's octets, the same from every keyboard (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def random_octets(size: int) -> bytes:
    """Return `size` unpredictable octets."""
    return random(size)


def to_base64url(octets: bytes) -> str:
    """Return the unpadded base64url text of `octets` (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
