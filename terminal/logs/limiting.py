"""How much of one thing the log takes. Pure: time comes in."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

# Fifty events at sixteen lanes each; whoever makes up names without end pushes out the oldest.
NAMES_MAX = 1_024


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float
    burst: int
    per_s: float
    suppressed: int = 0

    def fill(self, now_s: float) -> None:
        self.left = min(float(self.burst), self.left + (now_s - self.at_s) * self.per_s)
        self.at_s = now_s


class LogLimit:
    """A bucket for each name, with a count of what it did not let through."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, now_s: float, *, burst: int, per_s: float) -> int | None:
        """Return how many were left out since the last one that was taken; None: so is this one.

        Args:
            name: of whose bucket.
            now_s: monotonic.
            burst: how many are taken at once.
            per_s: how many on and on.
        """
        bucket = self._buckets.pop(name, None) or _Bucket(float(burst), now_s, burst, per_s)
        bucket.fill(now_s)
        self._buckets[name] = bucket
        if len(self._buckets) > NAMES_MAX:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            bucket.suppressed += 1
            return None
        bucket.left -= 1
        suppressed, bucket.suppressed = bucket.suppressed, 0
        return suppressed

    def owed(self, now_s: float) -> Iterator[tuple[str, int]]:
        """Yield each name of which lines were left out and would be taken again, and how many.

        It is told by that: nothing is owed of it any more.
        """
        for name, bucket in self._buckets.items():
            bucket.fill(now_s)
            if bucket.suppressed and bucket.left >= 1:
                bucket.left -= 1
                suppressed, bucket.suppressed = bucket.suppressed, 0
                yield name, suppressed

    def all_owed(self) -> Iterator[tuple[str, int]]:
        """Yield the same, whether it would be taken or not: the log ends."""
        for name, bucket in self._buckets.items():
            if bucket.suppressed:
                suppressed, bucket.suppressed = bucket.suppressed, 0
                yield name, suppressed
