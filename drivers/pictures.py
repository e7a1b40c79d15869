"""Pictures from files: the frames of a photo or a video, for the `decode` command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from drivers.base import DriverError
from drivers.luma import Luma
from drivers.opencv import PICTURE_PIXELS_MAX, load_opencv, opencv_trouble

__all__ = ["PICTURE_PIXELS_MAX", "frames_of", "is_image", "opencv_trouble"]


def frames_of(path: str) -> Iterator[tuple[int, Luma]]:
    """Yield the frames of an image (one) or a video (all), each with its number from 0.

    Raises:
        DriverError: at the first frame asked for: no such file, no picture in it, or a picture
            over PICTURE_PIXELS_MAX; or OpenCV can't be loaded.
    """
    if not Path(path).is_file():
        raise DriverError(f"{path} is no file: give the path of an image or a video")
    if not _is_utf8(path):
        raise DriverError(f"{path} has a name that is no UTF-8: rename it")
    cv2 = _load_cv2()
    if is_image(path):
        yield 0, _image(cv2, path)
    else:
        yield from _video(cv2, path)


def is_image(path: str) -> bool:
    """Return whether a file is an image by its first octets; else it may be a video, or nothing.

    Raises:
        DriverError: OpenCV can't be loaded.
    """
    return _is_utf8(path) and bool(_load_cv2().haveImageReader(path))


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # OpenCV 5.0 ends the process at a lone surrogate
        return False
    return True


def _load_cv2() -> Any:
    # Where others loaded it before us, without our limit, _checked still refuses.
    cv2 = load_opencv()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def _image(cv2: Any, path: str) -> Luma:
    try:
        luma = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    except cv2.error as fault:
        if "CV_IO_MAX_IMAGE" in str(fault):
            raise _too_large(path) from fault
        raise DriverError(f"{path} cannot be read as an image: is it whole?") from fault
    if luma is None:
        raise DriverError(f"{path} cannot be read as an image: is it whole?")
    return _checked(luma, path)


def _video(cv2: Any, path: str) -> Iterator[tuple[int, Luma]]:
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    try:
        number = 0
        while capture.isOpened():
            there, picture = capture.read()
            if not there:
                break
            if picture.ndim == 3:
                picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            yield number, _checked(picture, path)
            number += 1
    finally:
        capture.release()
    if not number:
        raise DriverError(f"{path} is no image and no video that can be read")


def _checked(picture: Any, path: str) -> Luma:
    luma: Luma = np.asarray(picture, dtype=np.uint8)
    if luma.size > PICTURE_PIXELS_MAX:
        raise _too_large(path)
    return luma


def _too_large(path: str) -> DriverError:
    megapixels = PICTURE_PIXELS_MAX // 1_000_000
    return DriverError(f"{path} is over {megapixels} megapixels: make it smaller first")
