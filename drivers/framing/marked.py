"""What the framings have in common whose frames begin with a mark: they find it again."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.framing.base import Framing, LineFault, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What stands at the beginning of the octets."""

    size: int  # octets used up, 1 or more
    outcomes: tuple[Outcome, ...]
    fault: LineFault | None = None  # it was no frame


class Marked(Framing):
    """Looks for frames, and looks again within what seemed to be one and was none.

    So noise costs no frame that follows it, though it may be found late, after a pause. A run of faults is told once, and once more for every `line_bytes_max` octets that it lasts.
    """

    def __init__(self, line_bytes_max: int, gap_ms_max: int) -> None:
        super().__init__(line_bytes_max, gap_ms_max)
        self._astray = 0  # octets dropped since the run was last told; 0: there is none

    def reset(self) -> None:
        """Drop what has begun: its rest will not come."""
        super().reset()
        self._astray = 0

    def _is_open(self) -> bool:
        return bool(self._arrived.octets) or self._astray > 0

    @abstractmethod
    def _start(self, octets: bytearray) -> int:
        """Return where a frame may begin first, or `len(octets)`."""

    @abstractmethod
    def _parse(self, octets: bytearray) -> Parsed | None:
        """Return what stands at the beginning, where one may; None: more must come first."""

    def _stray(self, octets: bytearray) -> int:
        """Return how many of these octets between frames are at fault."""
        return len(octets)

    def _cut(self) -> Iterator[Outcome]:
        octets = self._arrived.octets
        while octets:
            if start := self._start(octets):
                yield from self._dropped(start, LineFault.STRAY)
                continue
            parsed = self._parse(octets)
            if parsed is None:
                return
            if parsed.fault is not None:
                yield from self._dropped(parsed.size, parsed.fault)
                continue
            self._astray = 0
            yield from parsed.outcomes
            self._arrived.drop(parsed.size)

    def _pause(self) -> Iterator[Outcome]:
        while self._arrived.octets:
            yield from self._dropped(1, LineFault.BROKEN_OFF)
            yield from self._cut()
        self.reset()

    def _dropped(self, count: int, fault: LineFault) -> Iterator[Outcome]:
        """Drop octets; yield the fault if it begins a run or the run grew long again."""
        is_stray = fault is LineFault.STRAY
        bad = self._stray(self._arrived.octets[:count]) if is_stray else count
        self._arrived.drop(count)
        if bad and not self._astray:
            yield from self._told(fault)
        self._astray += bad
        while self._astray > self._line_bytes_max:
            yield from self._told(fault)
            self._astray -= self._line_bytes_max

    def _told(self, fault: LineFault) -> Iterator[Outcome]:
        yield fault
