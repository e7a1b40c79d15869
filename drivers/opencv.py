"""The one door to OpenCV: loaded when it is used, and its troubles told with their remedies."""

import os
import re
import traceback
from functools import cache
from typing import Any

from drivers.base import DriverError

# A 48-megapixel phone photo passes. More is no photo of a code but a picture made to fill the
# memory: as colour it would take 150 MB.
PICTURE_PIXELS_MAX = 50_000_000

# The dynamic linker's own words.
_LIBRARY_MISSING = re.compile(r"(\S+): cannot open shared object file")


def load_opencv() -> Any:
    """Return the module cv2.

    Raises:
        DriverError: this machine can't load it.
    """
    if trouble := opencv_trouble():
        raise DriverError(trouble)
    import cv2  # noqa: PLC0415  # 160 ms only those who use it should pay

    return cv2


@cache  # a second try in one process fails in OpenCV's own loader, and hides what was wrong
def opencv_trouble() -> str:
    """Load OpenCV; return in one line why it can't be and the remedy, empty when all is well."""
    # OpenCV reads its own limit when it is loaded, and then refuses by an image's header,
    # before the pixels are unpacked.
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(PICTURE_PIXELS_MAX))
    try:
        import cv2  # noqa: F401, PLC0415  # as in load_opencv
    except ImportError as error:
        return _words(error)
    return ""


def import_trouble(error: ImportError) -> str:
    """Return the line for an import that OpenCV has failed; empty if it failed for another."""
    frames = traceback.walk_tb(error.__traceback__)
    modules = {str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in frames}
    return _words(error) if error.name == "cv2" or "cv2" in modules else ""


def _words(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "cv2":
        return "OpenCV is not installed: pip install opencv-python"
    if missing := _LIBRARY_MISSING.search(str(error)):
        return (
            f"OpenCV can't load {missing[1]}: apt install libgl1 libglib2.0-0 libxcb1"
            " (or opencv-python-headless where there's no screen)"
        )
    said = " ".join(str(error).split())
    return f"OpenCV can't be loaded ({said}): pip install --force-reinstall opencv-python"
