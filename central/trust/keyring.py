"""Secret keys of the TUF roles: files of one key each, here or on sticks that come and go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from central.errors import SiteUnusable
from central.files import SECRET_MODE, write_atomically
from protocol.keys import SEED_BYTES, SigningKey, new_signing_key
from protocol.tuf_keys import tuf_key

SUFFIX = ".key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys at hand."""

    keys: Mapping[str, SigningKey]  # by TUF keyid

    def of_public(self, public: bytes) -> SigningKey | None:
        """Return the pair whose public half is `public`, if it is at hand."""
        return self.keys.get(tuf_key(public).keyid)


def read_keyring(folders: Iterable[Path]) -> Keyring:
    """Return the keys in `*.key` of each folder; what a key is for, metadata says.

    Raises:
        SiteUnusable: a folder is not there, or a file in it is no key.
    """
    return Keyring(keys=dict(_key(path) for folder in folders for path in _paths(folder)))


def _paths(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise SiteUnusable(f"there is no folder {folder}: mount the keys, or name another --keys")
    return sorted(folder.glob(f"*{SUFFIX}"))


def _key(path: Path) -> tuple[str, SigningKey]:
    key = SigningKey(read_secret(path))
    return tuf_key(key.public).keyid, key


def read_secret(path: Path) -> bytes:
    """Return the 32 octets that a key's file holds as hex.

    Raises:
        SiteUnusable: it can't be read, or is no key.
    """
    try:
        octets = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise SiteUnusable(f"{path} can't be read: restore it from a backup") from error
    if len(octets) != SEED_BYTES:
        raise SiteUnusable(f"{path} is not {SEED_BYTES} octets: restore it from a backup")
    return octets


def write_secret(path: Path, octets: bytes) -> None:
    """Write a key's file, for its owner alone."""
    write_atomically(path, f"{octets.hex()}\n".encode(), mode=SECRET_MODE)


def make_key(folder: Path, name: str) -> SigningKey:
    """Make the key `name` in `folder`, which is there.

    Raises:
        SiteUnusable: there is one of that name, which is never overwritten.
    """
    path, key = folder / f"{name}{SUFFIX}", new_signing_key()
    if path.exists():
        raise SiteUnusable(f"{path} exists already: take it away, or name another --into")
    write_secret(path, key.seed)
    return key
