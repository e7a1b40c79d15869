"""Status arrays on disk: each inflated once, mapped read-only, some dozens at a time.

A file is named after the signed octets that it was made from, written whole under another name
and never changed in place, so nothing that is mapped shrinks under its reader. Who truncates one
all the same kills the process (SIGBUS), as a disk does that can't read a page any more: whoever
loads next reads the file whole, compares it with the signed list and makes it anew.
"""

import mmap
import os
from collections.abc import Callable, Collection
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from offline_cache.errors import CacheError
from offline_cache.files import remove, write_durably
from verifier.errors import StatusUnreadable, TrustError
from verifier.status import BitArray

# A map keeps a descriptor, and systemd grants 1,024 of them; a lane meets the ten shards of its
# city, and 64 of 2^20 cards at two bits are 16 MB of the page cache.
MAPS_OPEN_MAX = 64

Make = Callable[[], bytes]


class Maps:
    """The arrays that are open; the one that was used longest ago is closed for a new one."""

    def __init__(self) -> None:
        self.opened = 0  # how many were opened so far: the time by which use is dated
        self._open: WeakSet[StatusArray] = WeakSet()  # one that nobody names closes with it
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def add(self, array: "StatusArray") -> None:
        """Note that `array` was opened."""
        with self._lock:
            self.opened += 1
            array.used = self.opened
            self._open.add(array)
            while len(self._open) > MAPS_OPEN_MAX:
                oldest = min(self._open, key=lambda each: each.used)
                self._open.discard(oldest)
                oldest.close()


class StatusArray:
    """The octets of one list; satisfies `BitArray`."""

    __slots__ = ("__weakref__", "_make", "_maps", "_path", "_size", "_view", "used")

    def __init__(self, path: Path | None, size: int, make: Make, maps: Maps) -> None:
        """Take the file of `size` octets at `path`; None: none could be written."""
        self._path, self._size, self._make, self._maps = path, size, make, maps
        self._view: mmap.mmap | bytes | None = None
        self.used = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: int, /) -> int:
        """Return the octet at `place`, which is inside.

        Raises:
            StatusUnreadable: neither the file nor the signed list can be read.
        """
        view = self._view
        if view is None:
            view = self._open()
        self.used = self._maps.opened
        return view[place]

    @property
    def has_file(self) -> bool:
        """Return whether the octets are on the disk."""
        return self._path is not None

    def make_with(self, make: Make) -> None:
        """Make the octets with `make`, should the file be lost."""
        self._make = make

    def close(self) -> None:
        """Let go of the map; the next look-up opens it anew."""
        self._view = None  # a reader of this instant still holds it, and the last one closes it

    def _open(self) -> mmap.mmap | bytes:
        view = self._mapped() or self._made()
        self._view = view
        self._maps.add(self)
        return view

    def _mapped(self) -> mmap.mmap | None:
        """Return the file's map; None where it is gone or of another length since it was loaded."""
        if self._path is None:
            return None
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            if os.fstat(descriptor).st_size == self._size:
                return mmap.mmap(descriptor, self._size, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # cut between the two calls
            pass  # or no memory for it: the octets themselves will do
        finally:
            os.close(descriptor)
        return None

    def _made(self) -> bytes:
        try:
            octets = self._make()
        except (CacheError, TrustError, OSError) as error:
            raise StatusUnreadable(str(error)) from error
        return octets


class StatusArrays:
    """The folder of arrays. One process writes; it holds the state folder."""

    def __init__(self, folder: Path, *, writes: bool) -> None:
        """Take the folder; without `writes` nothing in it is touched."""
        self._folder, self._writes, self._maps = folder, writes, Maps()
        self._held: dict[str, StatusArray] = {}
        self._troubles: list[str] = []

    def __len__(self) -> int:
        """Return how many arrays are mapped at this moment."""
        return len(self._maps)

    def keep(self, name: str, make: Make) -> BitArray:
        """Return the array `name`; its file is compared with what `make` gives, once a process.

        Args:
            name: a digest of all that `make` makes the array from.
            make: gives the octets; called again where the file is lost while in use. The newest
                is kept, so that no array holds on to the index that it came with.

        Raises:
            TrustError: what `make` raises.
        """
        held = self._held.get(name)
        if held is None or (self._writes and not held.has_file):
            octets = make()
            path = self._folder / name
            has_file = _is_sound(path, octets) or (self._writes and self._write(path, octets))
            held = StatusArray(path if has_file else None, len(octets), make, self._maps)
            self._held[name] = held
        held.make_with(make)
        return held

    def take_troubles(self) -> list[str]:
        """Return which files could not be written since this was last asked, and why."""
        told, self._troubles = self._troubles, []
        return told

    def _write(self, path: Path, octets: bytes) -> bool:
        """Return whether the file is there now; a full disk must not stop anybody's look-up."""
        try:
            write_durably(path, octets)
        except OSError as error:
            self._troubles.append(f"{path}: {error.strerror}; held in memory, free the disk")
            return False
        return True

    def forget_all_but(self, names: Collection[str]) -> None:
        """Remove the files of all other arrays; one that can't be removed is told, and harms nobody.

        Who calls has new trust in hand: no file may keep it from the lanes.
        """
        self._held = {name: held for name, held in self._held.items() if name in names}
        if not self._writes or not self._folder.is_dir():
            return
        try:
            strangers = [path for path in self._folder.iterdir() if path.name not in names]
        except OSError as error:
            self._troubles.append(f"{self._folder}: {error.strerror}; give it to this user")
            return
        for path in strangers:
            try:
                remove(path)
            except OSError as error:
                self._troubles.append(f"{path}: {error.strerror}; remove it, nothing needs it")


def _is_sound(path: Path, octets: bytes) -> bool:
    try:
        return path.read_bytes() == octets
    except OSError:  # not there, or on a bad block
        return False
