"""Public photographs of codes with their texts, where this machine has them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.pictures import frames_of

# What the tests call it, too.
VARIABLE = "SCAN_TERMINAL_SHARED"
_CHECKOUT = Path(__file__).resolve().parents[1]
# The texts are UTF-8; the codes are what phones wrote in 2008, without saying in which encoding.
_ENCODINGS = "utf-8", "cp932", "gbk", "latin-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPicture:
    """One photograph and what is written in its code."""

    name: str
    luma: NDArray[np.uint8]
    truth: bytes  # UTF-8

    def is_right(self, text: bytes) -> bool:
        """Return whether these octets say what the code says."""
        return self.truth in {text, *_as_utf8(text)}


def pictures_folder() -> Path:
    """Return where zxing's pictures would be: `qrcode-1` and so on, each with photos and texts."""
    shared = _CHECKOUT / os.environ.get(VARIABLE, "../shared")
    return shared.resolve() / "pictures" / "zxing"


def public_pictures(folder: Path) -> Iterator[PublicPicture]:
    """Yield the photographs in `folder` that have a text beside them.

    Raises:
        DriverError: one can't be read.
    """
    for path in sorted(folder.glob("qrcode-*/*")):
        text = path.with_suffix(".txt")
        if path.suffix != ".txt" and text.is_file():
            ((_, luma),) = frames_of(str(path))
            name = f"{path.parent.name}/{path.name}"
            yield PublicPicture(name=name, luma=luma, truth=text.read_bytes())


def _as_utf8(text: bytes) -> Iterator[bytes]:
    for encoding in _ENCODINGS:
        try:
            yield text.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
