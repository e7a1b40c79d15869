"""What a disk may hold after its power was cut: all that was synced, and some of the rest.

Between two syncs a disk writes in any order. A sector is written whole or not at all, in any state
that it went through since the last sync; lengths may grow before what is in them is written. Names
come back in the order in which they were given, as on a file system with a journal, or with `each`
set each for itself, which is all that POSIX says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tests.crash.disk import (
    Disk,
    Dropped,
    Event,
    FolderSynced,
    Named,
    OfFolder,
    Promised,
    Removed,
    Renamed,
    Synced,
    Tree,
    Truncated,
    Written,
    begun_inodes,
    folder_of,
)

# What disks promise to write whole: old ones, and nearly all that are sold now.
SECTORS = (512, 4_096)
# Of the page cache: what is dirty, and called clean again, at once.
PAGE = 4_096


@dataclass(slots=True)
class _File:
    """A file: what is surely on the disk, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)  # by whoever reads it now
    pending: list[Written | Truncated] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)  # pages called clean, and not written


class Sweep:
    """Goes through what was done to a disk, and makes images of any moment on the way."""

    def __init__(self, disk: Disk, random: Random, *, each: bool = False) -> None:
        self._events, self._random, self._each = disk.events, random, each
        self._at = 0
        inodes = begun_inodes(disk.begun)
        self._files = {
            inodes[name]: _File(bytearray(octets), bytearray(octets))
            for name, octets in disk.begun.items()
            if octets is not None
        }
        self._names: dict[str, int | None] = {name: inodes.get(name) for name in disk.begun}
        self._pending: list[OfFolder] = []

    def to(self, moment: int) -> Iterator[Promised]:
        """Go on until `moment` events were done; yield what was promised on the way."""
        while self._at < moment:
            event = self._events[self._at]
            self._at += 1
            if isinstance(event, Promised):
                yield event
            else:
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Written(inode=inode):
                self._write(self._files[inode], event)
            case Truncated(inode=inode):
                self._files[inode].pending.append(event)
                _apply(self._files[inode].seen, event)
            case Synced(inode=inode):
                self._sync(self._files[inode])
            case Dropped(inode=inode):
                self._drop(self._files[inode])
            case FolderSynced(folder=folder):
                self._sync_folder(folder)
            case Named(inode=inode):
                if inode is not None:
                    self._files[inode] = _File()
                self._pending.append(event)
            case Removed() | Renamed():
                self._pending.append(event)
            case Promised():
                raise ValueError("promises are not the disk's")

    def _write(self, file: _File, event: Written) -> None:
        """Take a write; it makes pages dirty again that were called clean, whole as they are."""
        _apply(file.seen, event)
        pages = range(event.offset // PAGE, (event.offset + len(event.octets) - 1) // PAGE + 1)
        file.pending.append(event)
        for page in file.dropped.intersection(pages):
            file.dropped.discard(page)
            octets = bytes(file.seen[page * PAGE : (page + 1) * PAGE])
            file.pending.append(Written(event.inode, page * PAGE, octets))

    def _sync(self, file: _File) -> None:
        for event in file.pending:
            _apply(file.durable, event)
        file.pending.clear()

    def _drop(self, file: _File) -> None:
        """Let a part of what is dirty reach the disk, and call all of it clean."""
        for event in file.pending:
            if isinstance(event, Written):
                last = event.offset + len(event.octets) - 1
                file.dropped.update(range(event.offset // PAGE, last // PAGE + 1))
        file.durable = self._torn(file)
        file.pending.clear()

    def _sync_folder(self, folder: str) -> None:
        """Make names durable: those of a folder, or all that were given before the last of them."""
        ours = [at for at, event in enumerate(self._pending) if _folder(event) == folder]
        done = set(ours if self._each else range(max(ours, default=-1) + 1))
        for at in sorted(done):
            _rename(self._names, self._pending[at])
        self._pending = [event for at, event in enumerate(self._pending) if at not in done]

    def image(self) -> Tree:
        """Return one of the states that the disk may be found in if its power is cut now."""
        names = dict(self._names)
        for event in self._kept_names():
            _rename(names, event)
        return {
            name: None if inode is None else bytes(self._torn(self._files[inode]))
            for name, inode in names.items()
            if all(folder in names for folder in _above(name))
        }

    def whole(self) -> Tree:
        """Return what whoever reads the folder now sees."""
        names = dict(self._names)
        for event in self._pending:
            _rename(names, event)
        return {
            name: None if inode is None else bytes(self._files[inode].seen)
            for name, inode in names.items()
        }

    def _kept_names(self) -> list[OfFolder]:
        if self._each:
            return [event for event in self._pending if self._random.random() < 0.5]
        return self._pending[: self._random.randint(0, len(self._pending))]

    def _torn(self, file: _File) -> bytearray:
        """Return the durable octets with some of the pending events done."""
        octets = bytearray(file.durable)
        if not file.pending:
            return octets
        random, share = self._random, self._random.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        if random.random() < 0.3:  # in order, up to somewhere in the middle of an event
            return _up_to(octets, file.pending, random)
        sector = random.choice(SECTORS)
        pieces = _pieces(file.pending, sector)
        kept = {at: _some(len(events), share, random) for at, events in pieces.items()}
        done = set[tuple[int, int]]()
        for at, events in pieces.items():
            done |= {(event, at) for event in events[: kept[at]]}
        for number, event in enumerate(file.pending):
            if isinstance(event, Truncated):
                if random.random() < max(share, 0.5):
                    _apply(octets, event)
                continue
            for at in _sectors(event, sector):
                if (number, at) in done:
                    _apply(octets, _piece(event, at, sector))
        if random.random() < 0.2:  # its length alone
            octets.extend(bytes(max(0, _length(file.pending) - len(octets))))
        return octets


def _some(count: int, share: float, random: Random) -> int:
    """Return how many of a sector's states were gone through."""
    return count if random.random() < share else random.randrange(count) if share else 0


def _pieces(events: list[Written | Truncated], sector: int) -> dict[int, list[int]]:
    """Return the events that touch each sector, in order."""
    touched = dict[int, list[int]]()
    for number, event in enumerate(events):
        if isinstance(event, Written):
            for at in _sectors(event, sector):
                touched.setdefault(at, []).append(number)
    return touched


def _sectors(event: Written, sector: int) -> range:
    return range(event.offset // sector, (event.offset + len(event.octets) - 1) // sector + 1)


def _piece(event: Written, at: int, sector: int) -> Written:
    """Return the part of a write that lies in one sector."""
    first = max(event.offset, at * sector)
    end = (at + 1) * sector - event.offset
    return Written(event.inode, first, event.octets[first - event.offset : end])


def _up_to(octets: bytearray, events: list[Written | Truncated], random: Random) -> bytearray:
    *before, last = events[: random.randint(1, len(events))]
    for event in before:
        _apply(octets, event)
    if isinstance(last, Written):
        part = last.octets[: random.randint(0, len(last.octets) // SECTORS[0]) * SECTORS[0]]
        _apply(octets, Written(last.inode, last.offset, part))
    return octets


def _length(events: list[Written | Truncated]) -> int:
    return max((e.offset + len(e.octets) for e in events if isinstance(e, Written)), default=0)


def _apply(octets: bytearray, event: Written | Truncated) -> None:
    match event:
        case Written(offset=offset, octets=written):
            if written:
                octets.extend(bytes(max(0, offset - len(octets))))
                octets[offset : offset + len(written)] = written
        case Truncated(size=size):
            del octets[size:]


def _rename(names: dict[str, int | None], event: OfFolder) -> None:
    match event:
        case Named(name=name, inode=inode):
            names[name] = inode
        case Removed(name=name):
            names.pop(name, None)
        case Renamed(source=source, target=target, inode=inode):
            names.pop(source, None)
            names[target] = inode


def _folder(event: OfFolder) -> str:
    return folder_of(event.target if isinstance(event, Renamed) else event.name)


def _above(name: str) -> Iterator[str]:
    """Yield the folders that a path leads through."""
    while name := folder_of(name):
        yield name
