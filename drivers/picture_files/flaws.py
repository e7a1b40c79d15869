"""Why a file gives no pictures, or no more of them."""

from enum import Enum

from drivers.base import DriverError
from drivers.opencv import PICTURE_PIXELS_MAX


class Flaw(Enum):
    """What is wrong with a file's pictures."""

    NO_PICTURE = 1  # it is no image and no video
    BROKEN = 2  # it is an image, by its first octets alone
    TOO_LARGE = 3  # over PICTURE_PIXELS_MAX


class FlawedFileError(DriverError):
    """A file gives no pictures; whoever knows its name has the words."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.name)
        self.flaw = flaw


def flaw_words(flaw: Flaw, path: str) -> str:
    """Return what is wrong with a file, and what to do."""
    match flaw:
        case Flaw.NO_PICTURE:
            return f"{path} is no image and no video that can be read"
        case Flaw.BROKEN:
            return f"{path} cannot be read as an image: is it whole?"
        case Flaw.TOO_LARGE:
            megapixels = PICTURE_PIXELS_MAX // 1_000_000
            return f"{path} is over {megapixels} megapixels: make it smaller first"
