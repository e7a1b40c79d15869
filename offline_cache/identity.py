"""Who this terminal is: its keys, its place with the centre, its sector."""

import json
from dataclasses import dataclass
from pathlib import Path

from offline_cache.errors import CacheCorrupt, NotEnrolled
from offline_cache.files import write_durably
from protocol.keys import OpeningKey, SigningKey
from protocol.pseudonym import SectorKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What enrolment gave; kept in one file that only the terminal's user can read."""

    terminal: str
    epoch: int
    signing: SigningKey
    opening: OpeningKey
    sector: SectorKey
    trust_root: bytes  # 32 octets: SHA-256 of the first root of what the centre publishes


def save_identity(path: Path, identity: Identity) -> None:
    """Write `identity` to `path`, readable by its owner alone."""
    members = {
        "terminal": identity.terminal,
        "epoch": identity.epoch,
        "signing": identity.signing.seed.hex(),
        "opening": identity.opening.secret.hex(),
        "sector_id": identity.sector.id,
        "sector_key": identity.sector.octets.hex(),
        "trust_root": identity.trust_root.hex(),
    }
    write_durably(path, json.dumps(members, indent=1).encode(), mode=0o600)


def load_identity(path: Path) -> Identity:
    """Return the identity kept at `path`.

    Raises:
        NotEnrolled: there is none.
        CacheCorrupt: the file is not one that `save_identity` wrote.
    """
    try:
        members = json.loads(path.read_bytes())
        return Identity(
            terminal=str(members["terminal"]),
            epoch=int(members["epoch"]),
            signing=SigningKey(secret_key(members["signing"])),
            opening=OpeningKey(secret_key(members["opening"])),
            sector=SectorKey(str(members["sector_id"]), secret_key(members["sector_key"])),
            trust_root=secret_key(members["trust_root"]),
        )
    except FileNotFoundError as error:
        wiped = path.with_name("wiped.json")
        why = f"erased itself by order of the centre ({wiped})" if wiped.exists() else ""
        raise NotEnrolled(
            f"{path}: this machine {why or 'is not enrolled'}; run `scan-terminal enrol CODE`"
            " with a code from `scan-central enrolment`"
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CacheCorrupt(
            f"{path}: the identity is damaged; move it away and enrol the terminal anew"
        ) from error


def secret_key(text: str) -> bytes:
    """Return the 32 octets of a key kept as hex.

    Raises:
        ValueError: no such key.
    """
    octets = bytes.fromhex(text)
    if len(octets) != 32:  # Ed25519 seed, X25519 secret, sector key, root: all of 32 octets
        raise ValueError("a key is not 32 octets")
    return octets
