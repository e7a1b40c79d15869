"""Room kept for the worst hour: a file that holds space, and is given up when the disk is full."""

import os
from pathlib import Path

from offline_cache.files import remove

# 20,000 entries with what they change: a gate's day, to tell a technician and free the disk in.
BALLAST_OCTETS = 8_388_608


class Ballast:
    """The file at `path`; it holds `octets` that nobody else can have."""

    def __init__(self, path: Path, *, octets: int = BALLAST_OCTETS) -> None:
        self._path, self._octets = path, octets

    def hold(self) -> bool:
        """Take the room, if there is twice as much; return whether it is held.

        A ballast that is spent is not taken again from the last of the room.
        """
        if self.is_held():
            return True
        try:
            free = os.statvfs(self._path.parent)
            if free.f_bavail * free.f_frsize < 2 * self._octets:
                return False
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(descriptor, 0, self._octets)
        except OSError:
            self.release()
            return False
        finally:
            os.close(descriptor)
        return True

    def release(self) -> bool:
        """Give the room up; return whether there was any."""
        was_held = self.is_held()
        try:
            remove(self._path)
        except OSError:
            return False
        return was_held

    def is_held(self) -> bool:
        """Return whether the room is held."""
        try:
            return self._path.stat().st_size >= self._octets
        except OSError:
            return False


def ballast_beside(path: Path, *, octets: int) -> Ballast | None:
    """Return the room kept beside a journal, taken if there is enough; None: none is wanted."""
    if octets == 0:
        return None
    ballast = Ballast(path.with_name("ballast"), octets=octets)
    ballast.hold()
    return ballast
