"""A trust folder as a centre would publish it, small, and with every fault on request."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from tuf.api.metadata import DelegatedRole

from protocol.trust_folder import DELEGATED, KEYS_PATH, X_ISSUED, TufRole
from tests.conformance.repository import Repository
from tests.support.cards import NOW, public
from tests.support.trust import (
    CARD_KEY,
    COMMAND,
    LIST_NAME,
    STATUS,
    jwk,
    keys_json,
    status_token,
)
from verifier.errors import TrustError

PROFILE_PATH = "policy/profiles/gate.toml"
FILES: Mapping[str, bytes] = {
    KEYS_PATH: keys_json(
        jwk(CARD_KEY.key),
        jwk(public(STATUS), role="status", formats=[]),
        jwk(public(COMMAND), role="command", formats=[]),
    ),
    LIST_NAME: status_token(bytes(1 << 18)),
    PROFILE_PATH: b'entry_type = "passage"\nstatic = "grant"\n',
}


def digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


class Folder:
    """What is published; satisfies `Source`, and counts what targets were asked for."""

    name = "the folder"

    def __init__(self) -> None:
        self.repository = Repository()
        self.files = dict(FILES)
        self.asked: list[str] = []
        for role, paths in DELEGATED.items():
            delegation = DelegatedRole(role.value, [], 1, terminating=True, paths=list(paths))
            self.repository.delegate("targets", delegation)
        self.publish()

    @property
    def pinned(self) -> bytes:
        """Return what a terminal of this centre pins."""
        return hashlib.sha256(self.repository.published["root"][0]).digest()

    def publish(self, *, issued_at: int | None = NOW, version: int | None = None) -> None:
        """Publish what is in `files`.

        Args:
            issued_at: of the timestamp; None: it does not say.
            version: of the timestamp; None: one more than the last.
        """
        self._place()
        changed = [role for role in (*DELEGATED, TufRole.TARGETS) if self._has_changed(role.value)]
        if changed:
            self.repository.publish(*(role.value for role in changed), "snapshot")
        fields = self.repository.timestamp.unrecognized_fields
        fields[X_ISSUED] = issued_at
        if issued_at is None:
            del fields[X_ISSUED]
        self.repository.publish("timestamp", version=version)

    def publish_root(self, *rotated: str) -> None:
        """Publish one more root, in which some roles have other keys."""
        repository, before = self.repository, list(self.repository.signers["root"])
        for role in rotated:
            repository.rotate(role)
        own = list(repository.signers["root"])
        repository.signers["root"] = own if own == before else own + before
        repository.publish("root", *(role for role in rotated if role != "root"))
        repository.signers["root"] = own

    def _place(self) -> None:
        """Let each role name its files."""
        repository = self.repository
        for role in (*DELEGATED, TufRole.TARGETS):
            repository.signed(role.value).targets.clear()
        repository.files.clear()
        for path, octets in self.files.items():
            repository.add(_role_of(path), path, octets)

    def _has_changed(self, role: str) -> bool:
        last = self.repository.published.get(role)
        now = {**self.repository.signed(role).to_dict(), "version": None}
        return last is None or {**_signed(last[-1]), "version": None} != now

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Give metadata as a web server would."""
        del limit, known
        return self.repository.answer(f"metadata/{name}")

    def target(self, name: str, *, limit: int) -> bytes:
        """Give a file as a web server would."""
        del limit
        folder, _, file = name.rpartition("/")
        self.asked.append(f"{folder}/{file.partition('.')[2]}")
        octets = self.repository.answer(f"targets/{name}")
        if octets is None:
            raise TrustError(f"{name} is not there")
        return octets

    def write(self, folder: Path) -> Path:
        """Write it as files, as a stick carries it; return `folder`."""
        for role, versions in self.repository.published.items():
            for octets in versions:
                number = _signed(octets)["version"]
                name = f"{role}.json" if role == "timestamp" else f"{number}.{role}.json"
                _write(folder / "metadata" / name, octets)
        for path, octets in self.files.items():
            above, _, name = path.rpartition("/")
            _write(folder / "targets" / above / f"{digest(octets)}.{name}", octets)
        return folder


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)


def _role_of(path: str) -> str:
    if path == KEYS_PATH:
        return TufRole.ISSUERS.value
    above = path.partition("/")[0]
    return above if above in {"policy", "status"} else TufRole.TARGETS.value


def _signed(octets: bytes) -> dict[str, object]:
    signed = json.loads(octets)["signed"]
    assert isinstance(signed, dict)
    return signed
