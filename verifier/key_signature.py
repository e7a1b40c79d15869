"""Whether a trusted key signed some octets, whatever kind of key it is."""

from verifier.foreign_signature import is_signed_by_foreign
from verifier.model import KeyKind, SignedOctets, TrustedKey
from verifier.signature import is_signed_by


def holds(key: TrustedKey, signed: SignedOctets) -> bool:
    """Return whether `signed` carries the signature of `key`."""
    if key.kind is KeyKind.ED25519:
        return is_signed_by(key.key, signed.message, signed.signature)
    return is_signed_by_foreign(key.kind, key.key, signed)
