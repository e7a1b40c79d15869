"""Sealed details: what a journal entry says to the centre alone.

An account, a medical detail or free text goes into a libsodium sealed box to the centre's X25519
key of role seal. The terminal keeps the box and can't open it again; a thief of the terminal can
neither. The entry names the key, so that keys can be changed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.keys import OpeningKey, seal_to, to_base64url
from verifier.errors import TrustError
from verifier.trust import base64url, kid_of

# What leaves a line of 4,096 octets room for its other members: 1,984 characters of base64url.
DETAILS_BYTES_MAX = 1_440
# What somebody writes himself, 500 letters of three octets and how to reach him: 2,752 characters,
# beside the few members of a visit's line (protocol/visit.py).
TEXT_BYTES_MAX = 2_016
# A box is as long as what is in it; so nobody tells an account from a diagnosis by its length.
_PADDED_TO = 96
# An ephemeral public key and a message's authenticator (libsodium, crypto_box_SEALBYTES).
_BOX_BYTES_MORE = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed box, and which key opens it."""

    kid: bytes  # 8 octets: of the centre's seal key
    box: bytes

    def members(self) -> dict[str, object]:
        """Return the members of `sealed` in a journal line."""
        return {"key": self.kid.hex(), "box": to_base64url(self.box)}


def seal_details(
    details: Mapping[str, object], public: bytes, *, octets_max: int = DETAILS_BYTES_MAX
) -> Sealed:
    """Return `details` so that only the holder of `public`'s secret can read them.

    Args:
        details: a JSON object.
        public: 32 octets: a key of role seal of the trust list.
        octets_max: what the line has room for.

    Raises:
        ValueError: larger than `octets_max` as JSON, or no JSON: the caller's bug.
    """
    text = json.dumps(details, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    octets = text.encode()
    if len(octets) > octets_max:
        raise ValueError(f"details are larger than {octets_max} octets")
    padded = octets.ljust(-(-len(octets) // _PADDED_TO) * _PADDED_TO)
    return Sealed(kid=kid_of(public), box=seal_to(public, padded))


def read_sealed(member: object) -> Sealed:
    """Return the box in a journal line's member `sealed`; nobody has opened it yet.

    Raises:
        ValueError: no such member in its one form.
    """
    match member:
        case {"key": str() as key, "box": str() as text, **rest} if not rest:
            pass
        case _:
            raise ValueError("sealed is not key and box")
    try:
        sealed = Sealed(kid=bytes.fromhex(key), box=base64url(text))
    except (TrustError, ValueError) as error:
        raise ValueError("sealed is no hex key and base64url box") from error
    size = len(sealed.box)
    if sealed.members() != member or len(sealed.kid) != len(kid_of(b"")):
        raise ValueError("sealed is not in its one form")
    if not _BOX_BYTES_MORE < size <= TEXT_BYTES_MAX + _BOX_BYTES_MORE:
        raise ValueError("the sealed box is too short or too long")
    return sealed


def open_details(sealed: Sealed, key: OpeningKey) -> dict[str, object]:
    """Return what was sealed to `key`.

    Raises:
        ValueError: it was sealed to another key, altered, or holds no JSON object.
    """
    try:
        details = json.loads(key.open(sealed.box))
    except RecursionError as error:
        raise ValueError("the details are nested too deeply") from error
    if not isinstance(details, dict):
        raise ValueError("the details are no JSON object")  # noqa: TRY004  # of the sender
    return details
