"""Codes that are known at sight but can't be proven offline: told to the holder, never kept.

A recogniser looks at the text alone and only where no family claims it, so a city that reads one
of these kinds brings its family (docs/families.md) and is asked first. Each kind has its own
characters or beginning: no text is of two. What is read from public programs and pages is
called documented here, the rest a guess; a wrong guess costs no more than a plainer answer.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from verifier.reasons import Reason

# WeChat: 18 digits from 10 to 15; Alipay: 16 to 24 from 25 to 30; UnionPay: 19 from 62. All
# documented by the services themselves. An identity number of the northern provinces reads like
# the first; it is not kept either.
_PAYMENT = re.compile(rb"1[0-5][0-9]{16}|(?:2[5-9]|30)[0-9]{14,22}|62[0-9]{17}")

# Documented: 64 hexadecimal digits, a type (seen: one digit), and in a dynamic code a time.
# Guesses: two digits of type; either letter case; a time of any form up to YYYYMMDDhhmmss.
_E_HEALTH = re.compile(rb"[0-9A-Fa-f]{64}:[0-9]{1,2}(?::[0-9]{1,14})?")

# Documented in public gate programs: 332 octets and up to 32 of the operator's own; first the
# version (80 for any city, 81 for one), the length of all that follows in two octets, and the
# issuer's certificate, which begins with 24.
_TRANSIT_OCTETS_MIN, _TRANSIT_OCTETS_MAX = 332, 364
_TRANSIT_VERSIONS = (0x80, 0x81)
_TRANSIT_CERTIFICATE = 0x24
# A guess: codes that a scanner or an app hands over as text, since many lines carry no octets.
_TRANSIT_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){332,364}")
_TRANSIT_BASE64 = re.compile(rb"([A-Za-z0-9+/_-]{443,486})={0,2}")
_BASE64URL_TO_BASE64 = bytes.maketrans(b"-_", b"+/")
# Documented by its beginning; what follows is not, nor how much of it.
_METRO = b"SHSTMETRO"

# Documented: the address, four digits of length, base64url, two number signs. A guess: padding.
# What the length counts is not known, so it is not compared.
_SHANGHAI = re.compile(rb"https://s\.sh\.gov\.cn/[0-9]{4}[A-Za-z0-9_-]+={0,2}##")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A family of codes that belong elsewhere: the reason says where."""

    name: str
    reason: Reason
    claims: Callable[[bytes], bool]  # by its text alone; cheap, never raises


def _is_payment(payload: bytes) -> bool:
    return _PAYMENT.fullmatch(payload) is not None


def _is_e_health(payload: bytes) -> bool:
    return _E_HEALTH.fullmatch(payload) is not None


def _is_transit(payload: bytes) -> bool:
    return payload.startswith(_METRO) or _is_two_tier(_transit_octets(payload))


def _is_foreign_city(payload: bytes) -> bool:
    return _SHANGHAI.fullmatch(payload) is not None


def _transit_octets(payload: bytes) -> bytes:
    """Return the octets of a code that may have come as hexadecimal or base64 text."""
    if _TRANSIT_HEX.fullmatch(payload):
        return bytes.fromhex(payload.decode("ascii"))
    found = _TRANSIT_BASE64.fullmatch(payload)
    if found is None or len(found[1]) % 4 == 1:  # which no octets give
        return payload
    text = found[1].translate(_BASE64URL_TO_BASE64)
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def _is_two_tier(octets: bytes) -> bool:
    """Return whether `octets` begin and measure as a two-tier transit code does."""
    if not _TRANSIT_OCTETS_MIN <= len(octets) <= _TRANSIT_OCTETS_MAX:
        return False
    # Which octet of the length comes first is a guess, so either may.
    length = (len(octets) - 3).to_bytes(2, "big")
    return (
        octets[0] in _TRANSIT_VERSIONS
        and octets[1:3] in (length, length[::-1])
        and octets[3] == _TRANSIT_CERTIFICATE
    )


RECOGNISED: tuple[Recognised, ...] = (
    Recognised(name="payment", reason=Reason.PAYMENT_CODE, claims=_is_payment),
    Recognised(name="e-health", reason=Reason.E_HEALTH_CODE, claims=_is_e_health),
    Recognised(name="transit", reason=Reason.TRANSIT_CODE, claims=_is_transit),
    Recognised(name="foreign-city", reason=Reason.FOREIGN_CITY_CODE, claims=_is_foreign_city),
)
