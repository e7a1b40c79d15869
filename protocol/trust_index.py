"""The index of the trust folder: every file's digest, under one signature of the pinned root.

It makes the folder one consistent, dated whole and is what a terminal asks for first. A TUF
repository replaces it without moving a file (docs/adr/0002-trust-index.md).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.keys import SigningKey
from protocol.note import note_text, read_note, sign_note
from verifier.errors import TrustError
from verifier.model import UnixSeconds

INDEX_PATH = "trust/index"
KEYS_PATH = "trust/keys.json"
SIGNER_NAME = "trust-root"
_TITLE = "scan-terminal-trust-1"

# 1,000 shards, a billion cards, are 100 kB of index.
INDEX_OCTETS_MAX = 1_048_576
_FILE = re.compile(
    r"([0-9a-f]{64}) ([0-9]{1,9}) ((?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFile:
    """What a file of the folder must be."""

    sha256: str  # 64 hex digits
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustIndex:
    """The folder at one moment."""

    version: int  # grows by one with each publication, never goes back
    issued_at: UnixSeconds
    files: Mapping[str, IndexedFile]  # by path below the folder, "/" between parts


def index_octets(index: TrustIndex, key: SigningKey) -> bytes:
    """Return the signed index."""
    files = [f"{file.sha256} {file.size} {path}" for path, file in sorted(index.files.items())]
    lines = [_TITLE, f"version {index.version}", f"issued {index.issued_at}", *files]
    return sign_note("\n".join(lines) + "\n", name=SIGNER_NAME, key=key)


def read_index(octets: bytes, root: bytes) -> TrustIndex:
    """Return the index in `octets`, signed by the pinned 32-octet `root` key.

    Raises:
        TrustError: altered, forged, or not in form.
    """
    if len(octets) > INDEX_OCTETS_MAX:
        raise TrustError("the trust index is too large")
    return _index(read_note(octets, name=SIGNER_NAME, public=root))


def unproven_index(octets: bytes) -> TrustIndex:
    """Return what an index says, whoever wrote it: only what it takes away may be believed.

    Raises:
        TrustError: not in form.
    """
    if len(octets) > INDEX_OCTETS_MAX:
        raise TrustError("the trust index is too large")
    return _index(note_text(octets))


def _index(text: str) -> TrustIndex:
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or lines[0] != _TITLE:
        raise TrustError("the trust index has another title")
    return TrustIndex(
        version=_number(lines[1], "version "),
        issued_at=UnixSeconds(_number(lines[2], "issued ")),
        files=_files(lines[3:]),
    )


def _files(lines: Sequence[str]) -> dict[str, IndexedFile]:
    files = dict(_file(line) for line in lines)
    if len(files) < len(lines) or list(files) != sorted(files):
        raise TrustError("the trust index names a file twice, or not in order")
    return files


def _number(line: str, name: str) -> int:
    text = line.removeprefix(name)
    if text == line or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise TrustError(f"the trust index lacks its line {name.strip()}")
    return int(text)


def _file(line: str) -> tuple[str, IndexedFile]:
    found = _FILE.fullmatch(line)
    if found is None:
        raise TrustError("the trust index has a line that names no file")
    return found[3], IndexedFile(sha256=found[1], size=int(found[2]))
