"""The pages' files: a list of names, so that nothing else is ever served."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePosixPath

_NAMES = (
    "api.js",
    "appeals.js",
    "audit.js",
    "cards.js",
    "cases.js",
    "dom.js",
    "index.html",
    "operate.css",
    "operate.js",
    "plot.js",
    "session.js",
    "terminal.js",
    "terminals.js",
    "tokens.css",
    "words.js",
)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    octets: bytes
    media_type: str
    tag: str  # ETag (RFC 9110, section 8.8.3)


def load_assets() -> Mapping[str, Asset]:
    """Return every file of the pages by its name."""
    site = files("central").joinpath("pages", "site")
    return {name: asset_of(name, site.joinpath(name).read_bytes()) for name in _NAMES}


def asset_of(name: str, octets: bytes) -> Asset:
    """Return a file as it is sent; its name says its type."""
    kind = _TYPES[PurePosixPath(name).suffix]
    return Asset(octets=octets, media_type=kind, tag=f'"{sha256(octets).hexdigest()[:32]}"')
