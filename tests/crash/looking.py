"""Cutting the power at many moments of a disk's life, and looking at what is found."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Generic, Protocol, Self, TypeVar

from tests.crash.disk import Disk, Event, Promised, Synced, Tree, read_tree, write_tree
from tests.crash.images import Sweep

# A run that finds so many has found enough.
BROKEN_MAX = 5


class Promises(Protocol):
    """What was promised up to a moment."""

    def copy(self) -> Self:
        """Return one that goes its own way."""
        ...

    def take(self, promise: Any) -> None:
        """Take what was promised."""
        ...


P = TypeVar("P", bound=Promises)

# Yields what an image lost, changed or invented; the number is how many were looked at before.
Judge = Callable[[Path, Any, int], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An image that breaks a promise."""

    life: str  # names seed, terminal and life, which make it once more
    image: Tree
    promises: tuple[str, ...]


@dataclass(slots=True)
class Findings:
    """What a run found; images that are equal under the same promises count as one."""

    images: int = 0
    lives: int = 0
    faults: int = 0  # calls that were made to fail
    broken: list[Broken] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        """Return whether there is no use in going on."""
        return len(self.broken) >= BROKEN_MAX

    def add(self, more: "Findings") -> None:
        """Take in what another piece of the run found."""
        self.images += more.images
        self.lives += more.lives
        self.faults += more.faults
        self.broken += more.broken


@dataclass(slots=True)
class Past(Generic[P]):
    """What a life begins with."""

    ledger: P
    begun: Tree = field(default_factory=dict)  # what the disk held when it was powered up
    events: list[Event] = field(default_factory=list)  # and all since, where nobody cut the power
    seen: Tree = field(default_factory=dict)  # what a program finds

    def promised(self) -> P:
        """Return all that was promised before."""
        ledger = self.ledger.copy()
        for event in self.events:
            if isinstance(event, Promised):
                ledger.take(event.what)
        return ledger

    def disk(self, root: Path, **how: Any) -> Disk:
        """Return a disk whose folder `root` holds what is seen."""
        return Disk(root=root, begun=self.begun, events=list(self.events), **how)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a life is looked at."""

    name: str
    judge: Judge
    cuts: int  # moments that are drawn; equal images of one are counted once
    killed: float  # the share of lives that end with the process, while the disk goes on
    each: bool = False  # names come back each for itself


def look(disk: Disk, past: Past[P], how: Look, findings: Findings) -> None:
    """Count and judge images of what was done to `disk` behind `past`."""
    random = Random(how.name)
    sweep, promised = Sweep(disk, random, each=how.each), past.ledger.copy()
    first, last = len(past.events), len(disk.events)
    seen = set[int]()
    for moment in sorted(random.randint(first, last) for _ in range(how.cuts)):
        for event in sweep.to(moment):
            promised.take(event.what)
            seen.clear()
        image = sweep.image()
        mark = hash(tuple(sorted(image.items())))
        if mark not in seen and not findings.is_enough:
            seen.add(mark)
            _judge(image, promised, how, findings)
    for event in sweep.to(last):
        promised.take(event.what)
    if sweep.whole() != read_tree(disk.root):
        raise ValueError(f"{how.name}: something was written past the log")
    findings.lives += 1


def _judge(image: Tree, promised: Promises, how: Look, findings: Findings) -> None:
    with fresh_folder(image) as folder:
        told = tuple(how.judge(folder, promised, findings.images))
    findings.images += 1
    if told:
        findings.broken.append(Broken(life=how.name, image=image, promises=told))


def next_past(disk: Disk, past: Past[P], how: Look, findings: Findings) -> Past[P]:
    """Return what the next life begins with, judged: power is cut, or the process killed, somewhere."""
    random = Random(f"{how.name} ends")
    is_killed = random.random() < how.killed
    end = _end(disk, past, random, is_killed=is_killed)
    sweep, ledger = Sweep(disk, random, each=how.each), past.ledger.copy()
    for event in sweep.to(end):
        ledger.take(event.what)
    found = sweep.whole() if is_killed else sweep.image()
    _judge(found, ledger, how, findings)
    if is_killed:
        return Past(past.ledger, past.begun, disk.events[:end], found)
    return Past(ledger, found, [], found)


def _end(disk: Disk, past: Past[P], random: Random, *, is_killed: bool) -> int:
    """Return when a life ends: anywhere, or where most is at stake when a process is killed."""
    first, last = len(past.events), len(disk.events)
    syncs = [at for at in range(first, last) if isinstance(disk.events[at], Synced)]
    if is_killed and syncs and random.random() < 0.5:
        return random.choice(syncs)  # all is written, and not yet synced
    return random.randint(first, last)


@contextmanager
def fresh_folder(tree: Tree) -> Iterator[Path]:
    """Make a folder that holds `tree`, in memory where the machine has such a place."""
    shared = Path("/dev/shm")  # noqa: S108  # the name is mkdtemp's
    is_there = os.access(shared, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crash-", dir=shared if is_there else None))
    try:
        write_tree(tree, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a thread that failed may still close its files


def keep(broken: Broken, folder: Path) -> Path:
    """Write an image out, for looking at; return where."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_tree(broken.image, folder)
    (folder / "broken.txt").write_text("\n".join(broken.promises) + "\n")
    return folder
