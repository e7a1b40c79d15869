"""The trust list: a JWK Set (RFC 7517) whose keys also say what they are for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from verifier.encoding.base64url import decode
from verifier.errors import MalformedPayload, TrustError
from verifier.model import KID_BYTES, KeyKind, KeyTable, Role, TrustedKey, UnixSeconds
from verifier.signature import KEY_BYTES, is_valid_key

# A city has some ten keys; a country's list of a thousand at 400 octets each stays below.
KEYS_OCTETS_MAX = 1_048_576

CAPABILITIES_MAX = 127  # docs/cc1.md

_T = TypeVar("_T")

_ALGORITHMS = {None: (-19, -8), "Ed25519": (-19,), "EdDSA": (-8,)}
_CURVES = {
    Role.CARD: "Ed25519",
    Role.STATUS: "Ed25519",
    Role.COMMAND: "Ed25519",
    Role.SEAL: "X25519",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """The keys of one trust list, and what was wrong with the entries left out."""

    keys: KeyTable  # every key that shares (role, kid), in the list's order
    problems: tuple[str, ...]


def kid_of(key: bytes) -> bytes:
    """Return the 8-octet key id of a raw public key."""
    return hashlib.sha256(key).digest()[:KID_BYTES]


def load_keys(octets: bytes) -> KeyList:
    """Return the usable keys of a `keys.json`; a bad entry is told, and loses only itself.

    Raises:
        TrustError: the document as a whole is no JWK Set.
    """
    keys: dict[tuple[Role, bytes], tuple[TrustedKey, ...]] = {}
    owners: dict[bytes, tuple[Role, str]] = {}
    problems: list[str] = []
    for place, entry in enumerate(_entries(octets)):
        try:
            key = _key(entry)
        except (TrustError, KeyError, TypeError, ValueError) as error:
            problems.append(f"key {place}: {_said(error)}")
            continue
        if owners.setdefault(key.key, (key.role, key.issuer)) != (key.role, key.issuer):
            problems.append(f"key {place}: it stands above with another role or issuer")
            continue
        keys[key.role, key.kid] = (*keys.get((key.role, key.kid), ()), key)
    return KeyList(keys=keys, problems=tuple(problems))


def _entries(octets: bytes) -> list[object]:
    if len(octets) > KEYS_OCTETS_MAX:
        raise TrustError(f"the trust list is larger than {KEYS_OCTETS_MAX} octets")
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise TrustError("the trust list is no JSON") from error
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise TrustError("the trust list has no array named keys")
    return entries


def _key(entry: object) -> TrustedKey:
    if not isinstance(entry, dict):
        raise TrustError("no object")
    role = Role(entry["role"])
    octets = _point(entry, role)
    kid = bytes.fromhex(entry["kid"])
    if kid != kid_of(octets):
        raise TrustError("kid is not the first 8 octets of SHA-256(key)")
    if entry.get("alg") not in _ALGORITHMS:
        raise TrustError("alg is neither Ed25519 nor EdDSA")
    return TrustedKey(
        kid=kid,
        role=role,
        issuer=_name(entry["issuer"]),
        kind=KeyKind(_CURVES[role]),
        key=octets,
        algorithms=_ALGORITHMS[entry.get("alg")],
        formats=tuple(_typed(name, str) for name in _typed(entry.get("formats", []), list)),
        not_before=UnixSeconds(_typed(entry["nbf"], int)),
        expires_at=UnixSeconds(_typed(entry["exp"], int)),
        capabilities=_mask(entry.get("capabilities", 0)),
        status_lists=_template(entry.get("status_lists")),
    )


def _point(entry: Mapping[str, object], role: Role) -> bytes:
    if entry.get("kty") != "OKP" or entry.get("crv") != _CURVES[role]:
        raise TrustError(f"a key of role {role.value} must be kty OKP, crv {_CURVES[role]}")
    octets = base64url(_typed(entry["x"], str))
    if len(octets) != KEY_BYTES or (role is not Role.SEAL and not is_valid_key(octets)):
        raise TrustError("x is no valid public key")
    return octets


def _name(value: object) -> str:
    name = _typed(value, str)
    if not name or not name.isprintable():  # lone surrogates too: they have no UTF-8
        raise TrustError("an issuer's name must be printable text")
    return name


def _mask(value: object) -> int:
    mask = _typed(value, int)
    if not 0 <= mask <= CAPABILITIES_MAX:  # a negative mask would have every bit
        raise TrustError(f"capabilities must be 0 to {CAPABILITIES_MAX}")
    return mask


def _template(value: object) -> str | None:
    if value is None:
        return None
    template = _typed(value, str)
    if template.count("{shard}") != 1 or "{" in template.replace("{shard}", "", 1):
        raise TrustError("status_lists must name {shard} once and nothing else in braces")
    return template


def _typed(value: object, kind: type[_T]) -> _T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TrustError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def base64url(text: str) -> bytes:
    """Return the octets of unpadded base64url (RFC 7515, section 2); one text for any octets.

    Raises:
        TrustError: not such a text.
    """
    try:
        return decode(text)
    except MalformedPayload as error:
        raise TrustError("no base64url in its one form") from error


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
