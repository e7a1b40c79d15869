"""A machine's disk over its lives: it may lose power, or its process, at any instant."""

from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any

from tests.crash.disk import Call, Disk, Failure, Promised, Tree, read_tree, write_tree
from tests.crash.images import Sweep
from tests.simulation.rack import Rack

# What of a disk's failures befalls which call.
_BEFALL = {
    Call.WRITE: (Failure.FULL, Failure.IO),
    Call.TRUNCATE: (Failure.IO,),
    Call.SYNC: (Failure.KEPT, Failure.DROPPED),
    Call.FOLDER_SYNC: (Failure.KEPT,),
    Call.NAME: (Failure.FULL,),
}


class End(Enum):
    """How a life ends that nobody ended in order."""

    KILLED = "kill -9"  # what was written is seen by whoever comes next, synced or not
    POWER = "power cut"  # all that was synced, and a torn part of the rest


class Box:
    """The disk of one machine; each life has a folder of its own on the rack."""

    def __init__(self, rack: Rack, name: str, random: Random) -> None:
        self._rack, self.name, self._random = rack, name, random
        self._lives, self._taken, self._mark = 0, 0, 0
        self._failing, self._failed = 0.0, 0
        self._disk: Disk | None = None

    @property
    def root(self) -> Path:
        """Return the folder of this life."""
        return self.disk.root

    @property
    def disk(self) -> Disk:
        """Return the disk as this life has it."""
        if self._disk is None:
            raise ValueError(f"{self.name} has no disk")
        return self._disk

    def insert(self, tree: Tree) -> None:
        """Put in a disk that holds `tree`, all of it durable."""
        self._begin(tree, Disk(root=self._fresh(), begun=tree, fails=self._fails))

    def mark(self) -> None:
        """Note that others saw what was done so far: an end can't come before it any more."""
        self._mark = len(self.disk.events)

    def promised(self) -> Iterator[Any]:
        """Yield what was promised since this was asked last; an end can't come before it any more."""
        self.mark()
        yield from self._promised_until(len(self.disk.events))

    def end(self, how: End | None, close: Callable[[], None]) -> Iterator[Any]:
        """End the life and begin the next; yield what was promised before the end.

        Args:
            how: it ends, at some instant since `mark`; None: in order, now.
            close: closes what the process has open; nothing that it does then counts.
        """
        old, random = self.disk, self._random
        if how is None:
            close()
        moment = len(old.events) if how is None else random.randint(self._mark, len(old.events))
        yield from self._promised_until(moment)
        sweep = Sweep(old, random)
        for _ in sweep.to(moment):
            continue
        found = sweep.image() if how is End.POWER else sweep.whole()
        self._rack.drop(old.root.name)
        if how is not None:
            close()
        self._rack.forget(old)
        if how is End.POWER:
            self.insert(found)
            return
        events = old.events[:moment]
        disk = Disk(root=self._fresh(), begun=old.begun, events=events, fails=self._fails)
        self._begin(found, disk)

    def image(self) -> Tree:
        """Return what a copy of the disk would hold now."""
        return read_tree(self.root)

    def fail(self, share: float) -> None:
        """Have so many calls of the disk fail from now on."""
        self._failing = share

    @property
    def failed(self) -> int:
        """Return how many calls were made to fail."""
        return self._failed

    def _begin(self, seen: Tree, disk: Disk) -> None:
        write_tree(seen, disk.root)
        self._disk, self._taken = disk, len(disk.events)
        self._rack.add(disk.root.name, disk)
        self.mark()

    def _fresh(self) -> Path:
        self._lives += 1
        folder = self._rack.root / f"{self.name}.{self._lives}"
        folder.mkdir()
        return folder

    def _promised_until(self, moment: int) -> Iterator[Any]:
        events, self._taken = self.disk.events[self._taken : moment], max(moment, self._taken)
        for event in events:
            if isinstance(event, Promised):
                yield event.what

    def _fails(self, call: Call, _name: str) -> Failure | None:
        if not self._failing or self._random.random() >= self._failing:
            return None
        self._failed += 1
        return self._random.choice(_BEFALL[call])
