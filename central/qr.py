"""QR pictures of codes: PNG, SVG, or blocks of text on a screen."""

import io
import os
import sys
from pathlib import Path

import segno

from central.errors import BadRequest
from central.files import SECRET_MODE

SCREEN = Path("-")

# A camera needs 3.5 pixels a module; a screen or printer scales this down without blur.
_SCALE = 8
QUIET_ZONE = 4  # ISO/IEC 18004, section 6.3.8

_KINDS = {".png": "png", ".svg": "svg"}


def check_kind(path: Path) -> None:
    """See that a picture of the kind of `path` can be drawn, before a code is used up for it.

    Raises:
        BadRequest: it is neither PNG nor SVG, nor the screen.
    """
    if path != SCREEN and path.suffix.lower() not in _KINDS:
        raise BadRequest(f"--qr {path}: name a file.png or a file.svg, or - for the screen")


def write_qr(text: str, path: Path) -> None:
    """Draw `text` to `path`, or to the screen; level M: fingers and glare cost more than modules.

    The file is its owner's alone: whoever reads the code may use it.
    """
    symbol = segno.make_qr(text, error="m", boost_error=False)
    if path == SCREEN:
        symbol.terminal(sys.stderr, compact=True, border=QUIET_ZONE)
        return
    picture = io.BytesIO()
    kind = _KINDS[path.suffix.lower()]
    symbol.save(picture, kind=kind, scale=_SCALE, border=QUIET_ZONE, light="white")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, SECRET_MODE), "wb") as file:
        os.fchmod(file.fileno(), SECRET_MODE)  # of one that was there before, too
        file.write(picture.getvalue())
