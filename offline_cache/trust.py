"""Everything that was published, as lanes use it: keys, status lists, profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offline_cache.status_arrays import StatusArrays
from offline_cache.status_lists import read_lists
from protocol.floor_reset import RESET_PATH, FloorReset, read_reset
from protocol.profile_file.reading import read_profile
from protocol.trust_folder import KEYS_PATH, PROFILES
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.profile import Profile
from verifier.trust import load_keys
from verifier.verify import TrustedSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Everything the centre published that this terminal holds."""

    version: int  # of the timestamp
    trusted: TrustedSet
    profiles: Mapping[str, Profile]
    problems: tuple[str, ...]  # entries left out, and why
    judged_at: UnixSeconds  # the instant at which status signers were in their window
    floor_reset: FloorReset | None = None  # the last order to lower the clock's floor
    arrays: frozenset[str] = frozenset()  # files that its status lists are mapped from
    expired: tuple[str, ...] = ()  # roles whose metadata was past its expiry then
    source: str = ""  # where it came from, for a person
    # What was published, by path, each read when it is asked for; content packs are read by others.
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What metadata says of a set of files."""

    version: int
    issued_at: UnixSeconds
    expired: tuple[str, ...]
    source: str


def assemble(
    published: Published,
    files: Mapping[str, bytes],
    *,
    now: UnixSeconds,
    arrays: StatusArrays | None = None,
) -> Trust:
    """Return the trust that a set of files makes.

    Args:
        published: what is proven of them.
        files: octets by path.
        now: the instant at which status signers must be in their window.
        arrays: where inflated status lists are kept; None: in memory.

    Raises:
        TrustError: the key list can't be read. A bad key entry, status list or profile is told
            among the problems and loses only itself.
    """
    if KEYS_PATH not in files:
        raise TrustError(f"nothing that was published is {KEYS_PATH}")
    keys = load_keys(files[KEYS_PATH])
    held = read_lists(files, keys.keys, arrays, now=now)
    problems = [*keys.problems, *held.problems]
    profiles = _profiles(files, problems)
    return Trust(
        version=published.version,
        trusted=TrustedSet(keys=keys.keys, issued_at=published.issued_at, lists=held.lists),
        profiles=profiles,
        floor_reset=_floor_reset(files, problems),
        problems=tuple(problems),
        judged_at=now,
        arrays=held.arrays,
        expired=published.expired,
        source=published.source,
        files=files,
    )


def _profiles(files: Mapping[str, bytes], problems: list[str]) -> Mapping[str, Profile]:
    profiles = dict[str, Profile]()
    for path in files:
        if path.startswith(PROFILES):
            name = Path(path).stem
            try:
                profiles[name] = read_profile(files[path], name=name)
            except TrustError as error:  # of a later version, perhaps: its lanes alone must wait
                problems.append(str(error))
    return profiles


def _floor_reset(files: Mapping[str, bytes], problems: list[str]) -> FloorReset | None:
    if RESET_PATH not in files:
        return None
    try:
        return read_reset(files[RESET_PATH])
    except TrustError as error:
        problems.append(str(error))
        return None
