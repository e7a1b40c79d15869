"""The published folder on a stick, or wherever somebody copied it."""

import os
import stat
from pathlib import Path

from protocol.trust_folder import METADATA, TARGETS, TUF
from verifier.errors import TrustError


class FolderSource:
    """Satisfies `Source`; reads regular files alone, for a stick may hold anything."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that metadata and targets lie in, or that the folder `tuf` lies in."""
        below = folder / TUF
        self._folder = below if (below / METADATA).is_dir() else folder
        self.name = str(self._folder)

    def is_there(self) -> bool:
        """Return whether it looks like a published folder."""
        return (self._folder / METADATA).is_dir()

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return the file `name`, None where there is none; see `Source`.

        Raises:
            TrustError: too large, or no file.
            OSError: it can't be read.
        """
        del known
        return read_file(self._folder / METADATA / name, limit)

    def target(self, name: str, *, limit: int) -> bytes:
        """Return the file `name`, not yet checked; see `Source`.

        Raises:
            TrustError: not there, too large, or no file.
            OSError: it can't be read.
        """
        octets = read_file(self._folder / TARGETS / name, limit)
        if octets is None:
            raise TrustError(f"{self.name} lacks {name}; copy the whole folder again")
        return octets


def read_file(path: Path, limit: int) -> bytes | None:
    """Return what a regular file on a stick holds; None: it is not there.

    Raises:
        TrustError: larger than `limit`, or no file.
        OSError: it can't be read.
    """
    try:
        # A link may lead to a device, and some do things when they are opened.
        _require_file(path, path.stat())
        # Without it a pipe that takes its name now would keep whoever opens it for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        _require_file(path, os.fstat(descriptor))
        octets = file.read(limit + 1)
    if len(octets) > limit:
        raise TrustError(f"{path} is larger than {limit} octets")
    return octets


def _require_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise TrustError(f"{path} is no file")
