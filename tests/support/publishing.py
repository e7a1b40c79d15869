"""A trust folder as a centre would publish it, small, and with every fault on request."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.keys import SigningKey
from protocol.trust_index import KEYS_PATH, IndexedFile, TrustIndex, index_octets
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
from verifier.model import UnixSeconds

ROOT = SigningKey(bytes(range(200, 232)))
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


@dataclass
class Folder:
    """What is published, and a count of what was asked for."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    asked: list[str] = field(default_factory=list)

    def index(
        self, version: int = 1, *, issued_at: int = NOW, key: SigningKey = ROOT, **more: bytes
    ) -> bytes:
        """Return the signed index of what is published."""
        files = {
            path: IndexedFile(sha256=digest(octets), size=len(octets))
            for path, octets in {**self.files, **more}.items()
        }
        index = TrustIndex(version=version, issued_at=UnixSeconds(issued_at), files=files)
        return index_octets(index, key)

    def fetch(self, path: str, file: IndexedFile) -> bytes:
        """Give a file as a web server would."""
        del file
        self.asked.append(path)
        if path not in self.files:
            raise TrustError(f"{path} is not there")
        return self.files[path]
