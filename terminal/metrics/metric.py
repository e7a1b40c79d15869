"""What a metric is, and what one says at an instant. Values; nothing here knows of Prometheus."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a metric behaves, by Prometheus' words."""

    COUNTER = "counter"  # only grows, from 0 at the daemon's start
    GAUGE = "gauge"
    HISTOGRAM = "histogram"  # of seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is one of its kind
class Metric:
    """One metric: its name never changes its meaning once it was released."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()  # of a histogram: upper ends of its buckets, in seconds
    # It moves by itself while nothing happens, such as an age: no reason to write a file anew.
    is_volatile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How often a histogram saw what."""

    counts: tuple[int, ...]  # one for each bound, and last what was above all of them
    sum_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line of a metric: its labels' values, in the metric's order, and what it says."""

    labels: tuple[str, ...] = ()
    value: float | Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A metric with all that it says at one instant."""

    metric: Metric
    samples: tuple[Sample, ...]


def family(metric: Metric, samples: Sequence[Sample]) -> Family:
    """Return a family in a settled order, so that the same state is the same text."""
    return Family(metric=metric, samples=tuple(sorted(samples, key=lambda each: each.labels)))


def single(metric: Metric, value: float) -> Family:
    """Return a family of one sample without labels."""
    return Family(metric=metric, samples=(Sample(value=value),))


def one_hot(
    metric: Metric, labels: tuple[str, ...], known: Sequence[str], now: str
) -> list[Sample]:
    """Return a sample for every state there is, 1 for that of now and 0 for the others.

    Args:
        metric: whose last label is the state.
        labels: the values of the others.
        known: every state.
        now: the one it is in.

    Raises:
        ValueError: the metric has another number of labels: our bug.
    """
    if len(labels) + 1 != len(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}")
    return [Sample(labels=(*labels, state), value=float(state == now)) for state in known]
