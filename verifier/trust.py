"""The trust list: a JWK Set (RFC 7517) whose keys also say what they are for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from verifier.certificates import Certificate
from verifier.encoding.base64url import decode
from verifier.errors import MalformedPayload, TrustError
from verifier.jwk import PublicKey, public_key, typed
from verifier.key_ids import key_id, short_digest
from verifier.model import Algorithm, KeyKind, KeyTable, Role, TrustedKey, UnixSeconds

# A city has some ten keys; a country's list of a thousand at 400 octets each, or of three hundred
# certificates, stays below.
KEYS_OCTETS_MAX = 1_048_576

# An issuer that rolls its keys has two or three of one name, and codes of a family that names none
# share the empty one; a code is tried against each of them, so a junk code costs that many
# signatures at most.
KEYS_PER_KID_MAX = 16

CAPABILITIES_MAX = 127  # docs/cc1.md

# Where the times of docs/cc1.md end, too: a reader in any language can hold one.
TIME_MAX = (1 << 32) - 1

# What is told of an entry may quote it, and it may be of any length; logs and screens need a line.
_SAID_CHARACTERS_MAX = 200

_SIGNING = frozenset({KeyKind.ED25519, KeyKind.P256, KeyKind.RSA})
_KINDS_OF_ROLE = {
    Role.CARD: _SIGNING,
    Role.STATUS: _SIGNING,
    Role.COMMAND: frozenset({KeyKind.ED25519}),
    Role.SEAL: frozenset({KeyKind.X25519}),
}
# Those of the families whose specification leaves no other.
_KINDS_OF_FAMILY = {
    "cc1": frozenset({KeyKind.ED25519}),
    "eu-dcc": frozenset({KeyKind.P256, KeyKind.RSA}),
    "pretix": frozenset({KeyKind.ED25519}),
    "shc": frozenset({KeyKind.P256}),
    "vds-nc": frozenset({KeyKind.P256}),
}
_ALGORITHMS = {
    KeyKind.ED25519: {"Ed25519": (Algorithm.ED25519,), "EdDSA": (Algorithm.EDDSA,)},
    KeyKind.P256: {"ES256": (Algorithm.ES256,)},
    KeyKind.RSA: {"PS256": (Algorithm.PS256,)},
    KeyKind.X25519: {},
}

_BRACES = frozenset("{}")

# Families whose codes name no algorithm.
_UNNAMED_ALGORITHM = frozenset({"pretix"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """The keys of one trust list, and what was wrong with the entries left out."""

    keys: KeyTable  # every key that shares (role, kid), in the list's order
    problems: tuple[str, ...]


def kid_of(key: bytes) -> bytes:
    """Return the 8-octet key id of a public key: the first of its SHA-256."""
    return short_digest(key)


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
        if len(keys.get((key.role, key.kid), ())) == KEYS_PER_KID_MAX:
            problems.append(f"key {place}: {KEYS_PER_KID_MAX} keys above share its role and kid")
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
    formats = tuple(typed(name, str) for name in typed(entry.get("formats", []), list))
    key = public_key(entry)
    _check_kind(key, role, formats)
    not_before, expires_at = _window(entry, key.certificate)
    return TrustedKey(
        kid=key_id(entry, role, formats, key),
        role=role,
        issuer=_name(entry["issuer"]),
        kind=key.kind,
        key=key.octets,
        algorithms=_algorithms(entry.get("alg"), key.kind, formats),
        formats=formats,
        not_before=not_before,
        expires_at=expires_at,
        capabilities=_mask(entry.get("capabilities", 0)),
        status_lists=_template(entry.get("status_lists")),
        statements=() if key.certificate is None else key.certificate.statements,
    )


def _check_kind(key: PublicKey, role: Role, formats: tuple[str, ...]) -> None:
    """Raise unless keys of this kind do what `role` says for every family that is named."""
    if key.kind not in _KINDS_OF_ROLE[role]:
        raise TrustError(f"a key of role {role.value} can't be {key.kind.value}")
    for name in formats if role is Role.CARD else ():
        if key.kind not in _KINDS_OF_FAMILY.get(name, _SIGNING):
            raise TrustError(f"a key of {name} can't be {key.kind.value}")


def _algorithms(name: object, kind: KeyKind, formats: tuple[str, ...]) -> tuple[int, ...]:
    """Return what a key of `kind` verifies: all it can, or the one that `alg` names.

    Codes that name no algorithm can't be held against one: Ed25519 has two names, and the parser
    had to choose.
    """
    pins = _ALGORITHMS[kind]
    if name is not None and typed(name, str) not in pins:
        raise TrustError(f"alg {name!r} is not one of {kind.value}")
    if name is None or not _UNNAMED_ALGORITHM.isdisjoint(formats):
        return tuple(number for pin in pins.values() for number in pin)
    return pins[str(name)]


def _window(
    entry: Mapping[str, object], certificate: Certificate | None
) -> tuple[UnixSeconds, UnixSeconds]:
    """Return when the key may be used: by its own members and by its certificate."""
    if certificate is None:
        return _time(entry["nbf"]), _time(entry["exp"])
    not_before, expires_at = certificate.not_before, certificate.expires_at
    return (
        max(_time(entry["nbf"]), not_before) if "nbf" in entry else not_before,
        min(_time(entry["exp"]), expires_at) if "exp" in entry else expires_at,
    )


def _time(value: object) -> UnixSeconds:
    time = typed(value, int)
    if not 0 <= time <= TIME_MAX:
        raise TrustError(f"nbf and exp must be 0 to {TIME_MAX}")
    return UnixSeconds(time)


def _name(value: object) -> str:
    name = typed(value, str)
    if not name or not name.isprintable():  # lone surrogates too: they have no UTF-8
        raise TrustError("an issuer's name must be printable text")
    return name


def _mask(value: object) -> int:
    mask = typed(value, int)
    if not 0 <= mask <= CAPABILITIES_MAX:  # a negative mask would have every bit
        raise TrustError(f"capabilities must be 0 to {CAPABILITIES_MAX}")
    return mask


def _template(value: object) -> str | None:
    if value is None:
        return None
    template = typed(value, str)
    before, shard, behind = template.partition("{shard}")
    if not shard or not _BRACES.isdisjoint(before + behind):
        raise TrustError("status_lists must name {shard} once and nothing else in braces")
    return template


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
    said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return said[:_SAID_CHARACTERS_MAX]
