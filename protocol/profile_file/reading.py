"""Profiles as the centre writes and the terminal reads them: one TOML file each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.profile_file.faults import Fault
from protocol.profile_file.fields import NEEDS, PROFILE
from protocol.profile_file.sense import advice, contradictions
from protocol.profile_file.tables import CAPABILITIES, STATIC_WINDOW_S_MAX, WHOLE_MAX
from verifier.errors import TrustError
from verifier.profile import Capability, EntryType, Profile

__all__ = [
    "PROFILE_OCTETS_MAX",
    "STATIC_WINDOW_S_MAX",
    "WHOLE_MAX",
    "Examined",
    "capability_names",
    "examine",
    "read_profile",
    "shape_faults",
]

# The longest profile shipped is below 4 kB.
PROFILE_OCTETS_MAX = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A profile's file, looked at in whole: all that is wrong with it, or the profile."""

    profile: Profile | None  # None: there are faults
    faults: tuple[Fault, ...]
    advice: tuple[Fault, ...] = ()  # no faults, but worth a thought


def read_profile(octets: bytes, *, name: str) -> Profile:
    """Return the profile in a TOML file; keys are the fields of `Profile` (docs/profiles.md).

    Args:
        octets: the file.
        name: the profile's name, that of its file.

    Raises:
        TrustError: no TOML, a key unknown or missing, a value out of place or one that contradicts
            another; says which comes first, and how many follow.
    """
    examined = examine(octets, name=name)
    if examined.profile is None:
        first, *others = examined.faults
        more = f" (and {len(others)} more: scan-terminal profile check)" if others else ""
        raise TrustError(f"profile {name}: {first}{more}")
    return examined.profile


def examine(octets: bytes, *, name: str) -> Examined:
    """Return all that is to be said of a profile's file: its faults, or what is unwise in it."""
    if len(octets) > PROFILE_OCTETS_MAX:
        en = f"is too large: above {PROFILE_OCTETS_MAX} octets"
        zh = f"文件过大：超过 {PROFILE_OCTETS_MAX} 字节"
        return Examined(profile=None, faults=(Fault(path="", en=en, zh=zh),))
    try:
        document = tomllib.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        told = Fault(path="", en=f"is no TOML: {error}", zh=f"不是 TOML：{error}")
        return Examined(profile=None, faults=(told,))
    return _examined(document, name)


def shape_faults(document: Mapping[str, object]) -> tuple[Fault, ...]:
    """Return what JSON Schema can tell as well: keys and values, but not their contradictions."""
    faults = list[Fault]()
    _read(document, faults)
    return tuple(faults)


def _read(document: Mapping[str, object], faults: list[Fault]) -> dict[str, object]:
    values = PROFILE.read_fields(document, "", faults)
    for path in dict.fromkeys(path for needed in NEEDS.values() for path in needed):
        users = [key for key, needed in NEEDS.items() if path in needed and key in document]
        if users and path not in document:
            en = f"is missing: needed by {', '.join(users)}"
            faults.append(Fault(path=path, en=en, zh=f"缺少此项：{'、'.join(users)} 需要它"))
    return values


def _examined(document: Mapping[str, object], name: str) -> Examined:
    """Return what is wrong; a contradiction is looked for among the keys that are in form."""
    faults = list[Fault]()
    values = _read(document, faults)
    faulty = {fault.path.partition(".")[0].partition("[")[0] for fault in faults}
    sound = {key: value for key, value in values.items() if key not in faulty}
    profile = Profile(**{"name": name, "entry_type": EntryType.PASSAGE, **sound})  # type: ignore[arg-type]  # by its table
    faults.extend(contradictions(profile, without=faulty))
    if faults:
        return Examined(profile=None, faults=tuple(faults))
    return Examined(profile=profile, faults=(), advice=tuple(advice(profile)))


def capability_names() -> Mapping[str, Capability]:
    """Return every capability by the name that files and commands use."""
    return CAPABILITIES
