"""The centre's directory: its keys, its settings, its database and the folder it publishes."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from central.errors import BadRequest, SiteUnusable
from central.files import SECRET_MODE, write_atomically
from central.store.opening import create_store, open_store
from central.store.store import Store
from central.trust.counters import counters_path, write_counters
from central.wording import command
from protocol.keys import (
    SEED_BYTES,
    OpeningKey,
    SigningKey,
    new_opening_key,
    new_signing_key,
    random_octets,
)
from protocol.pseudonym import SECTOR_KEY_BYTES, SectorKey
from protocol.trust_folder import METADATA, TUF, TufRole, metadata_name
from verifier.model import UnixSeconds

# It is a part of file names; a host name has at most 64 here.
_ISSUER = re.compile(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?")

_SETTINGS = "centre.toml"
_SECTOR = "sector-1"
_PRIVATE_MODE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKeys:
    """Every secret of the centre but those of the trust folder's roles; one role a key."""

    card: SigningKey
    status: SigningKey
    command: SigningKey
    seal: OpeningKey
    sector: SectorKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One centre."""

    directory: Path
    issuer: str
    created_at: UnixSeconds
    keys: SiteKeys
    database: str | None = field(
        default=None, repr=False
    )  # PostgreSQL's URL, maybe with a password

    @property
    def folder(self) -> Path:
        """Return what is published: any web server may serve it."""
        return self.directory / "folder"

    @property
    def tuf(self) -> Path:
        """Return the TUF repository in it."""
        return self.folder / TUF

    @property
    def content(self) -> Path:
        """Return where content packs lie, a file each; all are published."""
        return self.directory / "content"

    @property
    def tuf_keys(self) -> Path:
        """Return where the secret keys of TUF's roles lie that were not taken elsewhere."""
        return self.directory / "keys" / TUF

    @property
    def signing(self) -> Path:
        """Return where metadata waits for signatures."""
        return self.directory / "signing"

    @property
    def approvals(self) -> Path:
        """Return where approvals of bulk changes are recorded."""
        return self.directory / "approvals"

    @property
    def noted(self) -> Path:
        """Return where it is noted what was published of each status list."""
        return self.directory / "lists.json"

    @property
    def counters(self) -> Path:
        """Return where published versions are counted: beside the directory, not in it."""
        return counters_path(self.directory)

    @property
    def pin(self) -> bytes:
        """Return what terminals pin: the SHA-256 of the first TUF root as published.

        Raises:
            SiteUnusable: there is none.
        """
        try:
            first = self.tuf / METADATA / metadata_name(TufRole.ROOT.value, 1)
            return sha256(first.read_bytes()).digest()
        except OSError as error:
            raise SiteUnusable(
                f"there is no TUF root in {self.tuf}: restore it from a backup, or make a new one"
                f" with {command('trust begin-anew', self.directory)}"
            ) from error

    def open_store(self) -> Store:
        """Return a connection to the database, which the caller closes.

        Raises:
            StoreUnavailable: it can't be opened.
            SiteUnusable: it has no tables of a centre, or those of a newer program.
            BadRequest: its URL is none.
            ExtraMissing: PostgreSQL is named, and the extra is not installed.
        """
        return open_store(self.directory, self.database)


def init_site(
    directory: Path, *, issuer: str, now: UnixSeconds, database: str | None = None
) -> Site:
    """Make a centre in `directory`, with fresh keys.

    The settings are written last: without them there is no centre.

    Args:
        directory: empty, or not there yet.
        issuer: the issuer's name.
        now: when it is made.
        database: PostgreSQL's URL; None: a file of SQLite in `directory`.

    Raises:
        BadRequest: `issuer` is no name.
        SiteUnusable: there is something in `directory`, or a centre in `database`.
        StoreUnavailable: `database` can't be reached.
    """
    if _ISSUER.fullmatch(issuer) is None:
        raise BadRequest(f"{issuer!r} is no issuer: take a host name such as city.example")
    directory.mkdir(mode=_PRIVATE_MODE, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SiteUnusable(f"{directory} is not empty: choose another --dir, nothing was changed")
    directory.chmod(_PRIVATE_MODE)
    create_store(directory, database)  # first: what is most likely to fail
    _write_keys(directory / "keys")
    (directory / "folder").mkdir()
    from central.trust.making import begin_repository  # noqa: PLC0415  # TUF takes 0.1 s to import

    begin_repository(
        directory / "folder" / TUF, directory / "keys" / TUF, directory / "signing", now=now
    )
    write_counters(counters_path(directory), {})
    where: dict[str, str | int] = {} if database is None else {"database": database}
    own: dict[str, str | int] = {"issuer": issuer, "created_at": now, "sector": _SECTOR}
    _write_settings(directory, own | where)
    return open_site(directory)


def _write_keys(folder: Path) -> None:
    folder.mkdir(mode=_PRIVATE_MODE)
    secrets = {name: new_signing_key().seed for name in ("card", "status", "command")}
    secrets |= {"seal": new_opening_key().secret, "sector": random_octets(SECTOR_KEY_BYTES)}
    for name, octets in secrets.items():
        write_atomically(folder / f"{name}.key", f"{octets.hex()}\n".encode(), mode=SECRET_MODE)


def _write_settings(directory: Path, values: dict[str, str | int]) -> None:
    # A JSON string or number is one of TOML too.
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    write_atomically(directory / _SETTINGS, text.encode(), mode=SECRET_MODE)


def open_site(directory: Path) -> Site:
    """Return the centre in `directory`.

    Raises:
        SiteUnusable: there is none, or a file of it is missing or damaged.
    """
    settings = _settings(directory)
    match settings:
        case {"issuer": str() as issuer, "created_at": int() as created, "sector": str() as sector}:
            return Site(
                directory=directory,
                issuer=issuer,
                created_at=UnixSeconds(created),
                keys=_read_keys(directory / "keys", sector),
                database=_database(settings, directory),
            )
        case _:
            raise SiteUnusable(f"{directory / _SETTINGS} lacks issuer, created_at or sector")


def _database(settings: Mapping[str, object], directory: Path) -> str | None:
    match settings.get("database"):
        case None | str() as url:
            return url
        case _:
            raise SiteUnusable(f"{directory / _SETTINGS}: database must be a text, a URL")


def _settings(directory: Path) -> dict[str, object]:
    path = directory / _SETTINGS
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SiteUnusable(
            f"there is no centre in {directory}: make one with scan-central init"
            f" --dir {directory}, or name another with --dir"
        ) from error
    except (OSError, ValueError) as error:
        raise SiteUnusable(f"{path} can't be read: {error}") from error


def _read_keys(folder: Path, sector: str) -> SiteKeys:
    return SiteKeys(
        card=SigningKey(_secret(folder / "card.key")),
        status=SigningKey(_secret(folder / "status.key")),
        command=SigningKey(_secret(folder / "command.key")),
        seal=OpeningKey(_secret(folder / "seal.key")),
        sector=SectorKey(sector, _secret(folder / "sector.key")),
    )


def _secret(path: Path) -> bytes:
    try:
        octets = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise SiteUnusable(f"{path} can't be read: restore it from a backup") from error
    if len(octets) != SEED_BYTES:
        raise SiteUnusable(f"{path} is not {SEED_BYTES} octets: restore it from a backup")
    return octets
