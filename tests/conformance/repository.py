"""A TUF repository in memory, served over HTTP, that does whatever a test wants of it."""

import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from securesystemslib.signer import Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

from protocol.keys import SigningKey
from protocol.tuf_keys import SodiumSigner
from tests.conformance.tuf_client import main

TOP = ("root", "timestamp", "snapshot", "targets")
NOW = datetime(2027, 1, 15, tzinfo=UTC)
ALL = ("targets", "snapshot", "timestamp")


def signer(number: int) -> SodiumSigner:
    """Return one of many signers."""
    return SodiumSigner(SigningKey(number.to_bytes(32, "big")))


class Repository:
    """`publish` makes changes visible; everything asked for is noted in `asked`."""

    def __init__(self) -> None:
        expires = NOW + timedelta(days=30)
        self.root = Root(expires=expires)
        self.timestamp = Timestamp(expires=expires)
        self.snapshot = Snapshot(expires=expires)
        self.targets = Targets(expires=expires)
        self.roles: dict[str, Metadata[Any]] = {
            "root": Metadata(self.root),
            "timestamp": Metadata(self.timestamp),
            "snapshot": Metadata(self.snapshot),
            "targets": Metadata(self.targets),
        }
        self.signers: dict[str, list[Signer]] = {}
        self.published: dict[str, list[bytes]] = {}
        self.files: dict[str, bytes] = {}  # by path, as the repository serves them
        self.asked: list[str] = []
        self.names_digests = False
        self._made = 0
        for role in TOP:
            self.add_key(role)
        self.publish(*ALL, "root")

    def new_signer(self) -> SodiumSigner:
        """Return a signer that nobody has yet."""
        self._made += 1
        return signer(1_000 + self._made)

    def add_key(self, role: str, key: Signer | None = None) -> None:
        """Give a top role one more key, which signs for it."""
        key = key or self.new_signer()
        self.root.add_key(key.public_key, role)
        self.signers.setdefault(role, []).append(key)

    def rotate(self, role: str) -> None:
        """Give a top role other keys."""
        for key in self.signers.pop(role):
            self.root.revoke_key(key.public_key.keyid, role)
        for _ in range(self.root.roles[role].threshold):
            self.add_key(role)

    def delegate(
        self, above: str, role: DelegatedRole | SuccinctRoles, *, expires: datetime | None = None
    ) -> SodiumSigner:
        """Let `above` delegate; the role's metadata is made where it is not there."""
        top, key = self.signed(above), self.new_signer()
        if isinstance(role, SuccinctRoles):
            top.delegations = Delegations({}, None, role)
            names = list(role.get_roles())
            top.add_key(key.public_key)
        else:
            top.delegations = top.delegations or Delegations({}, roles={})
            assert top.delegations.roles is not None
            top.delegations.roles[role.name] = role
            names = [role.name]
            top.add_key(key.public_key, role.name)
        for name in names:
            self.signers.setdefault(name, []).append(key)
            if name not in self.roles:
                self.roles[name] = Metadata(Targets(expires=expires or NOW + timedelta(days=30)))
        return key

    def signed(self, role: str) -> Targets:
        """Return the targets role `role`, to be changed."""
        signed = self.roles[role].signed
        assert isinstance(signed, Targets)
        return signed

    def add(self, role: str, path: str, octets: bytes, hashes: list[str] | None = None) -> None:
        """Let `role` name a file."""
        self.signed(role).targets[path] = TargetFile.from_data(path, octets, hashes)
        self.files[path] = octets

    def publish(self, *roles: str, version: int | None = None) -> None:
        """Sign `roles` as they are now and let them be seen, one version on from the last.

        Args:
            roles: in the order of who names whom.
            version: give them this one instead.
        """
        for role in roles:
            metadata, versions = self.roles[role], self.published.setdefault(role, [])
            if version is not None:
                metadata.signed.version = version
            elif versions:
                metadata.signed.version += 1
            metadata.signatures.clear()
            for key in self.signers[role]:
                metadata.sign(key, append=True)
            octets = metadata.to_bytes()
            versions.append(octets)
            self._note(role, metadata.signed.version, octets)

    def _note(self, role: str, version: int, octets: bytes) -> None:
        meta = MetaFile(version)
        if self.names_digests:
            meta = MetaFile.from_data(version, octets, ["sha256"])
        if role == "snapshot":
            self.timestamp.snapshot_meta = meta
        elif role not in {"root", "timestamp"}:
            self.snapshot.meta[f"{role}.json"] = meta

    def answer(self, path: str) -> bytes | None:
        """Return what lies at `path`, None for nothing."""
        self.asked.append(path)
        kind, _, name = path.partition("/")
        return self._metadata(name) if kind == "metadata" else self._target(name)

    def _metadata(self, name: str) -> bytes | None:
        stem = name.removesuffix(".json")
        number, _, role = stem.partition(".")
        if stem == "timestamp" or not (role == "root" or self.root.consistent_snapshot):
            return self._version(unquote(stem), None)
        return self._version(unquote(role), int(number))

    def _version(self, role: str, version: int | None) -> bytes | None:
        for octets in reversed(self.published.get(role, [])):
            if version is None or json.loads(octets)["signed"]["version"] == version:
                return octets
        return None

    def _target(self, name: str) -> bytes | None:
        folder, slash, file = unquote(name).rpartition("/")
        if self.root.consistent_snapshot:
            file = file.partition(".")[2]
        return self.files.get(f"{folder}{slash}{file}")


