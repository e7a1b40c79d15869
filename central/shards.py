"""The files of one shard: the base of the day, and what has changed in it since."""

from dataclasses import dataclass
from pathlib import Path

from central.site import Site
from central.status_lists import BITS, status_delta_token, status_list_token
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.status_delta import apply_delta, delta_path, prove_delta
from verifier.status_token import PackedList, prove_list

# An unchanged list is signed anew after a day, a third of the age at which readers that see no
# index stop believing it (72 h); more often would only cost terminals a download.
LIST_AGE_S_MAX = 86_400

# A delta is cumulative: past half a base it would soon cost a terminal more than a new base does.
DELTA_SHARE_MAX = 1 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """A list that terminals hold."""

    token: bytes
    told: PackedList
    octets: bytes


def shard_files(
    site: Site, keys: KeyTable, name: str, octets: bytes, *, now: UnixSeconds
) -> dict[str, bytes]:
    """Return the list `name` and, where cards changed since it was signed, its delta, by path.

    What stands in the published folder is kept as long as it holds: only what is new costs
    terminals a download.

    Args:
        site: the centre.
        keys: its own trust list.
        name: of the list, which is its path.
        octets: the array as it is now.
        now: the moment it speaks of.
    """
    base, key = _kept_base(site, keys, name, octets, now), site.keys.status
    if base is not None and base.octets == octets:
        return {name: base.token}
    if base is not None and now > base.told.issued_at:
        delta = _kept_delta(site, keys, base, octets, now) or status_delta_token(
            base.told, base.octets, octets, issued_at=now, key=key
        )
        if len(delta) <= len(base.token) * DELTA_SHARE_MAX:
            return {name: base.token, delta_path(name): delta}
    return {name: status_list_token(octets, name=name, issued_at=now, key=key)}


def _kept_base(
    site: Site, keys: KeyTable, name: str, octets: bytes, now: UnixSeconds
) -> _Base | None:
    """Return the list in the folder, if it is of this day and as long."""
    token = _held(site.folder / name)
    try:
        told = prove_list(token, keys, now=now)
        held = told.inflated()
    except TrustError:  # none yet, damaged, or signed by a key of before: a new one replaces it
        return None
    in_time = told.issued_at <= now < told.issued_at + LIST_AGE_S_MAX
    if not in_time or (told.name, told.bits, len(held)) != (name, BITS, len(octets)):
        return None
    return _Base(token=token, told=told, octets=held)


def _kept_delta(
    site: Site, keys: KeyTable, base: _Base, octets: bytes, now: UnixSeconds
) -> bytes | None:
    """Return the delta in the folder, if it says the same and was not made by a clock ahead."""
    token = _held(site.folder / delta_path(base.told.name))
    try:
        delta = prove_delta(token, keys, now=now)
        result = apply_delta(delta, base.told, base.octets)
    except TrustError:  # none yet, damaged, or of a base of before
        return None
    return token if result == octets and delta.issued_at <= now else None


def _held(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
