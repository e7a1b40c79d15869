"""The public key of one JWK (RFC 7517, RFC 7518, RFC 8037), whatever its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from verifier.certificates import Certificate, load_certificate
from verifier.encoding.base64url import decode
from verifier.errors import MalformedPayload, TrustError
from verifier.foreign_signature import p256_key, rsa_key
from verifier.model import KeyKind
from verifier.signature import KEY_BYTES, is_valid_key

_T = TypeVar("_T")

_OKP = {"Ed25519": KeyKind.ED25519, "X25519": KeyKind.X25519}
_OWN_MEMBERS = frozenset({"x", "y", "n", "e"})
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})  # RFC 7518, section 6
# What may stand beside a certificate without the rest: RFC 7517 wants kty of every key.
_NAMES = {KeyKind.P256: {"kty": "EC", "crv": "P-256"}, KeyKind.RSA: {"kty": "RSA"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One key, and the certificate that came with it."""

    kind: KeyKind
    octets: bytes  # as `TrustedKey.key` holds them
    certificate: Certificate | None


def public_key(entry: Mapping[str, object]) -> PublicKey:
    """Return the key that `entry` gives by its own members, by `x5c`, or by both alike.

    Beside `x5c`, kty and crv may stand alone.

    Of `x5c` the first certificate counts; the rest of a chain is nobody's business here.

    Raises:
        TrustError: no key, one that is no valid point or out of bounds, two that differ, one that
            needs the extra `foreign`, which is not installed, or a private key.
        KeyError: a member is missing.
    """
    if not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise TrustError("a private key stands in a public list: replace the key")
    chain = typed(entry.get("x5c", []), list)
    if not chain:
        kind, octets = _own_key(entry)
        return PublicKey(kind=kind, octets=octets, certificate=None)
    certificate = load_certificate(typed(chain[0], str))
    _check_beside(entry, certificate)
    return PublicKey(kind=certificate.kind, octets=certificate.key, certificate=certificate)


def _check_beside(entry: Mapping[str, object], certificate: Certificate) -> None:
    """Raise unless what `entry` itself says of the key is true of its certificate's."""
    if _OWN_MEMBERS.isdisjoint(entry):
        names = _NAMES[certificate.kind]
        beside = [(name, entry[name]) for name in ("kty", "crv") if name in entry]
        same = all(each in names.items() for each in beside)
    else:
        same = _own_key(entry) == (certificate.kind, certificate.key)
    if not same:
        raise TrustError("the key is not that of its certificate")


def _own_key(entry: Mapping[str, object]) -> tuple[KeyKind, bytes]:
    match entry["kty"]:
        case "OKP":
            return _okp(entry)
        case "EC" if entry["crv"] == "P-256":
            return KeyKind.P256, p256_key(_octets(entry, "x"), _octets(entry, "y"))
        case "RSA":
            return KeyKind.RSA, rsa_key(_octets(entry, "n"), _octets(entry, "e"))
        case _:
            raise TrustError("kty and crv are of no kind that is read here")


def _okp(entry: Mapping[str, object]) -> tuple[KeyKind, bytes]:
    kind = _OKP.get(typed(entry["crv"], str))
    if kind is None:
        raise TrustError("crv must be Ed25519 or X25519")
    octets = _octets(entry, "x")
    if len(octets) != KEY_BYTES or (kind is KeyKind.ED25519 and not is_valid_key(octets)):
        raise TrustError("x is no valid public key")
    return kind, octets


def _octets(entry: Mapping[str, object], name: str) -> bytes:
    try:
        return decode(typed(entry[name], str))
    except MalformedPayload as error:
        raise TrustError(f"{name} is no base64url in its one form") from error


def typed(value: object, kind: type[_T]) -> _T:
    """Return `value`, which is of `kind`.

    Raises:
        TrustError: it is not.
    """
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TrustError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value
