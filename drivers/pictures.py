"""Pictures from files: the frames of a photo or a video, through a descriptor that is open.

A stranger's file is looked at by the process of drivers/picture_files alone; `frames_of` is for
files of our own.
"""

import io
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from drivers.base import DriverError
from drivers.camera.ffmpeg import restrict_ffmpeg
from drivers.luma import Luma
from drivers.opencv import PICTURE_PIXELS_MAX, load_opencv, opencv_trouble
from drivers.picture_files.flaws import Flaw, FlawedFileError, flaw_words
from drivers.picture_files.regular import opened

__all__ = ["PICTURE_PIXELS_MAX", "Pictures", "frames_of", "opencv_trouble", "pictures_of"]

# The largest picture in 16 bits a colour, with nothing packed; no more of a file is looked at
# as an image, so that a video of hours takes no room for it.
IMAGE_BYTES_MAX = 320_000_000

# How an image begins that may be broken further on, at 0 or behind a length; what else OpenCV
# reads may begin as it likes.
_BEGINNINGS = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What is in a file."""

    is_still: bool  # it is one image; else a video
    frames: Iterator[Luma]  # raises FlawedFileError in place of a frame, or of the first


def frames_of(path: str) -> Iterator[tuple[int, Luma]]:
    """Yield the frames of an image (one) or a video (all), each with its number from 0.

    Raises:
        DriverError: at the first frame asked for: no such file, no picture in it, or a picture
            over PICTURE_PIXELS_MAX; or OpenCV can't be loaded.
    """
    with opened(path) as fd:
        try:
            yield from enumerate(pictures_of(fd).frames)
        except FlawedFileError as fault:
            raise DriverError(flaw_words(fault.flaw, path)) from fault


def pictures_of(fd: int) -> Pictures:
    """Return what is in a file; its descriptor must stay open as long as frames are taken.

    Raises:
        FlawedFileError: nothing is.
        DriverError: OpenCV can't be loaded.
    """
    cv2 = _load_cv2()
    luma = _image(cv2, fd)
    if luma is not None:
        return Pictures(is_still=True, frames=iter((luma,)))
    if _begins_as_image(os.pread(fd, 16, 0)):
        raise FlawedFileError(Flaw.TOO_LARGE if _length(fd) > IMAGE_BYTES_MAX else Flaw.BROKEN)
    return Pictures(is_still=False, frames=_video(cv2, fd))


def _load_cv2() -> Any:
    # Where others loaded it before us, without our limit, _checked still refuses.
    cv2 = load_opencv()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def _image(cv2: Any, fd: int) -> Luma | None:
    """Return an image; None: there is none, or it is broken."""
    length = min(_length(fd), IMAGE_BYTES_MAX)
    if not length:
        return None
    with mmap.mmap(fd, length, prot=mmap.PROT_READ) as octets:
        luma = _decoded(cv2, octets)
    return None if luma is None else _checked(cv2, luma)


def _decoded(cv2: Any, octets: mmap.mmap) -> Luma | None:
    try:
        return cv2.imdecode(np.frombuffer(octets, np.uint8), cv2.IMREAD_GRAYSCALE)  # type: ignore[no-any-return]  # OpenCV is untyped here
    except cv2.error as fault:
        if "CV_IO_MAX_IMAGE" in str(fault):
            raise FlawedFileError(Flaw.TOO_LARGE) from fault
        raise FlawedFileError(Flaw.BROKEN) from fault


def _length(fd: int) -> int:
    # By fstat a confined process can't ask: the C library asks by a call that takes names too.
    return os.lseek(fd, 0, os.SEEK_END)


def _begins_as_image(octets: bytes) -> bool:
    return octets.startswith(_BEGINNINGS) or (octets[:4] == b"RIFF" and octets[8:12] == b"WEBP")


class _Octets(io.BufferedIOBase):
    """A file as OpenCV asks FFmpeg's questions of it: by its descriptor, which has no name."""

    def __init__(self, fd: int) -> None:
        self._fd, self._at = fd, 0

    def read(self, size: int | None = -1, /) -> bytes:
        octets = os.pread(self._fd, max(0, size or 0), self._at)
        self._at += len(octets)
        return octets

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        begins = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: _length(self._fd)}
        self._at = max(0, begins[whence] + offset)
        return self._at


def _video(cv2: Any, fd: int) -> Iterator[Luma]:
    restrict_ffmpeg("")  # what a playlist names is not followed to the network
    # One thread: a confined process can start none.
    ways = [cv2.CAP_PROP_N_THREADS, 1, cv2.CAP_PROP_HW_ACCELERATION, cv2.VIDEO_ACCELERATION_NONE]
    octets = _Octets(fd)
    capture = cv2.VideoCapture(octets, cv2.CAP_FFMPEG, ways)
    sides = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    try:
        if prod(int(capture.get(side)) for side in sides) > PICTURE_PIXELS_MAX:
            raise FlawedFileError(Flaw.TOO_LARGE)
        count = 0
        while capture.isOpened():
            there, picture = capture.read()
            if not there:
                break
            yield _checked(cv2, picture)
            count += 1
    finally:
        capture.release()
    if not count:
        raise FlawedFileError(Flaw.NO_PICTURE)


def _checked(cv2: Any, picture: Any) -> Luma:
    if picture.shape[0] * picture.shape[1] > PICTURE_PIXELS_MAX:
        raise FlawedFileError(Flaw.TOO_LARGE)
    if picture.ndim == 3:  # videos, and what OpenCV gives in colour though it's asked for grey
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(picture, dtype=np.uint8)
