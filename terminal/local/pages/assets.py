"""The files that pages are made of: a table of names, so that no path can lead anywhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from drivers.base import Shown
from drivers.sound.chimes import chime

_SITE = "terminal.screens"
# Each is served as /assets/<name>. Whoever adds a file adds its name.
ASSETS = (
    *("tokens.css", "base.css", "icons.svg", "live.js", "languages.js", "speech.js"),
    *("signs.svg", "lane.css", "lane.js", "lane_words.js", "screens.css", "screens.js"),
    *("counter.css", "counter/counter.js", "counter/api.js", "counter/book.js"),
    *("counter/money.js", "counter/news.js", "counter/paint.js", "counter/parts.js"),
    *("counter/till.js", "counter/views.js", "counter/words.js", "counter/parts.css"),
    *("counter/sizes.css",),
    *("kiosk/badges.js", "kiosk/bar.js", "kiosk/calls.js", "kiosk/checklist.js"),
    *("kiosk/dialogs.js", "kiosk/idle.js", "kiosk/keyboard.js", "kiosk/kiosk.js", "kiosk/parts.js"),
    *("kiosk/presence.js", "kiosk/roll.js", "kiosk/said.js", "kiosk/search.js", "kiosk/session.js"),
    *("kiosk/stage.js", "kiosk/trail.js", "kiosk/views.js", "kiosk/views/appeal.js"),
    *("kiosk/views/asking.js", "kiosk/views/home.js", "kiosk/views/paid.js"),
    *("kiosk/views/rating.js", "kiosk/views/services.js", "kiosk/views/visit.js", "kiosk/visit.js"),
    *("kiosk/words.js", "kiosk/frame.css", "kiosk/parts.css", "kiosk/writing.css"),
    *("kiosk/visit.css", "kiosk/upright.css", "kiosk/small.css"),
)
# Served by the routes that name them.
DOCUMENTS = ("lane.html", "screens.html", "counter.html", "kiosk.html")
# Tones of our own, as /assets/chime-<name>.wav.
CHIMES: Mapping[str, Shown] = {
    f"chime-{shown.value}.wav": shown for shown in Shown if chime(shown) is not None
}
_KINDS: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file."""

    octets: bytes
    media_type: str
    etag: str  # strong, in its quotes: the file is what it was (RFC 9110, 8.8.3)


def asset(name: str) -> Asset | None:
    """Return what is served under a name; None: nothing is called so, and nothing is kept of it."""
    return _known(name) if name in CHIMES or name in ASSETS else None


@cache
def document(name: str) -> Asset:
    """Return one of DOCUMENTS.

    Raises:
        ValueError: it is none of them.
    """
    if name not in DOCUMENTS:
        raise ValueError(f"{name} is no document of ours")
    return _read(name)


@cache
def site_version() -> str:
    """Return what changes with any file of the pages: one that was loaded before is not ours."""
    known = "".join(_read(name).etag for name in (*ASSETS, *DOCUMENTS))
    return sha256(known.encode()).hexdigest()[:16]


def made(octets: bytes, suffix: str) -> Asset:
    """Return octets as an asset of the kind that a name's suffix says."""
    etag = f'"{sha256(octets).hexdigest()[:32]}"'
    return Asset(octets=octets, media_type=_KINDS[suffix], etag=etag)


@cache  # some hundred kB in all
def _known(name: str) -> Asset:
    return made(chime(CHIMES[name]) or b"", "wav") if name in CHIMES else _read(name)


def _read(name: str) -> Asset:
    octets = files(_SITE).joinpath("site").joinpath(name).read_bytes()
    return made(octets, name.rpartition(".")[2])
