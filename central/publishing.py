"""Publishing: the folder of signed files from which terminals learn whom to trust."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from central.errors import SiteUnusable
from central.files import PUBLIC_MODE, held, make_folders, write_atomically
from central.floor_resets import held_reset, is_new_reset, order_reset
from central.shards import shard_files
from central.site import Site
from central.status_lists import entries_for, packed
from central.store.store import Store
from central.trust_list import list_template, trust_list
from protocol.profile_file import read_profile
from protocol.trust_index import INDEX_PATH, KEYS_PATH, IndexedFile, TrustIndex, index_octets
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, list_name
from verifier.status_delta import DELTA_SUFFIX
from verifier.trust import load_keys

_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was published."""

    version: int
    issued_at: UnixSeconds
    changed: tuple[str, ...]  # files written, but for the index


def publish(site: Site, now: UnixSeconds, *, reset_floor: UnixSeconds | None = None) -> Publication:
    """Write what has changed to the folder, and last the index that makes it known.

    A reader that fetches meanwhile finds a file that is not the old index's, and asks again.

    Args:
        site: the centre.
        now: the moment; the index's date, unless one before was dated later.
        reset_floor: lowers every terminal's clock floor to this moment, once, and lets the index
            be dated earlier than the one before.

    Raises:
        BadRequest: `reset_floor` is not in the past.
        SiteUnusable: a profile in the directory is not in form.
        StoreUnavailable: the database can't be read.
    """
    with held(site.directory / "publish.lock"):
        store = site.open_store()
        try:
            if reset_floor is not None:
                order_reset(site, reset_floor, now=now)
            wanted = dict(_wanted(site, store, now))
            is_reset = is_new_reset(site, wanted)
            changed = tuple(path for path in wanted if _write(site, path, wanted[path]))
            version, issued_at = store.publications.next(now, is_reset=is_reset)
        finally:
            store.close()
        index = TrustIndex(version=version, issued_at=issued_at, files=_indexed(wanted))
        _write(site, INDEX_PATH, index_octets(index, site.keys.root))
        _forget_deltas(site, wanted)
    return Publication(version=version, issued_at=issued_at, changed=changed)


def _wanted(site: Site, store: Store, now: UnixSeconds) -> Iterator[tuple[str, bytes]]:
    """Return every file of the folder but the index, by path."""
    yield KEYS_PATH, trust_list(site)
    keys = load_keys(trust_list(site)).keys
    yield from held_reset(site)
    for name, octets in _profiles(site.directory / "profiles").items():
        yield f"policy/profiles/{name}.toml", octets
    allotted = store.cards.allotted()
    for shard in range(max(1, -(-allotted // SHARD_CARDS))):
        here = min(SHARD_CARDS, allotted - shard * SHARD_CARDS)
        octets = packed(store.cards.statuses(shard), entries_for(here))
        name = list_name(list_template(site), shard * SHARD_CARDS)
        yield from shard_files(site, keys, name, octets, now=now).items()


def _profiles(own: Path) -> dict[str, bytes]:
    """Return the shipped profiles by name, each replaced by the operator's own of that name."""
    shipped = files("central").joinpath("profiles")
    found = {file.name: file.read_bytes() for file in shipped.iterdir()}
    found |= {file.name: file.read_bytes() for file in own.glob("*.toml")}
    profiles = {name.removesuffix(".toml"): octets for name, octets in found.items()}
    for name, octets in profiles.items():
        _check_profile(own, name, octets)
    return profiles


def _check_profile(own: Path, name: str, octets: bytes) -> None:
    if _PROFILE_NAME.fullmatch(name) is None:
        raise SiteUnusable(f"{own / name}.toml: name it with letters, digits, hyphens alone")
    try:
        read_profile(octets, name=name)
    except TrustError as error:
        raise SiteUnusable(f"{own}: {error}") from error


def _write(site: Site, path: str, octets: bytes) -> bool:
    """Write a file of the folder unless it is so already; return whether it was written."""
    target = site.folder / path
    if target.is_file() and target.read_bytes() == octets:
        return False
    make_folders(target.parent, below=site.folder)
    write_atomically(target, octets, mode=PUBLIC_MODE)
    return True


def _forget_deltas(site: Site, wanted: Container[str]) -> None:
    """Remove the deltas of bases of before; who reads the folder by its names would trip on them."""
    for path in site.folder.glob(f"status/**/*{DELTA_SUFFIX}"):
        if path.relative_to(site.folder).as_posix() not in wanted:
            path.unlink()


def _indexed(wanted: dict[str, bytes]) -> dict[str, IndexedFile]:
    return {
        path: IndexedFile(sha256=sha256(octets).hexdigest(), size=len(octets))
        for path, octets in wanted.items()
    }
