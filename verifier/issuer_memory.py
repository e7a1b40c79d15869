"""Issuer parts that were proven before: a phone redraws, its issuer's signature stays the same."""

from collections import OrderedDict
from hashlib import sha256

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

    def digest(self, credential: Credential, trusted: object) -> bytes:
        """Return the key under which the issuer's part is remembered.

        Args:
            credential: whose part it is.
            trusted: the set that is trusted now; another one than before empties the memory.
        """
        if trusted is not self._trusted:
            self._trusted = trusted
            self._signers.clear()
        issued, kid = credential.issued, credential.kid
        signature, message = issued.signature, issued.message
        sizes = issued.algorithm, len(kid), len(signature)
        part = (credential.format.encode(), *sizes, kid, signature, message)
        return sha256(b"%b %d %d %d %b%b%b" % part).digest()

    def signer(self, digest: bytes) -> TrustedKey | None:
        """Return the key that signed the part of `digest`; None: not known here."""
        signer = self._signers.get(digest)
        if signer is not None:
            self._signers.move_to_end(digest)
        return signer

    def remember(self, digest: bytes, signer: TrustedKey) -> None:
        """Note that `signer` signed the part of `digest`."""
        self._signers[digest] = signer
        if len(self._signers) > self._size_max:
            self._signers.popitem(last=False)
