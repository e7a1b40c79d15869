"""Opening what somebody names as a picture: files, and nothing that answers back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from drivers.base import DriverError


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Give a descriptor of a regular file, open to be read.

    Raises:
        DriverError: there is none, it may not be read, or its name can't be told.
    """
    try:
        path.encode()
    except UnicodeEncodeError as fault:
        raise DriverError(f"{path} has a name that is no UTF-8: rename it") from fault
    fd = _open(path)
    try:
        yield fd
    finally:
        os.close(fd)


def _open(path: str) -> int:
    with suppress(OSError):
        # Looked at first: there are devices that do something when they are opened.
        if Path(path).is_file():
            return _open_regular(path)
    raise DriverError(f"{path} is no file: give the path of an image or a video")


def _open_regular(path: str) -> int:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except PermissionError as fault:
        raise DriverError(f"{path} may not be read by this user: chmod it, or copy it") from fault
    if S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)  # somebody has just put another thing there
    raise FileNotFoundError(path)
