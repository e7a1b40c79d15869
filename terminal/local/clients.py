"""Programs that may use the local interface: a token each, kept as a digest alone."""

import fcntl
import json
import logging
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offline_cache.files import write_durably
from protocol.keys import random_octets, to_base64url
from terminal.errors import UsageError
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# Sixteen lanes, some programs at each; far more are forgotten ones.
CLIENTS_MAX = 64

_PREFIX = "scan-client."
_SECRET_OCTETS = 32  # not to be guessed, so a plain digest keeps it
_TOKEN = re.compile(r"scan-client\.[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
# Sixty-four clients of sixteen lanes each are below 40 kB.
_FILE_OCTETS_MAX = 262_144
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Scope(Enum):
    """What a client may do."""

    SALE = "sale"  # arm lanes, ask after and abort its own requests
    REVERSE = "reverse"  # annul what was granted for its own requests
    STATUS = "status"  # read lanes and events
    DIAGNOSIS = "diagnosis"  # read what `scan-terminal status` prints
    EMERGENCY = "emergency"  # hold gates open
    METRICS = "metrics"  # read what monitoring reads


SCOPES_DEFAULT = frozenset({Scope.SALE, Scope.STATUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One program."""

    name: str
    digest: bytes  # SHA-256 of the token
    scopes: frozenset[Scope]
    lanes: frozenset[str] | None  # None: every lane
    added_at: UnixSeconds

    def sees(self, lane: str) -> bool:
        """Return whether a lane is there, for this client."""
        return self.lanes is None or lane in self.lanes


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=f"^{_NAME.pattern}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: list[str] = Field(max_length=len(Scope))
    lanes: list[Annotated[str, Field(max_length=16)]] | None
    added_at: int = Field(ge=0)

    def client(self) -> Client:
        """Return the value; ValueError for a scope that is none."""
        return Client(
            name=self.name,
            digest=bytes.fromhex(self.digest),
            scopes=frozenset(Scope(each) for each in self.scopes),
            lanes=None if self.lanes is None else frozenset(self.lanes),
            added_at=UnixSeconds(self.added_at),
        )


class _Rows(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    clients: list[_Row] = Field(max_length=CLIENTS_MAX)


class ClientsFile:
    """The file in the state folder; every change is durable before anybody is told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Client, ...]:
        """Return every client, by name.

        Raises:
            UsageError: the file is damaged, or others may write it.
        """
        try:
            with self.path.open("rb") as file:
                _check_mode(self.path, os.fstat(file.fileno()))
                octets = file.read(_FILE_OCTETS_MAX)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise UsageError(f"{self.path}: {error.strerror}; run as the daemon's user") from error
        try:
            rows = _Rows.model_validate_json(octets)
            return tuple(sorted((row.client() for row in rows.clients), key=lambda one: one.name))
        except (ValidationError, ValueError) as error:
            remedy = "remove it, and add every client anew"
            raise UsageError(f"{self.path}: holds no clients of ours; {remedy}") from error

    def add(
        self,
        name: str,
        *,
        scopes: frozenset[Scope],
        lanes: frozenset[str] | None,
        now: UnixSeconds,
    ) -> str:
        """Return the token of a new client, which is kept nowhere.

        Raises:
            UsageError: no name, one that is taken, no scope, too many, or the file can't be used.
        """
        if _NAME.fullmatch(name) is None:
            raise UsageError(f"{name!r} is no client's name: 1 to 32 of a-z 0-9 -")
        if not scopes or lanes == frozenset():
            raise UsageError("a client has a scope and a lane")
        with self._locked():
            held = self.read()
            if name in {client.name for client in held}:
                raise UsageError(f"{name}: there is a client of that name; remove it first")
            if len(held) >= CLIENTS_MAX:
                raise UsageError(f"there are {CLIENTS_MAX} clients: remove one first")
            token = _PREFIX + to_base64url(random_octets(_SECRET_OCTETS))
            fresh = Client(
                name=name, digest=_digest(token), scopes=scopes, lanes=lanes, added_at=now
            )
            self._write((*held, fresh))
        return token

    def remove(self, name: str) -> None:
        """Let a client's token open nothing any more.

        Raises:
            UsageError: there is none of that name, or the file can't be used.
        """
        with self._locked():
            held = self.read()
            left = tuple(client for client in held if client.name != name)
            if len(left) == len(held):
                raise UsageError(f"{name}: no client is called so: scan-terminal client list")
            self._write(left)

    def _write(self, clients: tuple[Client, ...]) -> None:
        rows = [
            {
                "name": client.name,
                "digest": client.digest.hex(),
                "scopes": sorted(scope.value for scope in client.scopes),
                "lanes": None if client.lanes is None else sorted(client.lanes),
                "added_at": client.added_at,
            }
            for client in clients
        ]
        octets = json.dumps({"clients": rows}, indent=1).encode()
        write_durably(self.path, octets, mode=0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two commands from losing each other's change."""
        folder = self.path.parent
        try:
            if folder.stat().st_uid != os.geteuid():
                raise UsageError(f"{folder} is another user's; run as the daemon's user")
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise UsageError(f"{folder}: {error.strerror}; scan-terminal enrol makes it") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class ClientBook:
    """Who a token belongs to; a change of the file counts from the next question on."""

    def __init__(self, file: ClientsFile) -> None:
        self._file = file
        self._clients: tuple[Client, ...] = ()
        self._seen: tuple[int, int, int] | None = None
        self.trouble = ""  # why nobody is known; empty: the file is well

    def of(self, token: str) -> Client | None:
        """Return whose token it is, in the same time for each of them; None: nobody's."""
        self._refresh()
        if _TOKEN.fullmatch(token) is None:
            return None
        digest, found = _digest(token), None
        for client in self._clients:
            if compare_digest(client.digest, digest):
                found = client
        return found

    def is_current(self, client: Client) -> bool:
        """Return whether nothing about a client has changed."""
        self._refresh()
        return client in self._clients

    def _refresh(self) -> None:
        try:
            about = self._file.path.stat()
            seen = (about.st_mtime_ns, about.st_ino, about.st_mode)
        except OSError:
            seen = None
        if seen is not None and seen == self._seen:
            return
        self._seen = seen
        try:
            self._clients, trouble = self._file.read(), ""
        except UsageError as error:  # nobody is let in by a file that can't be believed
            self._clients, trouble = (), str(error)
            self._seen = None  # a fault that was the machine's is looked at again
        if trouble and trouble != self.trouble:
            log.error("local interface: no program is let in: %s", trouble)
        self.trouble = trouble


def _check_mode(path: Path, about: os.stat_result) -> None:
    if about.st_mode & _OTHERS_MAY_WRITE or about.st_uid not in (0, os.geteuid()):
        remedy = "look who changed it, then chmod 600 and give it to the daemon's user"
        raise UsageError(f"{path}: others may write it, so its tokens are not believed; {remedy}")


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
