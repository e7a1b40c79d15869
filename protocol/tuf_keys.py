"""Ed25519 keys of TUF metadata, through libsodium: the door to `securesystemslib`.

By itself that library verifies in pure Python, 80 times slower and without a word, wherever
`cryptography` is not installed; and libraries disagree at the curve's edges. Importing this
module puts our class in its table, so whatever reads metadata must import it first.
"""

import hashlib
from typing import Any

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import KEY_FOR_TYPE_AND_SCHEME, Key, Signature, Signer

from protocol.keys import SigningKey
from verifier.signature import is_signed_by, is_valid_key

KEY_TYPE = SCHEME = "ed25519"

# RFC 8032, section 7.1, test 3.
_PROBE_KEY = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
_PROBE_MESSAGE = bytes.fromhex("af82")
_PROBE_SIGNATURE = (
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)


class SodiumKey(Key):
    """The public half of an Ed25519 key as metadata names it."""

    def __init__(
        self,
        keyid: str,
        keytype: str,
        scheme: str,
        keyval: dict[str, Any],
        unrecognized_fields: dict[str, Any] | None = None,
    ) -> None:
        """Take a key.

        Raises:
            ValueError: no point of the curve that anybody could sign with.
        """
        super().__init__(keyid, keytype, scheme, keyval, unrecognized_fields)
        self._public = bytes.fromhex(str(keyval.get("public")))
        if not is_valid_key(self._public):
            raise ValueError("no valid Ed25519 public key")

    @property
    def public(self) -> bytes:
        """Return the key's 32 octets, whichever way metadata spells them."""
        return self._public

    @classmethod
    def from_dict(cls, keyid: str, key_dict: dict[str, Any]) -> "SodiumKey":
        """Return the key in `key_dict`, which is emptied.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        keytype, scheme, keyval = cls._from_dict(key_dict)
        return cls(keyid, keytype, scheme, keyval, key_dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the key as metadata writes it."""
        return self._to_dict()

    def verify_signature(self, signature: Signature, data: bytes) -> None:
        """Return if `signature` is this key's over `data`.

        Raises:
            UnverifiedSignatureError: it is not.
        """
        try:
            octets = bytes.fromhex(signature.signature)
        except (TypeError, ValueError) as error:
            raise UnverifiedSignatureError("the signature is no hex") from error
        if not is_signed_by(self._public, data, octets):
            raise UnverifiedSignatureError(f"not signed by {self.keyid}")


class SodiumSigner(Signer):
    """Signs metadata with a key of ours."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public = tuf_key(key.public)

    @property
    def public_key(self) -> SodiumKey:
        """Return the public half."""
        return self._public

    def sign(self, payload: bytes) -> Signature:
        """Return the signature over `payload`."""
        return Signature(self._public.keyid, self._key.sign(payload).hex())

    @classmethod
    def from_priv_key_uri(cls, *_: Any) -> "SodiumSigner":
        """Raise: our keys lie in files of our own, and no address names one."""
        raise ValueError("our keys have no URI")


def tuf_key(public: bytes) -> SodiumKey:
    """Return the 32-octet `public` key; its keyid is the one TUF's own tools would give it.

    Raises:
        ValueError: no valid key.
    """
    members = {"keytype": KEY_TYPE, "scheme": SCHEME, "keyval": {"public": public.hex()}}
    keyid = hashlib.sha256(str(encode_canonical(members)).encode()).hexdigest()
    return SodiumKey.from_dict(keyid, dict(members))


def assert_sodium_verifies() -> None:
    """Assert that metadata's Ed25519 signatures are judged by libsodium; for the start of programs.

    Raises:
        AssertionError: something took our place in the library's table, or the verdict is wrong.
    """
    key_dict = {"keytype": KEY_TYPE, "scheme": SCHEME, "keyval": {"public": _PROBE_KEY}}
    key = Key.from_dict("probe", key_dict)
    if not isinstance(key, SodiumKey):
        raise AssertionError("another class verifies the metadata's Ed25519 signatures")  # noqa: TRY004  # a bug of ours, no wrong argument
    key.verify_signature(Signature("probe", _PROBE_SIGNATURE), _PROBE_MESSAGE)
    try:
        key.verify_signature(Signature("probe", _PROBE_SIGNATURE), _PROBE_MESSAGE + b"\0")
    except UnverifiedSignatureError:
        return
    raise AssertionError("a false Ed25519 signature passes")


KEY_FOR_TYPE_AND_SCHEME[KEY_TYPE, SCHEME] = SodiumKey
