"""The test page's files: a list of names, so that nothing else is ever served."""

from collections.abc import Mapping
from importlib.resources import files

from central.pages.assets import Asset, asset_of

_NAMES = (
    "base45.js",
    "card.js",
    "cbor.js",
    "centre.js",
    "code.js",
    "drawing.js",
    "holder.css",
    "holder.html",
    "holder.js",
    "keys.js",
    "vendor/qrcode-generator.js",
    "words.js",
)
_TOKENS = "tokens.css"

__all__ = ["Asset", "load_assets"]


def load_assets() -> Mapping[str, Asset]:
    """Return every file of the page by its name; the design tokens are the operators' pages'."""
    site = files("central").joinpath("holder", "site")
    found = {name: asset_of(name, site.joinpath(name).read_bytes()) for name in _NAMES}
    tokens = files("central").joinpath("pages", "site", _TOKENS)
    return {**found, _TOKENS: asset_of(_TOKENS, tokens.read_bytes())}
