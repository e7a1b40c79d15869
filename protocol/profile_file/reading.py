"""Profiles as the centre writes and the terminal reads them: one TOML file each."""

import codecs
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
# A dotted key costs tomllib the square of its length: 60 kB of dots took 19 s. No key has any.
_DOTS_MAX = 400


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
    told = _unreadable(octets)
    if told is None:
        try:
            return _examined(tomllib.loads(octets.decode("utf-8")), name)
        except (ValueError, RecursionError) as error:
            told = Fault(path="", en=f"is no TOML: {error}", zh=f"不是 TOML：{error}")
    return Examined(profile=None, faults=(told,))


def _unreadable(octets: bytes) -> Fault | None:
    """Return why the octets are not even looked at as TOML; None: they are."""
    if len(octets) > PROFILE_OCTETS_MAX:
        en = f"is too large: above {PROFILE_OCTETS_MAX} octets"
        return Fault(path="", en=en, zh=f"文件过大：超过 {PROFILE_OCTETS_MAX} 字节")
    if octets.startswith(codecs.BOM_UTF8):
        en = "begins with a byte order mark: save it as UTF-8 without one (BOM)"
        return Fault(path="", en=en, zh="以 BOM 开头：请另存为不带 BOM 的 UTF-8")
    for number, line in enumerate(octets.split(b"\n"), start=1):
        if line.count(b".") > _DOTS_MAX:
            en = f"has more than {_DOTS_MAX} dots on line {number}"
            return Fault(path="", en=en, zh=f"第 {number} 行的点超过 {_DOTS_MAX} 个")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            en = f"is not UTF-8 on line {number}: save it as UTF-8"
            return Fault(path="", en=en, zh=f"第 {number} 行不是 UTF-8：请另存为 UTF-8")
    return None


def shape_faults(document: Mapping[str, object]) -> tuple[Fault, ...]:
    """Return what JSON Schema can tell as well: keys and values, but not their contradictions."""
    faults = list[Fault]()
    _read(document, faults)
    return tuple(faults)


def _read(document: Mapping[str, object], faults: list[Fault]) -> dict[str, object]:
    values = PROFILE.read_fields(document, "", faults)
    faults[:] = [_misplaced(fault, document) for fault in faults]
    for path in dict.fromkeys(path for needed in NEEDS.values() for path in needed):
        users = [key for key, needed in NEEDS.items() if path in needed and key in document]
        if users and path not in document:
            en = f"is missing: needed by {', '.join(users)}"
            faults.append(Fault(path=path, en=en, zh=f"缺少此项：{'、'.join(users)} 需要它"))
    return values


def _misplaced(fault: Fault, document: Mapping[str, object]) -> Fault:
    """Return better words where a key stands below a [table], and belongs above it."""
    table, _, key = fault.path.partition(".")
    if key not in PROFILE.fields or not isinstance(document.get(table), Mapping):
        return fault
    en = f"stands below [{table}], which it is no part of: write it above the first [table]"
    zh = f"写在了 [{table}] 之下，但不属于它：请移到第一个 [表] 之前"
    return Fault(path=fault.path, en=en, zh=zh)


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
