"""Issuer parts that were proven before: a phone redraws, its issuer's signature stays the same."""

import hashlib
from collections import OrderedDict

from verifier.model import Credential, TrustedKey

# Who comes twice within a day of a busy gate; 4,096 entries of some 200 octets are below 1 MB.
ISSUER_PARTS_MAX = 4_096


class IssuerMemory:
    """Which key signed which issuer part, bounded; of successes only, for one trusted set.

    Keyed by SHA-256 over the family and the whole part, signature and all. A part found here is
    worth what its signature was worth: windows and rights are judged anew each time. Another
    trusted set empties it, for the key may be gone.
    """

    def __init__(self, size_max: int = ISSUER_PARTS_MAX) -> None:
        self._size_max = size_max
        self._trusted: object = None
        self._signers: OrderedDict[bytes, TrustedKey] = OrderedDict()

    def __len__(self) -> int:
        return len(self._signers)

    def signer(self, credential: Credential, trusted: object) -> TrustedKey | None:
        """Return the key of `trusted` that signed the issuer's part; None: not known here."""
        if trusted is not self._trusted:
            return None
        digest = _digest(credential)
        signer = self._signers.get(digest)
        if signer is not None:
            self._signers.move_to_end(digest)
        return signer

    def remember(self, credential: Credential, signer: TrustedKey, trusted: object) -> None:
        """Note that `signer`, a key of `trusted`, signed the issuer's part of `credential`."""
        if trusted is not self._trusted:
            self._trusted = trusted
            self._signers.clear()
        self._signers[_digest(credential)] = signer
        if len(self._signers) > self._size_max:
            self._signers.popitem(last=False)


def _digest(credential: Credential) -> bytes:
    issued = credential.issued
    part = b"".join((credential.format.encode(), b"\0", issued.signature, issued.message))
    return hashlib.sha256(part).digest()
