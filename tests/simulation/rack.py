"""Many disks below one folder, so that one VFS tells each of what is done to it."""

import os
from pathlib import Path

from tests.crash.disk import Call, Disk, Failure

# So many files are made on one disk at most.
_FILES_MAX = 1_000_000


class Rack(Disk):
    """Stands for whichever disk a path leads to: each is a folder right below the root."""

    def __init__(self, root: Path) -> None:
        super().__init__(root=root, begun={}, fails=self._failing)
        self._disks: dict[str, Disk] = {}
        self._numbers: dict[int, Disk] = {}  # by the number that begins those of its files
        self._added = 0
        self._dropped: set[str] = set()

    def add(self, name: str, disk: Disk) -> None:
        """Log what is done below the folder `name`."""
        self._disks[name] = self._numbers[self._added] = disk
        self._added += 1

    def drop(self, name: str) -> None:
        """Log names there no more; a file that is still open goes on telling its old disk."""
        self._dropped.add(name)

    def forget(self, disk: Disk) -> None:
        """Let go of a disk that was dropped, and of which no file is open any more."""
        del self._numbers[self._number(disk)], self._disks[disk.root.name]
        self._dropped.discard(disk.root.name)

    def name_of(self, path: str | os.PathLike[str]) -> str | None:
        """Return the path below the root; None: it is on none of the disks."""
        text, root = os.fspath(path), f"{self.root}/"
        if not text.startswith(root) or text.endswith("-shm"):
            return None
        name = text[len(root) :]
        first = name.partition("/")[0]
        return name if first in self._disks and first not in self._dropped else None

    def inode(self, name: str) -> int:
        """Return the number of a file, which is there."""
        disk, own = self._at(name)
        return self._global(disk, disk.inode(own))

    def opened(self, name: str, *, is_fresh: bool) -> int:
        """Return the number of a file that was opened."""
        disk, own = self._at(name)
        return self._global(disk, disk.opened(own, is_fresh=is_fresh))

    def wrote(self, inode: int, offset: int, octets: bytes) -> None:
        """Take octets that a file got."""
        disk, own = self._of(inode)
        disk.wrote(own, offset, octets)

    def cut(self, inode: int, size: int) -> None:
        """Take a file's new, lower length."""
        disk, own = self._of(inode)
        disk.cut(own, size)

    def synced(self, inode: int) -> None:
        """Take a file's sync."""
        disk, own = self._of(inode)
        disk.synced(own)

    def sync_failed(self, inode: int, failure: Failure) -> None:
        """Take a sync that failed."""
        disk, own = self._of(inode)
        disk.sync_failed(own, failure)

    def folder_made(self, name: str) -> None:
        """Take a new folder."""
        disk, own = self._at(name)
        disk.folder_made(own)

    def folder_synced(self, name: str) -> None:
        """Take a folder's sync."""
        disk, own = self._at(name)
        disk.folder_synced(own)

    def removed(self, name: str) -> None:
        """Take a name that is gone."""
        disk, own = self._at(name)
        disk.removed(own)

    def renamed(self, source: str, target: str) -> None:
        """Take a file's new name, on the same disk."""
        disk, own = self._at(source)
        disk.renamed(own, self._at(target)[1])

    def _failing(self, call: Call, name: str) -> Failure | None:
        disk, own = self._at(name)
        return disk.fails(call, own)

    def _at(self, name: str) -> tuple[Disk, str]:
        first, _, own = name.partition("/")
        return self._disks[first], own

    def _of(self, inode: int) -> tuple[Disk, int]:
        number, own = divmod(inode, _FILES_MAX)
        return self._numbers[number], own

    def _global(self, disk: Disk, inode: int) -> int:
        return self._number(disk) * _FILES_MAX + inode

    def _number(self, disk: Disk) -> int:
        return next(number for number, each in self._numbers.items() if each is disk)
