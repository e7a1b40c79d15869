"""Profiles as the centre writes and the terminal reads them: one TOML file each."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar

from verifier.errors import TrustError
from verifier.model import FreshnessLimits, Verdict
from verifier.profile import Binding, Capability, CardsInView, EntryType, Profile

_T = TypeVar("_T")

# The longest profile shipped is below 1 kB.
PROFILE_OCTETS_MAX = 65_536

# The longest window in which a printed card is refused again, 31 days: a month's ration. The memory
# of what was shown (offline_cache/replay.py) is kept for as long.
STATIC_WINDOW_S_MAX = 2_678_400
# Every other number: a day in milliseconds; past it, a typing error.
WHOLE_MAX = 86_400_000

_CAPABILITIES = {str(member.name).lower().replace("_", "-"): member for member in Capability}

_CHOICES: Mapping[str, type[Enum]] = {
    "entry_type": EntryType,
    "audience": Binding,
    "cards_in_view": CardsInView,
    "challenge": Binding,
    "static": Verdict,
    "status_unknown": Verdict,
    "status_expired": Verdict,
    "keys_expired": Verdict,
    "clock_untrusted": Verdict,
}


def read_profile(octets: bytes, *, name: str) -> Profile:
    """Return the profile in a TOML file; keys are the fields of `Profile`, limits are tables.

    Args:
        octets: the file.
        name: the profile's name, that of its file.

    Raises:
        TrustError: no TOML, a key unknown or missing, a value out of place; says which.
    """
    if len(octets) > PROFILE_OCTETS_MAX:
        raise TrustError(f"profile {name}: too large")
    try:
        document = tomllib.loads(octets.decode("utf-8"))
        values = {key: _value(key, value) for key, value in document.items()}
        return Profile(name=name, **values)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TrustError(f"profile {name}: {error}") from error


def _value(key: str, value: object) -> Any:
    """Return `value` as the field `key` wants it."""
    if key == "name" or key not in {field.name for field in fields(Profile)}:
        raise ValueError(f"no setting is called {key!r}")
    match key, value:
        case _, str() if key in _CHOICES:
            return _CHOICES[key](value)
        case "formats", list():
            return tuple(_checked(item, str, key) for item in value)
        case "capability", str() if value in _CAPABILITIES:
            return _CAPABILITIES[value]
        case (
            ("status_limits" | "keys_limits"),
            {"soft_s": soft, "hard_s": hard, **rest},
        ) if not rest:
            return _limits(_whole("soft_s", soft), _whole("hard_s", hard))
        case _:
            return _whole(key, value)


def _limits(soft_s: int, hard_s: int) -> FreshnessLimits:
    if soft_s > hard_s:
        raise ValueError(f"soft_s {soft_s} is above hard_s {hard_s}")
    return FreshnessLimits(soft_s=soft_s, hard_s=hard_s)


def _whole(key: str, value: object) -> int:
    if not key.endswith(("_s", "_ms")):
        raise ValueError(f"{key} can't be {value!r}")
    number = _checked(value, int, key)
    most = STATIC_WINDOW_S_MAX if key == "static_window_s" else WHOLE_MAX
    if not 0 <= number <= most:
        raise ValueError(f"{key} must be 0 to {most}")
    return number


def _checked(value: object, kind: type[_T], key: str) -> _T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} must be {kind.__name__}")  # noqa: TRY004  # one refusal for a file's faults
    return value


def capability_names() -> Mapping[str, Capability]:
    """Return every capability by the name that files and commands use."""
    return _CAPABILITIES
