"""QR pictures of codes."""

from pathlib import Path

import segno

# A camera needs 3.5 pixels a module; a screen or printer scales this down without blur.
_SCALE = 8
_QUIET_ZONE = 4  # ISO/IEC 18004, section 6.3.8


def write_qr(text: str, path: Path) -> None:
    """Write `text` as a PNG; level M, for fingers and glare cost more than modules."""
    symbol = segno.make_qr(text, error="m", boost_error=False)
    symbol.save(str(path), kind="png", scale=_SCALE, border=_QUIET_ZONE)
