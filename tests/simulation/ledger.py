"""What lanes were told, and which disks it was written on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Told:
    """A lane was told that its presentation's entry is durable."""

    presentation: str  # the one of its kind
    epoch: int
    seq: int
    line: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was told of a presentation, and by whom."""

    terminal: str
    history: int  # of the disk that it was written on; an image that is put back begins another
    told: Told


@dataclass(slots=True)
class Ledger:
    """All that was told over a run, and what the world knows of the disks."""

    told: dict[str, Kept] = field(default_factory=dict)  # by presentation
    asked: dict[str, str] = field(default_factory=dict)  # terminal by presentation, told or not
    gone: set[str] = field(default_factory=set)  # presentations on disks that were taken away
    replaced: set[str] = field(default_factory=set)  # terminals that lost a disk
    refused: dict[tuple[int, int], int] = field(default_factory=dict)
    """The last entry that a checkpoint told of which the centre called a fork; by history, epoch."""
    parted: set[tuple[str, int]] = field(default_factory=set)
    """Terminals' epochs that ended, or are known to have two histories: there may be more."""

    def take(self, terminal: str, history: int, told: Told) -> None:
        """Take what a lane was told."""
        if told.presentation in self.told:
            raise ValueError("every presentation has a name of its own")
        self.told[told.presentation] = Kept(terminal=terminal, history=history, told=told)

    def told_on(self, history: int, epoch: int) -> Iterator[Told]:
        """Yield what lanes were told of one disk's entries of an epoch."""
        for kept in self.told.values():
            if (kept.history, kept.told.epoch) == (history, epoch):
                yield kept.told

    def lose(self, terminal: str, presentations: Iterable[str]) -> None:
        """Note that a disk of `terminal` with these on it is nobody's any more."""
        self.gone.update(presentations)
        self.replaced.add(terminal)

    def can_be_named(self, kept: Kept, *, is_behind: bool) -> bool:
        """Return whether the centre knows enough to name an entry that only a lost disk had.

        Args:
            kept: the entry.
            is_behind: whether the centre's own history of the epoch ends before it: then it may
                be on its way, until the epoch has ended or parted. If not, the centre has an entry
                of that number, and takes the two for the same unless it was shown the fork.
        """
        told = kept.told
        if is_behind:
            return (kept.terminal, told.epoch) in self.parted
        return self.refused.get((kept.history, told.epoch), 0) >= told.seq

    def refuse(self, history: int, epoch: int, seq: int) -> None:
        """Note that the centre was told that a disk holds `seq` entries, and saw a fork."""
        self.refused[history, epoch] = max(seq, self.refused.get((history, epoch), 0))

    def part(self, terminal: str, epoch: int) -> None:
        """Note that an epoch has ended, or that there are two histories of it."""
        self.parted.add((terminal, epoch))