class Serving:
    """Serves one repository on loopback."""

    def __init__(self, repository: Repository) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each body waits 40 ms behind its head

            def do_GET(self) -> None:  # the library's name
                octets = repository.answer(self.path.lstrip("/"))
                self.send_response(200 if octets is not None else 404)
                self.send_header("content-length", str(len(octets or b"")))
                self.end_headers()
                self.wfile.write(octets or b"")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Client:
    """The client under test, with its folders, as the public suite runs it."""

    def __init__(self, repository: Repository, url: str, folder: Path) -> None:
        self.repository, self._url = repository, url
        self.metadata, self.artifacts = folder / "metadata", folder / "artifacts"
        self.metadata.mkdir()
        self.artifacts.mkdir()
        self.days = 0  # from NOW

    def init(self, root: bytes | None = None) -> int:
        """Begin with a root, the repository's first where none is given."""
        path = self.metadata.parent / "first_root.json"
        path.write_bytes(self.repository.published["root"][0] if root is None else root)
        return self._run("init", str(path))

    def refresh(self) -> int:
        """Bring the metadata up to date."""
        return self._run("--metadata-url", f"{self._url}/metadata/", "refresh")

    def download(self, *names: str) -> int:
        """Fetch artifacts."""
        wanted = [each for name in names for each in ("--target-name", name)]
        at = (
            "--metadata-url",
            f"{self._url}/metadata",
            "--target-base-url",
            f"{self._url}/targets/",
        )
        return self._run(*at, "--target-dir", str(self.artifacts), *wanted, "download")

    def _run(self, *arguments: str) -> int:
        now = (NOW + timedelta(days=self.days)).timestamp()
        return main(["--metadata-dir", str(self.metadata), *arguments], now=lambda: now)

    def version(self, role: str) -> int | None:
        """Return the version that is held."""
        path = self.metadata / f"{role}.json"
        return Metadata.from_file(str(path)).signed.version if path.is_file() else None

    def held(self) -> dict[str, int]:
        """Return the versions of all that is held."""
        found = sorted(path.stem for path in self.metadata.glob("*.json"))
        return {role: self.version(role) or 0 for role in found}

    def fetched(self) -> dict[str, bytes]:
        """Return the artifacts that are there, by name."""
        return {path.name: path.read_bytes() for path in self.artifacts.iterdir()}

    def asked(self) -> list[str]:
        """Return what was asked for since this was last called."""
        asked, self.repository.asked = self.repository.asked, []
        return asked


def role(
    name: str, paths: Iterable[str] = ("*",), *, is_terminating: bool = False
) -> DelegatedRole:
    """Return a delegation of `paths`, without keys yet."""
    return DelegatedRole(name, [], 1, is_terminating, paths=list(paths))
