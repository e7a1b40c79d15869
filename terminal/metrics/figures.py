"""What is counted where it happens: numbers in memory, cheap enough for a lane's way.

Adding to one takes half a microsecond; nothing is formatted before somebody asks.
"""

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.metrics.metric import Family, Kind, Metric, Sample, Spread, family, single

# Sixteen lanes with every verdict and reason there is would be 2,400; a busy terminal has some
# tens. A driver or a family of others that makes up names without end is held here.
CELLS_MAX = 2_400
_OTHER = "other"


@dataclass(slots=True)
class _Buckets:
    counts: list[int]
    sum_s: float = 0.0


class Figures:
    """All counters and histograms of one terminal; any thread may add to them."""

    def __init__(self) -> None:
        self._counters: dict[Metric, dict[tuple[str, ...], float]] = {}
        self._histograms: dict[Metric, dict[tuple[str, ...], _Buckets]] = {}
        self._lock = threading.Lock()

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter; what has no room any more is counted under the label `other`."""
        _check(metric, Kind.COUNTER, labels)
        with self._lock:
            cells = self._counters.setdefault(metric, {})
            place = labels if labels in cells or len(cells) < CELLS_MAX else _others(metric)
            cells[place] = cells.get(place, 0) + by

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Add one duration to a histogram; a negative one, of two clocks, counts as none at all."""
        _check(metric, Kind.HISTOGRAM, labels)
        seconds = max(0.0, seconds)
        with self._lock:
            cells = self._histograms.setdefault(metric, {})
            place = labels if labels in cells or len(cells) < CELLS_MAX else _others(metric)
            buckets = cells.get(place)
            if buckets is None:
                buckets = cells[place] = _Buckets([0] * (len(metric.bounds) + 1))
            buckets.counts[bisect_left(metric.bounds, seconds)] += 1
            buckets.sum_s += seconds

    def families(self, metrics: Sequence[Metric]) -> list[Family]:
        """Return what was counted of `metrics`; one without labels begins at 0."""
        with self._lock:
            return [told for metric in metrics if (told := self._family(metric)) is not None]

    def _family(self, metric: Metric) -> Family | None:
        samples = [
            *(Sample(labels=at, value=n) for at, n in self._counters.get(metric, {}).items()),
            *(
                Sample(labels=at, value=Spread(counts=tuple(of.counts), sum_s=of.sum_s))
                for at, of in self._histograms.get(metric, {}).items()
            ),
        ]
        if samples:
            return family(metric, samples)
        return single(metric, 0) if metric.kind is Kind.COUNTER and not metric.labels else None


def _check(metric: Metric, kind: Kind, labels: tuple[str, ...]) -> None:
    if metric.kind is not kind or len(labels) != len(metric.labels):
        raise ValueError(f"{metric.name} is a {metric.kind.value} with the labels {metric.labels}")


def _others(metric: Metric) -> tuple[str, ...]:
    return (_OTHER,) * len(metric.labels)
