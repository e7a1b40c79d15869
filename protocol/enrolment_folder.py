"""Enrolment without a network: a request and its answer as files in one folder, on a stick say.

There is no code: an operator at the centre compares the fingerprint with the one that the
technician read at the terminal. The answer is the one of any enrolment, for these keys alone.
"""

import hashlib
import json
from dataclasses import dataclass

from protocol.journal import compact
from protocol.keys import SigningKey, to_base64url
from verifier.errors import TrustError
from verifier.signature import is_signed_by
from verifier.trust import base64url

REQUEST_GLOB = "enrolment-request-*.json"
# One is 250 octets.
REQUEST_OCTETS_MAX = 4_096

_PURPOSE = b"st-enrolment-request-1\0"
_KEY_OCTETS = 32
# 80 bits: whoever swaps a stick would have to find another key of the same fingerprint.
_FINGERPRINT_OCTETS = 10
_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRequest:
    """What a machine asks with; it has proven that the first key is its own."""

    public: bytes  # Ed25519, 32 octets
    seal: bytes  # X25519, 32 octets

    @property
    def fingerprint(self) -> str:
        """Return 20 hex digits in groups of four, for two people to compare."""
        return fingerprint_of(self.public, self.seal)


def fingerprint_of(public: bytes, seal: bytes) -> str:
    """Return the fingerprint of a machine's two keys."""
    digest = hashlib.sha256(b"st-enrol-fingerprint\0" + public + seal).digest()
    text = digest[:_FINGERPRINT_OCTETS].hex()
    return "-".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def plain_fingerprint(text: str) -> str:
    """Return a fingerprint as people type it, without case, spaces and hyphens."""
    return "".join(text.lower().replace("-", "").split())


def request_name(fingerprint: str) -> str:
    """Return the request's name in the folder."""
    return f"enrolment-request-{plain_fingerprint(fingerprint)}.json"


def answer_name(fingerprint: str) -> str:
    """Return the answer's name in the folder."""
    return f"enrolment-answer-{plain_fingerprint(fingerprint)}.json"


def request_octets(key: SigningKey, seal: bytes) -> bytes:
    """Return the request of the machine that has `key`."""
    members = {"public_key": to_base64url(key.public), "seal_key": to_base64url(seal)}
    return compact({**members, "sig": to_base64url(key.sign(_message(key.public, seal)))})


def read_request(octets: bytes) -> FolderRequest:
    """Return the request in `octets`.

    Raises:
        ValueError: none, or not signed by the key that it brings.
    """
    try:
        document = json.loads(octets) if len(octets) <= REQUEST_OCTETS_MAX else None
        match document:
            case {
                "public_key": str() as key,
                "seal_key": str() as seal,
                "sig": str() as sig,
                **rest,
            }:
                public, sealed = base64url(key), base64url(seal)
                signature = base64url(sig)
            case _:
                raise ValueError("it is not public_key, seal_key and sig")
    except (TrustError, RecursionError) as error:
        raise ValueError("it is no JSON of base64url") from error
    if rest or not len(public) == len(sealed) == _KEY_OCTETS:
        raise ValueError("it is not public_key, seal_key and sig, of 32 octets each key")
    if not is_signed_by(public, _message(public, sealed), signature):
        raise ValueError("it is not signed by the key that it brings")
    return FolderRequest(public=public, seal=sealed)


def _message(public: bytes, seal: bytes) -> bytes:
    return _PURPOSE + public + seal
