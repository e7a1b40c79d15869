"""The files of one shard: the base of the day, and what has changed in it since."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from central.site import Site
from central.status_lists import BITS, status_delta_token, status_list_token
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.status_delta import apply_delta, delta_path, prove_delta
from verifier.status_token import PackedList, prove_list

# An unchanged list is signed anew after a day, a third of the age at which readers that see no
# timestamp stop believing it (72 h); more often would only cost terminals a download.
LIST_AGE_S_MAX = 86_400

# A delta is cumulative: past half a base it would soon cost a terminal more than a new base does.
DELTA_SHARE_MAX = 1 / 2

# The octets of a published file; empty where there is none that is whole.
Held = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """A list that terminals hold."""

    token: bytes
    told: PackedList
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One shard as it is to be published."""

    files: Mapping[str, bytes]
    before: bytes | None  # the array that terminals hold; None where there is none they can read


def make_shard(
    site: Site, keys: KeyTable, name: str, octets: bytes, held: Held, *, now: UnixSeconds
) -> Shard:
    """Return the list `name` and, where cards changed since it was signed, its delta, by path.

    What is published is kept as long as it holds: only what is new costs terminals a download.

    Args:
        site: the centre.
        keys: its own trust list.
        name: of the list, which is its path.
        octets: the array as it is now.
        held: what is published.
        now: the moment it speaks of.
    """
    base = _base(keys, name, held(name), now)
    if base is None:
        return Shard(files=_new_list(site, name, octets, now), before=None)
    kept = _kept_delta(keys, base, held, now)
    before = base.octets if kept is None else kept[1]
    if not _lasts(base, len(octets), now):
        return Shard(files=_new_list(site, name, octets, now), before=before)
    if base.octets == octets:
        return Shard(files={name: base.token}, before=before)
    if now > base.told.issued_at:
        delta = (
            kept[0] if kept is not None and before == octets else _delta(site, base, octets, now)
        )
        if len(delta) <= len(base.token) * DELTA_SHARE_MAX:
            return Shard(files={name: base.token, delta_path(name): delta}, before=before)
    return Shard(files=_new_list(site, name, octets, now), before=before)


def _new_list(site: Site, name: str, octets: bytes, now: UnixSeconds) -> dict[str, bytes]:
    return {name: status_list_token(octets, name=name, issued_at=now, key=site.keys.status)}


def _delta(site: Site, base: _Base, octets: bytes, now: UnixSeconds) -> bytes:
    key = site.keys.status
    return status_delta_token(base.told, base.octets, octets, issued_at=now, key=key)


def _base(keys: KeyTable, name: str, token: bytes, now: UnixSeconds) -> _Base | None:
    """Return the published list, whatever its age."""
    try:
        told = prove_list(token, keys, now=now)
        base = _Base(token=token, told=told, octets=told.inflated())
    except TrustError:  # none yet, damaged, or signed by a key of before: a new one replaces it
        return None
    return base if (told.name, told.bits) == (name, BITS) else None


def _lasts(base: _Base, size: int, now: UnixSeconds) -> bool:
    """Return whether the list is of this day and as long as it must be."""
    in_time = base.told.issued_at <= now < base.told.issued_at + LIST_AGE_S_MAX
    return in_time and len(base.octets) == size


def _kept_delta(
    keys: KeyTable, base: _Base, held: Held, now: UnixSeconds
) -> tuple[bytes, bytes] | None:
    """Return the published delta and the array it makes, if no clock ahead has made it."""
    token = held(delta_path(base.told.name))
    try:
        delta = prove_delta(token, keys, now=now)
        result = apply_delta(delta, base.told, base.octets)
    except TrustError:  # none, damaged, or of a base of before
        return None
    return (token, result) if delta.issued_at <= now else None
