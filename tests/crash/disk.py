"""A folder on a disk that can lose power: everything that is done to it, in order.

The folder itself is real, so that the product reads it as it always does; what it writes is
logged here on the way. Nothing that happens is known to be on the disk until it was synced.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    inode: int
    offset: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    inode: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sync failed; what was not written yet is called clean and never will be, as on Linux."""

    inode: int


@dataclass(frozen=True, slots=True)
class Named:
    """A name stands for a file, or for a folder (no inode)."""

    name: str
    inode: int | None


@dataclass(frozen=True, slots=True)
class Removed:
    name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    source: str
    target: str
    inode: int


@dataclass(frozen=True, slots=True)
class FolderSynced:
    folder: str


@dataclass(frozen=True, slots=True)
class Promised:
    """Something was acknowledged to somebody: from here on it must not be lost."""

    what: object


OfFile = Written | Truncated | Synced | Dropped
OfFolder = Named | Removed | Renamed
Event = OfFile | OfFolder | FolderSynced | Promised

Tree = dict[str, bytes | None]  # by path below the root; None: a folder


class Call(Enum):
    """What can be made to fail."""

    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    FOLDER_SYNC = "sync of a folder"
    NAME = "open, rename or removal"


class Failure(Enum):
    """How a call fails."""

    FULL = "no space: some of it is written"
    IO = "input/output error: some of it is written"
    KEPT = "input/output error; what is dirty stays dirty"
    DROPPED = "input/output error; what is dirty is called clean, and never written"


Fails = Callable[[Call, str], Failure | None]


@dataclass(slots=True)
class Disk:
    """The folder `root`, what it held when it was last powered up, and what was done since."""

    root: Path
    begun: Tree
    fails: Fails = lambda _call, _path: None
    syncs: bool = True  # False: a disk that says it has synced, and has not
    events: list[Event] = field(default_factory=list)
    _inodes: dict[str, int] = field(init=False)
    _made: int = field(init=False)

    def __post_init__(self) -> None:
        """Number the files that are there, by what it held and by what was done since."""
        self._inodes = begun_inodes(self.begun)
        self._made = len(self._inodes)
        for event in self.events:
            match event:
                case Named(name=name, inode=int() as inode):
                    self._inodes[name] = self._made = inode
                case Removed(name=name):
                    del self._inodes[name]
                case Renamed(source=source, target=target, inode=inode):
                    del self._inodes[source]
                    self._inodes[target] = inode
                case _:
                    pass

    def name_of(self, path: str | os.PathLike[str]) -> str | None:
        """Return the path below the root; None: it is not ours, or shared memory of SQLite's."""
        text, root = os.fspath(path), f"{self.root}/"
        if text == str(self.root):
            return ""
        return text[len(root) :] if text.startswith(root) and not text.endswith("-shm") else None

    def inode(self, name: str) -> int:
        """Return the number of a file, which is there."""
        return self._inodes[name]

    def opened(self, name: str, *, is_fresh: bool) -> int:
        """Return the number of a file that was opened, and made by that if `is_fresh`."""
        if is_fresh:
            self._made += 1
            self._inodes[name] = self._made
            self.events.append(Named(name, self._made))
        return self._inodes[name]

    def wrote(self, inode: int, offset: int, octets: bytes) -> None:
        """Take octets that a file got."""
        self.events.append(Written(inode, offset, octets))

    def cut(self, inode: int, size: int) -> None:
        """Take a file's new, lower length."""
        self.events.append(Truncated(inode, size))

    def synced(self, inode: int) -> None:
        """Take a file's sync."""
        if self.syncs:
            self.events.append(Synced(inode))

    def sync_failed(self, inode: int, failure: Failure) -> None:
        """Take a sync that failed."""
        if failure is Failure.DROPPED:
            self.events.append(Dropped(inode))

    def folder_made(self, name: str) -> None:
        """Take a new folder."""
        self.events.append(Named(name, None))

    def folder_synced(self, name: str) -> None:
        """Take a folder's sync."""
        if self.syncs:
            self.events.append(FolderSynced(name))

    def removed(self, name: str) -> None:
        """Take a name that is gone."""
        del self._inodes[name]
        self.events.append(Removed(name))

    def renamed(self, source: str, target: str) -> None:
        """Take a file's new name."""
        inode = self._inodes.pop(source)
        self._inodes[target] = inode
        self.events.append(Renamed(source, target, inode))

    def promise(self, what: object) -> None:
        """Take what was acknowledged at this very moment."""
        self.events.append(Promised(what))


def begun_inodes(tree: Tree) -> dict[str, int]:
    """Return the numbers of the files of a tree, from 1."""
    return {name: number for number, name in enumerate(files_of(tree), start=1)}


def files_of(tree: Tree) -> list[str]:
    """Return the paths of a tree's files, in order."""
    return sorted(name for name, octets in tree.items() if octets is not None)


def folder_of(name: str) -> str:
    """Return the folder that a name stands in; empty: the root."""
    return name.rpartition("/")[0]


def read_tree(root: Path) -> Tree:
    """Return what stands below `root`, but for SQLite's shared memory, which no power cut leaves."""
    tree = Tree()
    for folder, folders, files in os.walk(root):
        at = Path(folder)
        tree |= {str((at / name).relative_to(root)): None for name in folders}
        tree |= {
            str((at / name).relative_to(root)): (at / name).read_bytes()
            for name in files
            if not name.endswith("-shm")
        }
    return tree


def write_tree(tree: Tree, root: Path) -> None:
    """Make `root` hold `tree`."""
    for name in sorted(tree):
        octets = tree[name]
        if octets is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(octets)


def fault_of(failure: Failure, path: str) -> OSError:
    """Return what the system would raise."""
    number = errno.ENOSPC if failure is Failure.FULL else errno.EIO
    return OSError(number, os.strerror(number), path)
