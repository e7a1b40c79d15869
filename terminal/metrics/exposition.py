"""The text that Prometheus reads, by its own library; the only door to it."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric as PrometheusMetric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from terminal.metrics.metric import Family, Kind, Spread

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# Memory, descriptors and time of this process, by the library's own names behind it.
PROCESS_NAMESPACE = "scan_terminal"


class _Told(Collector):
    """Families that were gathered elsewhere, in the form that the library writes."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[PrometheusMetric]:
        """Yield them."""
        for each in self._families:
            yield _family(each)


def exposition(families: Sequence[Family], *, with_process: bool = True) -> bytes:
    """Return `families` as text, version 0.0.4, and what the system says of this process.

    Args:
        families: as gathered.
        with_process: False leaves out what moves by itself, so that texts can be compared.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(families))
    if with_process:
        ProcessCollector(namespace=PROCESS_NAMESPACE, registry=registry)
    return generate_latest(registry)


def _family(of: Family) -> PrometheusMetric:
    metric = of.metric
    match metric.kind:
        case Kind.COUNTER:
            return _filled(CounterMetricFamily(metric.name, metric.help, labels=metric.labels), of)
        case Kind.GAUGE:
            return _filled(GaugeMetricFamily(metric.name, metric.help, labels=metric.labels), of)
        case Kind.HISTOGRAM:
            told = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            for sample in of.samples:
                if not isinstance(sample.value, Spread):
                    raise TypeError(f"{metric.name} is a histogram, and got {sample.value}")
                buckets = list(_cumulated(sample.value, metric.bounds))
                told.add_metric(sample.labels, buckets, sample.value.sum_s)
            return told


def _filled(told: CounterMetricFamily | GaugeMetricFamily, of: Family) -> PrometheusMetric:
    for sample in of.samples:
        if isinstance(sample.value, Spread):
            raise TypeError(f"{of.metric.name} is no histogram, and got one")
        told.add_metric(sample.labels, sample.value)
    return told


def _cumulated(of: Spread, bounds: tuple[float, ...]) -> Iterator[tuple[str, float]]:
    """Yield each bucket's end as text, and how many were at or below it."""
    ends = (*(f"{bound:g}" for bound in bounds), "+Inf")
    total = 0
    for end, count in zip(ends, of.counts, strict=True):
        total += count
        yield end, total
