"""Metadata out of octets, and who signed it; everything that `tuf` raises ends here."""

from typing import TypeVar

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Key, Signature
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError, SerializationError

from protocol.tuf_keys import SodiumKey, assert_sodium_verifies
from verifier.errors import TrustError

Kind = TypeVar("Kind", Root, Timestamp, Snapshot, Targets)
Delegator = Root | Targets

assert_sodium_verifies()  # at the start of whatever reads metadata


def read_metadata(name: str, kind: type[Kind], octets: bytes) -> Metadata[Kind]:
    """Return the metadata in `octets`, by whomever.

    Raises:
        TrustError: none, or of another kind.
    """
    try:
        metadata = Metadata[Kind].from_bytes(octets)
    except DeserializationError as error:
        raise TrustError(f"the metadata of {name} is not in form") from error
    if not isinstance(metadata.signed, kind):
        raise TrustError(f"the metadata of {name} is that of another role")
    return metadata


def check_signed(name: str, metadata: Metadata[Kind], delegator: Delegator) -> None:
    """Return if enough different keys that `delegator` names for the role `name` signed.

    A key that stands there twice counts once, whatever its ids and spellings; one that can't be
    judged here, of another algorithm perhaps, counts as if it had not signed.

    Raises:
        TrustError: too few.
    """
    try:
        role, payload = delegator.get_delegated_role(name), metadata.signed_bytes
    except (ValueError, SerializationError) as error:
        raise TrustError(f"the metadata of {name} can't be signed by anybody") from error
    signers = set[str]()
    for keyid in role.keyids:
        key, signature = _key(delegator, keyid), metadata.signatures.get(keyid)
        if key is not None and signature is not None and _is_by(key, signature, payload):
            signers.add(_identity(key))
    if len(signers) < role.threshold:
        raise TrustError(
            f"the metadata of {name} is signed by {len(signers)} of {role.threshold} keys"
        )


def proven(name: str, kind: type[Kind], octets: bytes, delegator: Delegator) -> Kind:
    """Return what `octets` say, signed for the role `name` as `delegator` asks.

    Raises:
        TrustError: out of form, or signed by too few.
    """
    metadata = read_metadata(name, kind, octets)
    check_signed(name, metadata, delegator)
    return metadata.signed


def check_named(name: str, octets: bytes, meta: MetaFile) -> None:
    """Return if `octets` are of the length and digests that `meta` gives, where it gives any.

    Raises:
        TrustError: they are not.
    """
    try:
        meta.verify_length_and_hashes(octets)
    except (RepositoryError, TypeError) as error:
        raise TrustError(f"the metadata of {name} is not the file that was named") from error


def _identity(key: Key) -> str:
    """Return what is one for every spelling of a key: hex has two cases, and takes spaces."""
    return key.public.hex() if isinstance(key, SodiumKey) else str(encode_canonical(key.keyval))


def _key(delegator: Delegator, keyid: str) -> Key | None:
    try:
        return delegator.get_key(keyid)
    except ValueError:
        return None  # the role names a key that stands nowhere: nobody can sign with it


def _is_by(key: Key, signature: Signature, payload: bytes) -> bool:
    try:
        key.verify_signature(signature, payload)
    except (UnverifiedSignatureError, TypeError, ValueError):
        return False
    return True
