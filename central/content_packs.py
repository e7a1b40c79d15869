"""The content packs of this centre, in `content/` of its directory: one file each, all published."""

import re
from pathlib import Path

from central.errors import BadRequest, SiteUnusable
from central.files import write_atomically
from central.site import Site
from protocol.content.limits import PACK_OCTETS_MAX
from protocol.content.reading import ExaminedPack, examine_pack, read_pack
from protocol.trust_folder import content_path
from verifier.errors import TrustError

# A city has some kinds of halls; each terminal fetches its own alone, and reads the list of all.
PACKS_MAX = 64

# Anybody may read what is published.
_MODE = 0o644

# As settings of lanes name them.
_NAME = re.compile("[a-z0-9][a-z0-9-]{0,15}")


def held_packs(site: Site) -> dict[str, bytes]:
    """Return every pack's octets by its path in the folder.

    Raises:
        SiteUnusable: one is not in form, or there are too many.
    """
    found = dict[str, bytes]()
    for path in _paths(site):
        octets = path.read_bytes()
        try:
            read_pack(octets, name=path.stem)
        except TrustError as error:
            raise SiteUnusable(f"{path}: {error}") from error
        found[content_path(path.stem)] = octets
    if len(found) > PACKS_MAX:
        raise SiteUnusable(f"{site.content}: more than {PACKS_MAX} packs; withdraw some")
    return found


def pack_names(site: Site) -> tuple[str, ...]:
    """Return what the packs are called."""
    return tuple(path.stem for path in _paths(site))


def keep_pack(site: Site, name: str, octets: bytes) -> ExaminedPack:
    """Keep a pack, in place of one of that name; return what is to be said of it.

    One with faults is not kept.

    Raises:
        BadRequest: the name is none, or the pack is older than the one that is kept.
    """
    if _NAME.fullmatch(name) is None:
        raise BadRequest(f"{name!r} is no name of a pack: 1 to 16 of a-z 0-9 -, as in --name hall")
    examined = examine_pack(octets)
    if examined.pack is None:
        return examined
    path = site.content / f"{name}.json"
    before = examine_pack(path.read_bytes()).pack if path.is_file() else None
    if before is not None and examined.pack.version < before.version:
        raise BadRequest(
            f"version {examined.pack.version} is older than {before.version}, which is published:"
            " raise `version` in the file"
        )
    site.content.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, octets, mode=_MODE)
    return examined


def withdraw_pack(site: Site, name: str) -> bool:
    """Remove a pack; return whether there was one."""
    path = site.content / f"{name}.json"
    if _NAME.fullmatch(name) is None or not path.is_file():
        return False
    path.unlink()
    return True


def _paths(site: Site) -> list[Path]:
    return sorted(path for path in site.content.glob("*.json") if _NAME.fullmatch(path.stem))


def pack_octets(path: Path) -> bytes:
    """Return a pack's file, one octet more than a pack may have at most.

    Raises:
        BadRequest: it can't be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(PACK_OCTETS_MAX + 1)
    except OSError as error:
        raise BadRequest(f"{path}: {error.strerror}") from error
