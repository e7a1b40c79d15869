"""What codes call a key by: each family has its own rule, and a trust list must keep it."""

import hashlib
import json
from collections.abc import Mapping

from verifier.encoding import base16
from verifier.encoding.base64url import encode
from verifier.errors import MalformedPayload, TrustError
from verifier.jwk import PublicKey, typed
from verifier.model import KID_BYTES, Role

# Families whose key ids are text; those of all others are octets, in hex.
_TEXT = frozenset({"shc"})
# Families whose key ids are digests of the certificate (EU DCC specifications, volume 1; VDS-NC
# carries the certificate itself, which is only a pointer).
_CERTIFIED = frozenset({"eu-dcc", "vds-nc"})
# Families whose codes name no key, and those whose codes always name one.
_NAMELESS = frozenset({"pretix"})
_NAMING = frozenset({"cc1"}) | _TEXT | _CERTIFIED

# COSE sets no length; what anybody uses is a digest of at most 512 bits.
KID_BYTES_MAX = 64


def short_digest(octets: bytes) -> bytes:
    """Return the first 8 octets of SHA-256(octets)."""
    return hashlib.sha256(octets).digest()[:KID_BYTES]


def key_id(
    entry: Mapping[str, object], role: Role, formats: tuple[str, ...], key: PublicKey
) -> bytes:
    """Return the id by which codes name the key of `entry`; empty: they name none.

    Raises:
        TrustError: not the id that the key or its certificate must have, or none for one family
            and another for a second.
        KeyError: it is missing where codes name it.
    """
    if role is Role.STATUS and formats and "cc1" not in formats:
        return _written_id(typed(entry["kid"], str))
    families = frozenset(formats) if role is Role.CARD else frozenset()
    if "kid" not in entry and families and families.isdisjoint(_NAMING):
        return b""
    kid = typed(entry["kid"], str)
    if not families.isdisjoint(_NAMELESS):
        raise TrustError("codes of pretix name no key: list it in an entry without kid")
    if families and families <= _TEXT:
        return _text_id(kid, key)
    if not families.isdisjoint(_TEXT):
        raise TrustError("kid is text for one of its formats and hex for another")
    return _hex_id(_octets(kid), families, key)


def _written_id(kid: str) -> bytes:
    """Return the id of a foreign issuer's status key: hex for octets, else the text itself.

    Its tokens call it as that issuer likes, in a CWT by octets and in a JWT by text.
    """
    try:
        octets = base16.decode(kid)
    except MalformedPayload:
        octets = kid.encode()
    if not 1 <= len(octets) <= KID_BYTES_MAX:
        raise TrustError(f"kid must be 1 to {KID_BYTES_MAX} octets")
    return octets


def _octets(kid: str) -> bytes:
    try:
        return base16.decode(kid)
    except MalformedPayload as error:
        raise TrustError("kid is no hex") from error


def _text_id(kid: str, key: PublicKey) -> bytes:
    """Return the id of a SMART Health Cards key: its thumbprint (RFC 7638)."""
    x, y = key.octets[-64:-32], key.octets[-32:]  # the point ends the SubjectPublicKeyInfo
    members = {"crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y)}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    if kid != encode(digest):
        raise TrustError("kid is not the key's thumbprint (RFC 7638)")
    return kid.encode()


def _hex_id(kid: bytes, families: frozenset[str], key: PublicKey) -> bytes:
    if not families or "cc1" in families:
        if kid != short_digest(key.octets):
            raise TrustError("kid is not the first 8 octets of SHA-256(key)")
    elif not families.isdisjoint(_CERTIFIED):
        _check_certified(kid, families, key)
    elif not 1 <= len(kid) <= KID_BYTES_MAX:
        raise TrustError(f"kid must be 1 to {KID_BYTES_MAX} octets")
    return kid


def _check_certified(kid: bytes, families: frozenset[str], key: PublicKey) -> None:
    """Raise unless `kid` is that of the certificate; national lists may give key and id alone."""
    if key.certificate is not None:
        if kid != key.certificate.digest[:KID_BYTES]:
            raise TrustError("kid is not the first 8 octets of SHA-256(certificate)")
    elif "vds-nc" in families:
        raise TrustError("an entry for vds-nc needs its certificate, x5c")
    elif len(kid) != KID_BYTES:
        raise TrustError(f"kid must be {KID_BYTES} octets")
