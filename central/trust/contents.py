"""What the folder is to hold: every target, by the role that answers for it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from tuf.api.metadata import TargetFile

from central.content_packs import held_packs
from central.errors import SiteUnusable
from central.floor_resets import held_reset
from central.shards import make_shard
from central.site import Site
from central.status_lists import entries_for, packed
from central.store.store import Store
from central.trust.bulk import Change, change_between
from central.trust.planning import Contents
from central.trust.repository import Repository
from central.trust_list import list_template, trust_list
from protocol.profile_file.reading import read_profile
from protocol.trust_folder import KEYS_PATH, PROFILES, TufRole
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, list_name
from verifier.trust import load_keys

_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Is told what is going on, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Everything that the folder is to hold."""

    files: Mapping[TufRole, Mapping[str, bytes]]  # octets by path
    arrays: Mapping[str, str]  # SHA-256 of every status list's array, by the list's name
    changes: tuple[Change, ...]  # of status lists that are published already

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Return every file by path."""
        for held in self.files.values():
            yield from held.items()

    def targets(self) -> Contents:
        """Return what metadata says of them."""
        return {role: _described(held) for role, held in self.files.items()}


def wanted(
    site: Site, store: Store, before: Repository, *, now: UnixSeconds, progress: Progress
) -> Wanted:
    """Return what the folder is to hold.

    Args:
        site: the centre.
        store: its database.
        before: what is published.
        now: the moment.
        progress: is told of each status list.

    Raises:
        SiteUnusable: a profile or content pack in the directory is not in form.
        StoreUnavailable: the database can't be read.
    """
    lists: dict[str, bytes] = {}
    arrays: dict[str, str] = {}
    changes: list[Change] = []
    keys = load_keys(trust_list(site)).keys
    for name, octets in _arrays(site, store, progress):
        shard = make_shard(site, keys, name, octets, before.octets, now=now)
        lists |= shard.files
        arrays[name] = sha256(octets).hexdigest()
        if before.target(name) is not None and shard.before != octets:
            changes.append(change_between(name, shard.before or b"", octets))
    own = {
        TufRole.TARGETS: dict(held_reset(site)),
        TufRole.ISSUERS: {KEYS_PATH: trust_list(site)},
        TufRole.POLICY: _profiles(site.directory / "profiles") | held_packs(site),
        TufRole.STATUS: lists,
    }
    return Wanted(files=own, arrays=arrays, changes=tuple(changes))


def _described(held: Mapping[str, bytes]) -> dict[str, TargetFile]:
    return {path: TargetFile.from_data(path, octets, ["sha256"]) for path, octets in held.items()}


def _arrays(site: Site, store: Store, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Return name and array of every list, one at a time: a billion cards are 250 MB of arrays."""
    allotted = store.cards.allotted()
    shards = max(1, -(-allotted // SHARD_CARDS))
    for shard in range(shards):
        here = min(SHARD_CARDS, allotted - shard * SHARD_CARDS)
        name = list_name(list_template(site), shard * SHARD_CARDS)
        yield name, packed(store.cards.statuses(shard), entries_for(here))
        progress("status lists", shard + 1, shards)


def _profiles(own: Path) -> dict[str, bytes]:
    """Return the shipped profiles by path, each replaced by the operator's own of that name."""
    shipped = files("central").joinpath("profiles")
    found = {file.name: file.read_bytes() for file in shipped.iterdir()}
    found |= {file.name: file.read_bytes() for file in own.glob("*.toml")}
    profiles = {name.removesuffix(".toml"): octets for name, octets in found.items()}
    for name, octets in profiles.items():
        _check_profile(own, name, octets)
    return {f"{PROFILES}{name}.toml": octets for name, octets in profiles.items()}


def _check_profile(own: Path, name: str, octets: bytes) -> None:
    if _PROFILE_NAME.fullmatch(name) is None:
        raise SiteUnusable(f"{own / name}.toml: name it with letters, digits, hyphens alone")
    try:
        read_profile(octets, name=name)
    except TrustError as error:
        raise SiteUnusable(f"{own}: {error}") from error
