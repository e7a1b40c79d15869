"""What a camera's source in the settings names, without opening it."""

import re
from enum import Enum
from pathlib import Path

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# The user's part ends with the last `@`; a host is a name or an address and nothing odd.
_SHOWN = re.compile(
    rf"(?P<scheme>{_SCHEME.pattern})"
    r"(?:[^/?#\\]*@)?"
    r"(?P<host>(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)"
    r"(?P<rest>[/?#\\][^@]*)?",
    re.DOTALL,
)


# The addresses that a camera may have.
SCHEMES = ("http", "https", "rtsp", "rtsps")


class SourceKind(Enum):
    """What a source is."""

    DEVICE = "device"  # a V4L2 camera
    STREAM = "stream"  # an address: MJPEG over HTTP, RTSP
    FILE = "file"  # a video, played over and over at its own speed


def kind_of(source: str) -> SourceKind:
    """Return what a source is, by its text alone."""
    if full_name(source).startswith("/dev/"):
        return SourceKind.DEVICE
    return SourceKind.STREAM if "://" in source else SourceKind.FILE


def scheme_of(source: str) -> str:
    """Return the scheme of an address in small letters; of anything else, nothing."""
    scheme, colon, _ = source.partition("://")
    return scheme.lower() if colon else ""


def full_name(source: str) -> str:
    """Return the path of a camera that is named by its number, and any other source as it is."""
    return f"/dev/video{source}" if source.isdecimal() else source


def located(source: str) -> str:
    """Return the source as a process in another working directory must name it."""
    is_file = kind_of(source) is SourceKind.FILE
    return str(Path(source).absolute()) if is_file else source


def device_name(source: str) -> str:
    """Return the source as reports may show it: of an address, scheme, host and port alone.

    Passwords stand before an `@`, but in paths and queries as well. One with a bare `/`, `?` or
    `#` in it moves the place where a host seems to be, and an `@` behind that place may belong
    to a password or to a path: nobody can tell, so not even the host is shown then.
    """
    if "://" not in source:
        return source
    shown = _SHOWN.fullmatch(source)
    if shown is None:
        scheme = _SCHEME.match(source)
        return f"{scheme[0] if scheme else ''}…"
    return shown["scheme"] + shown["host"] + ("/…" if shown["rest"] else "")
