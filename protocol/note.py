"""Signed notes (C2SP signed-note, Ed25519): text, an empty line, signatures a person can read.

The key hash is SHA-256(name || LF || 01 || public key), its first four octets.
"""

import base64
import binascii
import hashlib

from protocol.keys import SigningKey
from verifier.errors import TrustError
from verifier.signature import SIGNATURE_BYTES, is_signed_by

_ED25519 = b"\x01"
_KEY_HASH_BYTES = 4


def sign_note(text: str, *, name: str, key: SigningKey) -> bytes:
    """Return `text`, which ends in a line feed, as a note signed by `key` under `name`."""
    if not text.endswith("\n") or " " in name or "+" in name:
        raise ValueError("a note's text ends in a line feed; a name has no space and no plus")
    octets = _key_hash(name, key.public) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(octets).decode()}\n".encode()


def read_note(octets: bytes, *, name: str, public: bytes) -> str:
    """Return the text of a note that carries `public`'s signature under `name`.

    Raises:
        TrustError: no note, or no such signature, or a wrong one.
    """
    text, signatures = _parts(octets)
    expected = _key_hash(name, public)
    for line in signatures.splitlines():
        found = _signature(line, name)
        if found[:_KEY_HASH_BYTES] != expected:
            continue
        if is_signed_by(public, text.encode(), found[_KEY_HASH_BYTES:]):
            return text
        raise TrustError(f"the note's signature by {name} is wrong")
    raise TrustError(f"the note is not signed by {name}")


def note_text(octets: bytes) -> str:
    """Return the text of a note, whoever signed it.

    Raises:
        TrustError: no UTF-8.
    """
    return _parts(octets)[0]


def _parts(octets: bytes) -> tuple[str, str]:
    """Return text and signature lines."""
    try:
        text, _, signatures = octets.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise TrustError("the note is no UTF-8") from error
    return text + "\n", signatures


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_HASH_BYTES]


def _signature(line: str, name: str) -> bytes:
    """Return key hash and signature of one signature line; nothing for another name's."""
    prefix = f"— {name} "
    if not line.startswith(prefix):
        return b""
    try:
        octets = base64.b64decode(line.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError) as error:
        raise TrustError("a signature line of the note is no base64") from error
    return octets if len(octets) == _KEY_HASH_BYTES + SIGNATURE_BYTES else b""
